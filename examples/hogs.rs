//! Coroutines that do what they should not: they block their worker thread, or compute without a pause.
//!
//! `cargo run --release --example hogs` starts four of them on two workers, for three seconds, beside a hundred that
//! sleep for a millisecond again and again; and meanwhile it spawns a coroutine every millisecond. Each of these should
//! start at once. First the hogs sleep in `std::thread::sleep`, then they spin, and in the end they sleep inside
//! `gopark::blocking`, as they should have done from the beginning. All of it under the default policy, where those that
//! have started on a worker wait for its hog, and then under Go's, where they go elsewhere.
//!
//! What you see: the hogs are reported by name while they are at it, other threads take over what they hold up, and
//! afterwards the runtime is as small as before.
#![deny(unsafe_code)]

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use clap::Parser;
use gopark::coroutine::{self, JoinHandle};
use gopark::runtime::{Builder, Runtime, Stall};
use gopark::{go, time};
use hdrhistogram::Histogram;
use instruments::numbers::{duration, grouped};
use instruments::{Phase, Table};

/// Blocks and burns workers, and shows what it does to others.
#[derive(Clone, Copy, Parser)]
struct Options {
    /// How many coroutines misbehave
    #[arg(long, default_value_t = 4)]
    hogs: usize,
    /// How many coroutines beside them sleep for a millisecond again and again
    #[arg(long, default_value_t = 100)]
    sleepers: usize,
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

/// Where coroutines go on that have started.
#[derive(Clone, Copy)]
struct Policy {
    title: &'static str,
    choose: fn(Builder) -> Builder,
}

const POLICIES: [Policy; 2] = [
    Policy { title: "each coroutine stays on its thread", choose: |builder| builder },
    Policy { title: "coroutines move, as in Go", choose: with_migration },
];

#[allow(unsafe_code)]
fn with_migration(builder: Builder) -> Builder {
    // SAFETY: no coroutine of this program uses what belongs to a thread across a call that can switch: they sleep,
    // spin, and send to channels of std, which keep nothing of a thread after a send.
    unsafe { builder.migrate_started() }
}

fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

fn main() -> io::Result<()> {
    let options = Options::parse();
    for policy in POLICIES {
        for habit in HABITS {
            println!("{}", watch(policy, habit, options)?);
        }
    }
    Ok(())
}

/// Lets hogs loose and measures what others feel of it.
fn watch(policy: Policy, habit: Habit, options: Options) -> io::Result<Table> {
    let (report, stalls) = channel();
    let builder = Runtime::builder()
        .workers(options.workers)
        .on_stall(move |stall: &Stall| drop(report.send(stall.to_string())));
    let runtime = (policy.choose)(builder).build()?;
    let _current = runtime.enter();
    let time = Duration::from_secs_f64(options.seconds);
    let phase = Phase::begin(habit.title, time.as_millis() as u64);

    let sleepers = Sleepers::start(options.sleepers);
    let hogs = (0..options.hogs)
        .map(|i| coroutine::Builder::new().name(format!("hog-{i}")).spawn(move || (habit.indulge)(time)))
        .collect::<io::Result<Vec<_>>>()?;
    let delays = delays_of_others(&runtime, &hogs, &phase, &stalls);
    let metrics = runtime.metrics();
    for hog in hogs {
        hog.join().expect("a hog comes back");
    }
    let lateness = sleepers.wake_up();
    phase.end(format_args!("{}: {} hogs have had {}", habit.title, options.hogs, duration(time)));

    let title =
        format!("{} hogs on {} workers, {}; {}", options.hogs, options.workers, habit.title, policy.title);
    let mut table = Table::new(title);
    let at =
        |times: &Histogram<u64>, quantile| duration(Duration::from_nanos(times.value_at_quantile(quantile)));
    let spread = |times| format!("{}, {}, {}", at(times, 0.5), at(times, 0.99), at(times, 1.0));
    table.row("spawned meanwhile, one a millisecond", grouped(delays.len()));
    table.row("  from spawn to start: p50, p99, longest", spread(&delays));
    table.row("sleeps of 1 ms", grouped(lateness.len()));
    table.row("  lateness: p50, p99, longest", spread(&lateness));
    table.row("workers found stuck", metrics.stalls);
    table.row("threads that took over", metrics.replacements);
    Ok(table)
}

/// Coroutines that were there before the hogs, and sleep for a millisecond again and again.
struct Sleepers {
    over: Arc<AtomicBool>,
    sleepers: Vec<JoinHandle<Vec<Duration>>>,
}

impl Sleepers {
    fn start(count: usize) -> Sleepers {
        let over = Arc::new(AtomicBool::new(false));
        let sleepers = (0..count).map(|_| {
            let over = over.clone();
            go(move || sleep_until(&over))
        });
        Sleepers { sleepers: sleepers.collect(), over }
    }

    /// How late they were.
    fn wake_up(self) -> Histogram<u64> {
        self.over.store(true, Ordering::Relaxed);
        let joined = self.sleepers.into_iter().map(|sleeper| sleeper.join().expect("no panic"));
        histogram(joined.flatten())
    }
}

fn sleep_until(over: &AtomicBool) -> Vec<Duration> {
    let mut lateness = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let due = Instant::now() + Duration::from_millis(1);
        time::sleep_until(due);
        lateness.push(due.elapsed());
    }
    lateness
}

fn histogram(times: impl IntoIterator<Item = Duration>) -> Histogram<u64> {
    let mut histogram = Histogram::new(3).expect("a precision that there is");
    for time in times {
        histogram.record(time.as_nanos() as u64).expect("a growing histogram takes all");
    }
    histogram
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
    histogram(starts)
}
