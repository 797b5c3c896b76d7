//! The table, in Markdown.

use std::fmt::{self, Write};

use crate::peers::Peer;
use crate::rounds::{Comparison, Result};
use crate::spread::Spread;

/// A row for each figure of each work, a column for each library. The least that does more than the bare switch is bold.
pub fn markdown(comparison: &Comparison) -> String {
    let mut text = String::new();
    write(&mut text, comparison).expect("a string takes it");
    text
}

fn write(text: &mut String, comparison: &Comparison) -> fmt::Result {
    writeln!(text, "{}\n", comparison.machine)?;
    writeln!(
        text,
        "Medians of {} rounds; in brackets, between what the middle half of them lies. `-`: it cannot do that.\n",
        comparison.rounds
    )?;
    let mut rows = comparison.results.chunk_by(|one, next| one.workload == next.workload).peekable();
    let names: Vec<String> =
        rows.peek().into_iter().flat_map(|row| row.iter()).map(|result| result.peer.name()).collect();
    writeln!(text, "| | | workers | {} |", names.join(" | "))?;
    writeln!(text, "|---|---|---|{}", "---|".repeat(names.len()))?;
    for results in rows {
        write_workload(text, results)?;
    }
    Ok(())
}

fn write_workload(text: &mut String, results: &[Result]) -> fmt::Result {
    let workload = results[0].workload;
    let measured = results.iter().find(|result| !result.figures.is_empty());
    for (metric, _) in measured.map_or(&[][..], |result| &result.figures) {
        let of = |result: &Result| {
            result.figures.iter().find(|(other, _)| other == metric).map(|(_, spread)| *spread)
        };
        let least = results
            .iter()
            .filter(|result| result.peer != Peer::Floor)
            .filter_map(|result| Some(of(result)?.median))
            .fold(f64::INFINITY, f64::min);
        let cells: Vec<String> = results
            .iter()
            .map(|result| match of(result) {
                Some(spread) => cell(spread, result.peer != Peer::Floor && spread.median == least),
                None if result.failures > 0 => "fails".to_owned(),
                None => "-".to_owned(),
            })
            .collect();
        writeln!(
            text,
            "| {} | {} | {} | {} |",
            workload.title(),
            metric.title(),
            workload.workers(),
            cells.join(" | ")
        )?;
    }
    Ok(())
}

fn cell(spread: Spread, is_least: bool) -> String {
    let mark = if is_least { "**" } else { "" };
    format!("{mark}{}{mark} ({} - {})", short(spread.median), short(spread.lower), short(spread.upper))
}

/// Three digits that count.
fn short(value: f64) -> String {
    match value {
        ..10.0 => format!("{value:.2}"),
        ..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}
