//! The table at the end of an example.

use std::fmt;

/// Rows of a name and a value, under a title.
#[derive(Clone, Debug)]
pub struct Table {
    title: String,
    rows: Vec<(&'static str, String)>,
}

impl Table {
    /// An empty table.
    pub fn new(title: impl Into<String>) -> Table {
        Table { title: title.into(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, name: &'static str, value: impl fmt::Display) {
        self.rows.push((name, value.to_string()));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = self.rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        write!(f, "{}", self.title)?;
        for (name, value) in &self.rows {
            write!(f, "\n  {name:<widest$}   {value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn values_stand_in_one_column() {
        let mut table = Table::new("figures");
        table.row("a", 1);
        table.row("longer", "x");
        assert_eq!(table.to_string(), "figures\n  a        1\n  longer   x");
    }
}
