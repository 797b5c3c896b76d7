//! What is told of a measurement.

use clap::ValueEnum;
use serde::Serialize;

/// A number, by what it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Nanoseconds an event.
    Time,
    /// How many there were at a time: some libraries cannot have as many as are wanted.
    Many,
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
    /// Events in a second.
    PerSecond,
    /// Microseconds that half of the messages take at most, there and back.
    Middle,
    /// The same of 99 in a hundred.
    Slow,
    /// Microseconds until the last of many has a message, at most, of half of the messages.
    Last,
    /// The same of 99 in a hundred.
    LastSlow,
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
            Metric::Many => "how many",
            Metric::Memory => "bytes each",
            Metric::Mappings => "mappings each",
            Metric::Spawn => "ns to spawn one",
            Metric::Wake => "ns to wake and end one",
            Metric::Cpu => "ns of CPU time each",
            Metric::PerSecond => "a second",
            Metric::Middle => "us there and back, p50",
            Metric::Slow => "us there and back, p99",
            Metric::Last => "us until the last has it, p50",
            Metric::LastSlow => "us until the last has it, p99",
            Metric::Late => "us late, p99",
            Metric::Start => "us from spawn to start, p99",
        }
    }

    /// Which of two figures is the better one.
    pub fn aim(self) -> Aim {
        match self {
            Metric::Many => Aim::None,
            Metric::PerSecond => Aim::Most,
            _ => Aim::Least,
        }
    }

    /// Its name in what a process prints.
    pub fn name(self) -> String {
        self.to_possible_value().expect("all have names").get_name().to_owned()
    }
}

/// What is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    Least,
    Most,
    /// It is said so that others can be understood.
    None,
}

impl Aim {
    /// Of several figures.
    pub fn best(self, figures: impl Iterator<Item = f64>) -> Option<f64> {
        match self {
            Aim::Least => figures.min_by(f64::total_cmp),
            Aim::Most => figures.max_by(f64::total_cmp),
            Aim::None => None,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_time_is_better_and_more_a_second() {
        let best = |metric: Metric| metric.aim().best([2.0, 1.0, 3.0].into_iter());
        assert_eq!(best(Metric::Time), Some(1.0));
        assert_eq!(best(Metric::PerSecond), Some(3.0));
        assert_eq!(best(Metric::Many), None);
    }
}
