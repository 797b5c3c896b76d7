//! One chart for each figure that can be good or bad: bars, the shorter the better where it does not say otherwise.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::figure::{Aim, Metric};
use crate::peers::Peer;
use crate::rounds::{Comparison, Result as Figure};
use crate::spread::Spread;

const WIDTH: u32 = 720;
/// Of one bar with the room around it.
const ROW: u32 = 34;
const HEAD: u32 = 44;
/// For the names.
const NAMES: i32 = 160;
/// For the figures behind the bars.
const FIGURES: i32 = 170;

/// A file for each.
pub fn draw(folder: &Path, comparison: &Comparison) -> Result<(), Box<dyn Error + Send + Sync>> {
    for results in comparison.results.chunk_by(|one, next| one.workload == next.workload) {
        let measured = results.iter().find(|result| !result.figures.is_empty());
        let metrics = measured.map_or(&[][..], |result| &result.figures).iter().map(|(metric, _)| metric);
        for metric in metrics.filter(|metric| metric.aim() != Aim::None) {
            let name = match metric {
                Metric::Time => format!("{}.svg", results[0].workload.name()),
                _ => format!("{}-{}.svg", results[0].workload.name(), metric.name()),
            };
            draw_one(&folder.join(name), *metric, results)?;
        }
    }
    Ok(())
}

fn draw_one(path: &Path, metric: Metric, results: &[Figure]) -> Result<(), Box<dyn Error + Send + Sync>> {
    let workload = results[0].workload;
    let figures = results.iter().flat_map(|result| result.figures.iter().map(|figure| (result.peer, figure)));
    let bars: Vec<(Peer, Spread)> =
        figures.filter(|(_, (of, _))| *of == metric).map(|(peer, (_, spread))| (peer, *spread)).collect();
    let longest = bars.iter().map(|(_, spread)| spread.median.max(spread.upper)).fold(0.001, f64::max);
    let area = SVGBackend::new(path, (WIDTH, HEAD + ROW * bars.len() as u32 + 10)).into_drawing_area();
    area.fill(&WHITE)?;
    let aim = if metric.aim() == Aim::Most { " (the more the better)" } else { "" };
    let title = format!("{}, {} workers: {}{aim}", workload.title(), workload.workers(), metric.title());
    area.draw(&Text::new(title, (12, 14), ("sans-serif", 17)))?;
    let scale = f64::from(WIDTH as i32 - NAMES - FIGURES) / longest;
    for (place, (peer, Spread { median, lower, upper })) in bars.into_iter().enumerate() {
        let top = (HEAD + ROW * place as u32) as i32;
        let middle = top + ROW as i32 / 2 - 4;
        let at = |nanos: f64| NAMES + (nanos * scale) as i32;
        area.draw(&Rectangle::new(
            [(NAMES, top), (at(median), top + ROW as i32 - 10)],
            colour(peer).filled(),
        ))?;
        area.draw(&PathElement::new([(at(lower), middle), (at(upper), middle)], BLACK.stroke_width(1)))?;
        let style = ("sans-serif", 15).into_text_style(&area);
        let name = style.pos(Pos::new(HPos::Right, VPos::Center));
        area.draw(&Text::new(peer.name(), (NAMES - 8, middle), name.clone()))?;
        let figure = name.pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(format!("{median:.1}"), (at(median.max(upper)) + 8, middle), figure))?;
    }
    area.present()?;
    Ok(())
}

fn colour(peer: Peer) -> RGBColor {
    match peer {
        Peer::Gopark => RGBColor(24, 119, 86),
        Peer::GoparkMigrating | Peer::GoparkOnReadable => RGBColor(96, 176, 148),
        Peer::Floor => RGBColor(200, 200, 200),
        _ => RGBColor(120, 134, 156),
    }
}
