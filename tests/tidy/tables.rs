//! Markdown tables between two HTML comments.

/// The rows between `<!-- name:begin -->` and `<!-- name:end -->`, without the head and the ruler; cells lose
/// their surrounding blanks and all backticks.
pub(crate) fn rows(document: &str, name: &str) -> Result<Vec<Vec<String>>, String> {
    let (begin, end) = (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"));
    let inside = document
        .split_once(&begin)
        .and_then(|(_, rest)| rest.split_once(&end))
        .map(|(inside, _)| inside)
        .ok_or_else(|| format!("design.md: no table between {begin} and {end}"))?;
    let lines = inside.lines().map(str::trim).filter(|line| line.starts_with('|'));
    Ok(lines.skip(2).map(cells).collect())
}

/// The parts of a cell that lists several things.
pub(crate) fn list(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(',').map(str::trim).filter(|part| !part.is_empty())
}

fn cells(row: &str) -> Vec<String> {
    let inside = row.trim_matches('|');
    inside.split('|').map(|cell| cell.replace('`', "").trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{list, rows};

    #[test]
    fn rows_are_read() {
        let text =
            "x\n<!-- t:begin -->\n\n| a | b |\n|---|---|\n| 1 | `c`, `d` |\n<!-- t:end -->\n| no | no |";
        assert_eq!(rows(text, "t").unwrap(), [["1", "c, d"]]);
        assert!(rows(text, "u").unwrap_err().contains("u:begin"));
    }

    #[test]
    fn lists_are_split() {
        assert_eq!(list("c, d,").collect::<Vec<_>>(), ["c", "d"]);
    }
}
