//! Coroutines that do what they should not: they block their worker thread, or compute without a pause.
//!
//! `cargo run --release --example hogs` starts four of them on two workers, for three seconds, and meanwhile spawns a
//! coroutine every millisecond. Each of these should start at once. First the hogs sleep in `std::thread::sleep`, then
//! they spin, and in the end they sleep inside `gopark::blocking`, as they should have done from the beginning.
//!
//! What you see: the hogs are reported by name while they are at it, other threads take over what they hold up, and
//! afterwards the runtime is as small as before.
#![forbid(unsafe_code)]

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use clap::Parser;
use gopark::coroutine::{self, JoinHandle};
use gopark::runtime::{Runtime, Stall};
use hdrhistogram::Histogram;
use instruments::numbers::{duration, grouped};
use instruments::{Phase, Table};

/// Blocks and burns workers, and shows what it does to others.
#[derive(Clone, Copy, Parser)]
struct Options {
    /// How many coroutines misbehave
    #[arg(long, default_value_t = 4)]
    hogs: usize,
    /// How many worker threads there are
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// For how many seconds
    #[arg(long, default_value_t = 3.0, value_parser = seconds)]
    seconds: f64,
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "no number".to_owned())?;
    if (0.1..=60.0).contains(&seconds) { Ok(seconds) } else { Err("between 0.1 and 60".to_owned()) }
}

/// What a hog does with its time.
#[derive(Clone, Copy)]
struct Habit {
    title: &'static str,
    indulge: fn(Duration),
}

const HABITS: [Habit; 3] = [
    Habit { title: "sleeping in std::thread::sleep", indulge: std::thread::sleep },
    Habit { title: "computing", indulge: spin },
    Habit {
        title: "sleeping inside gopark::blocking",
        indulge: |time| gopark::blocking(|| std::thread::sleep(time)),
    },
];

fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

fn main() -> io::Result<()> {
    let options = Options::parse();
    for habit in HABITS {
        println!("{}", watch(habit, options)?);
    }
    Ok(())
}

/// Lets hogs loose and measures what others feel of it.
fn watch(habit: Habit, options: Options) -> io::Result<Table> {
    let (report, stalls) = channel();
    let runtime = Runtime::builder()
        .workers(options.workers)
        .on_stall(move |stall: &Stall| drop(report.send(stall.to_string())))
        .build()?;
    let _current = runtime.enter();
    let time = Duration::from_secs_f64(options.seconds);
    let phase = Phase::begin(habit.title, time.as_millis() as u64);

    let hogs = (0..options.hogs)
        .map(|i| coroutine::Builder::new().name(format!("hog-{i}")).spawn(move || (habit.indulge)(time)))
        .collect::<io::Result<Vec<_>>>()?;
    let delays = delays_of_others(&runtime, &hogs, &phase, &stalls);
    let metrics = runtime.metrics();
    for hog in hogs {
        hog.join().expect("a hog comes back");
    }
    phase.end(format_args!("{}: {} hogs have had {}", habit.title, options.hogs, duration(time)));

    let mut table =
        Table::new(format!("{} hogs on {} workers, {}", options.hogs, options.workers, habit.title));
    table.row("others, one a millisecond", grouped(delays.len()));
    let at = |quantile| duration(Duration::from_nanos(delays.value_at_quantile(quantile)));
    table.row(
        "  from spawn to start: p50, p99, longest",
        format_args!("{}, {}, {}", at(0.5), at(0.99), at(1.0)),
    );
    table.row("workers found stuck", metrics.stalls);
    table.row("threads that took over", metrics.replacements);
    Ok(table)
}

/// Spawns a coroutine every millisecond as long as the hogs are at it.
fn delays_of_others(
    runtime: &Runtime,
    hogs: &[JoinHandle<()>],
    phase: &Phase,
    stalls: &Receiver<String>,
) -> Histogram<u64> {
    let (started, starts): (Sender<Duration>, _) = channel();
    while !hogs.iter().all(JoinHandle::is_finished) {
        let started = started.clone();
        let spawned = Instant::now();
        drop(runtime.spawn(move || {
            let _ = started.send(spawned.elapsed());
        }));
        std::thread::sleep(Duration::from_millis(1));
        stalls.try_iter().for_each(|stall| phase.remark(stall));
        phase.at(phase.lasts().as_millis() as u64, || format!("{} stuck", runtime.metrics().stalls));
    }
    drop(started);
    let mut delays = Histogram::new(3).expect("a precision that there is");
    for delay in starts {
        delays.record(delay.as_nanos() as u64).expect("a growing histogram takes all");
    }
    delays
}
