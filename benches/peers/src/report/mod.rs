//! What is told of a comparison: a table, JSON, charts.

mod chart;
mod table;

use std::fs;
use std::io;
use std::path::Path;

use crate::rounds::Comparison;

/// Writes all of it into `folder`, and prints the table.
///
/// # Errors
/// Something cannot be written.
pub fn write(folder: &Path, comparison: &Comparison) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let table = table::markdown(comparison);
    fs::write(folder.join("table.md"), &table)?;
    fs::write(folder.join("figures.json"), serde_json::to_string_pretty(comparison)? + "\n")?;
    chart::draw(folder, comparison).map_err(io::Error::other)?;
    print!("{table}");
    eprintln!("written to {}", folder.display());
    Ok(())
}
