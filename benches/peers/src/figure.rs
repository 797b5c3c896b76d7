//! What is told of a measurement.

use clap::ValueEnum;
use serde::Serialize;

/// A number, by what it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Nanoseconds an event.
    Time,
    /// Bytes of memory, page tables among them, for each that waits.
    Memory,
    /// Mappings of the kernel for each that waits.
    Mappings,
    /// Nanoseconds to spawn one that waits.
    Spawn,
    /// Nanoseconds to wake one, until its end.
    Wake,
    /// Nanoseconds of CPU time for each.
    Cpu,
    /// Microseconds that half of the messages take at most, there and back.
    Middle,
    /// The same of 99 in a hundred.
    Slow,
    /// Microseconds that one in a hundred comes too late by, at least.
    Late,
    /// Microseconds from spawn to start, at least, of one in a hundred.
    Start,
}

impl Metric {
    /// For a table, with the unit.
    pub fn title(self) -> &'static str {
        match self {
            Metric::Time => "ns an event",
            Metric::Memory => "bytes each",
            Metric::Mappings => "mappings each",
            Metric::Spawn => "ns to spawn one",
            Metric::Wake => "ns to wake and end one",
            Metric::Cpu => "ns of CPU time each",
            Metric::Middle => "us there and back, p50",
            Metric::Slow => "us there and back, p99",
            Metric::Late => "us late, p99",
            Metric::Start => "us from spawn to start, p99",
        }
    }

    /// Its name in what a process prints.
    pub fn name(self) -> String {
        self.to_possible_value().expect("all have names").get_name().to_owned()
    }
}

/// Some of them, of one measurement.
pub type Figures = Vec<(Metric, f64)>;

/// As a process has printed them: lines like `time 27.31`.
pub fn parse(text: &str) -> Option<Figures> {
    let figure = |line: &str| {
        let (metric, value) = line.split_once(' ')?;
        Some((Metric::from_str(metric, false).ok()?, value.parse().ok()?))
    };
    text.lines().map(figure).collect()
}
