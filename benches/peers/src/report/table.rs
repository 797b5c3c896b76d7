//! The table, in Markdown.

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use crate::figure::Aim;
use crate::peers::Peer;
use crate::rounds::{Comparison, Result};
use crate::spread::Spread;

/// A row for each figure of each work, a column for each library. The best is bold, the floor aside.
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
    let peers = columns(&comparison.results);
    let names: Vec<String> = peers.iter().map(|peer| peer.name()).collect();
    writeln!(text, "| | | workers | {} |", names.join(" | "))?;
    writeln!(text, "|---|---|---|{}", "---|".repeat(names.len()))?;
    for results in comparison.results.chunk_by(|one, next| one.workload == next.workload) {
        let shown: Vec<&Result> = results.iter().filter(|result| peers.contains(&result.peer)).collect();
        write_workload(text, &shown)?;
    }
    Ok(())
}

/// Who can do any of it at all.
fn columns(results: &[Result]) -> Vec<Peer> {
    let tried = results.iter().filter(|result| !result.figures.is_empty() || result.failures > 0);
    let peers: BTreeSet<Peer> = tried.map(|result| result.peer).collect();
    peers.into_iter().collect()
}

fn write_workload(text: &mut String, results: &[&Result]) -> fmt::Result {
    let Some(workload) = results.first().map(|result| result.workload) else { return Ok(()) };
    let measured = results.iter().find(|result| !result.figures.is_empty());
    for (metric, _) in measured.map_or(&[][..], |result| &result.figures) {
        let of = |result: &Result| {
            result.figures.iter().find(|(other, _)| other == metric).map(|(_, spread)| *spread)
        };
        let rivals = results.iter().filter(|result| result.peer != Peer::Floor);
        let best = metric.aim().best(rivals.filter_map(|result| Some(of(result)?.median)));
        let cells: Vec<String> = results
            .iter()
            .map(|result| match of(result) {
                Some(spread) if metric.aim() == Aim::None => short(spread.median),
                Some(spread) => cell(spread, result.peer != Peer::Floor && Some(spread.median) == best),
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

fn cell(spread: Spread, is_best: bool) -> String {
    let mark = if is_best { "**" } else { "" };
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
