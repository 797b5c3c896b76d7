//! A million coroutines, all parked at once, each with a stack of its own and a guard below it.
//!
//! `cargo run --release --example million` spawns them and waits until the last has parked. Then it reads from the
//! kernel what they take: a parked coroutine has touched one page of its stack, and needs a share of the page
//! tables. Where the kernel is 6.13 or newer, the number of memory mappings stays small, however many stacks and
//! guards there are. In the end all are woken, one `unpark` each, and run to their end.
//!
//! A million takes about 5 GB. Where less is free, fewer coroutines are started.
#![forbid(unsafe_code)]

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use gopark::JoinHandle;
use gopark::coroutine::{self, Builder};
use instruments::numbers::{duration, each, grouped};
use instruments::{Countdown, Memory, Phase, Table, available};

/// Parks a million coroutines, says what they cost, and wakes them.
#[derive(Parser)]
struct Options {
    /// How many coroutines
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..))]
    coroutines: u32,
}

/// An upper bound for a page, its share of a page table (one of 4096 bytes for 8 stacks of 256 KiB; unoptimised builds
/// have stacks of 1 MiB), what the runtime notes beside the stack, and the handle here.
const NEEDED_EACH: u64 = if cfg!(debug_assertions) { 6_800 } else { 5_200 };

/// How many are spawned between two looks at the progress bar: the look must not show in the figures.
const SPAWNED_UNSEEN: usize = 10_000;

type Handles = Vec<Option<JoinHandle<()>>>;

/// What the coroutines share with the main one.
struct Stages {
    parked: Countdown,
    /// Set before the first `unpark`.
    woken: AtomicBool,
    ended: Countdown,
}

fn main() -> io::Result<()> {
    let count = affordable(Options::parse().coroutines as usize);
    gopark::run(|| park_and_wake(count))
}

/// As many as memory allows: touching more than there is would have the kernel end this process, or another.
fn affordable(wanted: usize) -> usize {
    // A tenth stays free for whoever else needs memory in the meantime.
    let most = available().map_or(usize::MAX, |bytes| (bytes / 10 * 9 / NEEDED_EACH) as usize);
    if wanted > most {
        let (most, wanted) = (grouped(most as u64), grouped(wanted as u64));
        eprintln!("there is memory for {most} coroutines, not for {wanted}: going on with that many");
    }
    wanted.min(most)
}

/// The main coroutine.
fn park_and_wake(count: usize) -> io::Result<()> {
    // Filled with nothing before the first look at the memory, so that its pages are not counted as the coroutines'.
    let mut handles: Handles = (0..count).map(|_| None).collect();
    let stages = Stages { parked: Countdown::new(count), woken: false.into(), ended: Countdown::new(count) };
    let stages = Arc::new(stages);
    let before = Memory::now()?;

    let began = Instant::now();
    let spawning = spawn_all(&mut handles, &stages)?;
    let parking = wait_until_parked(&stages.parked, count, began);

    let memory = Memory::now()?.since(before).divided_by(count);
    let mappings = Memory::mappings()?;

    let waking = wake_all(&handles, &stages);
    for handle in handles.into_iter().flatten() {
        // They have all arrived at their ends, so this hardly ever waits; a panic would come out here.
        handle.join().expect("a coroutine that only parks");
    }

    let mut table = Table::new(format!("{} parked coroutines", grouped(count as u64)));
    let grouped_usize = |number: usize| grouped(number as u64);
    table.row("memory per coroutine", format!("{} bytes", grouped(memory.total())));
    table.row("  resident", format!("{} bytes", grouped(memory.resident)));
    table.row("  page tables", format!("{} bytes", grouped(memory.page_tables)));
    table.row("memory mappings of the process", grouped_usize(mappings));
    table.row("spawn, per coroutine", duration(each(spawning, count)));
    table.row("spawn until parked, per coroutine", duration(each(parking, count)));
    table.row("wake until ended, per coroutine", duration(each(waking, count)));
    println!("{table}");
    Ok(())
}

/// Fills the handles. Returns how long the calls took; other workers run the first of them meanwhile.
fn spawn_all(handles: &mut Handles, stages: &Arc<Stages>) -> io::Result<Duration> {
    let phase = Phase::begin("spawning", handles.len() as u64);
    for (number, handle) in handles.iter_mut().enumerate() {
        let stages = stages.clone();
        // As `go`, which panics where this returns an error: kernels before 6.13 run out of mappings here.
        let spawned = Builder::new().spawn(move || {
            stages.parked.arrive();
            // As with threads, a park may end for no reason.
            while !stages.woken.load(Ordering::Acquire) {
                coroutine::park();
            }
            stages.ended.arrive();
        });
        *handle = Some(spawned.map_err(|error| {
            let number = grouped(number as u64);
            io::Error::new(error.kind(), format!("{error} (fewer: --coroutines {number})"))
        })?);
        if number % SPAWNED_UNSEEN == 0 {
            phase.at(number as u64, || grouped(number as u64));
        }
    }
    let lasted = phase.lasts();
    phase.end(format_args!("spawned {} in {}", grouped(handles.len() as u64), duration(lasted)));
    Ok(lasted)
}

/// Waits for the last to park. Returns how long it has been since the first was spawned.
fn wait_until_parked(parked: &Countdown, count: usize, began: Instant) -> Duration {
    let phase = Phase::begin("parking", count as u64);
    parked.wait(|left| phase.at((count - left) as u64, || grouped((count - left) as u64)));
    let lasted = began.elapsed();
    phase.end(format_args!("all parked {} after the first was spawned", duration(lasted)));
    lasted
}

/// Unparks all and waits for the last to end.
fn wake_all(handles: &Handles, stages: &Stages) -> Duration {
    let count = handles.len();
    let phase = Phase::begin("waking", count as u64);
    stages.woken.store(true, Ordering::Release);
    for handle in handles.iter().flatten() {
        handle.coroutine().unpark();
    }
    stages.ended.wait(|left| phase.at((count - left) as u64, || grouped((count - left) as u64)));
    let lasted = phase.lasts();
    phase.end(format_args!("woken, all have run to their end in {}", duration(lasted)));
    lasted
}
