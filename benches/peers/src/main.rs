//! gopark and `may` in one run, on one worker each: the same work, in turn, so that a noisy machine disturbs both.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml`

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Rounds of each measurement; the median of them is printed.
const ROUNDS: usize = 41;

/// Events of one round.
const EVENTS: u32 = 20_000;

/// What one library does; each answers the time of `EVENTS` events.
struct Library {
    name: &'static str,
    yield_two: fn() -> Duration,
    spawn_join: fn() -> Duration,
}

fn main() {
    may::config().set_workers(1);
    let libraries = [
        Library { name: "gopark", yield_two: gopark_yield_two, spawn_join: gopark_spawn_join },
        Library { name: "may", yield_two: may_yield_two, spawn_join: may_spawn_join },
    ];
    println!("median of {ROUNDS} rounds, ns an event, 1 worker");
    println!("{:<10}{:>12}{:>14}", "", "yield of 2", "spawn + join");
    let mut figures = libraries.each_ref().map(|_| (Vec::new(), Vec::new()));
    for _ in 0..ROUNDS {
        for (library, (yields, joins)) in libraries.iter().zip(&mut figures) {
            yields.push((library.yield_two)());
            joins.push((library.spawn_join)());
        }
    }
    for (library, (yields, joins)) in libraries.iter().zip(figures) {
        println!("{:<10}{:>12.1}{:>14.1}", library.name, median(yields), median(joins));
    }
}

fn median(mut rounds: Vec<Duration>) -> f64 {
    rounds.sort_unstable();
    rounds[rounds.len() / 2].as_nanos() as f64 / f64::from(EVENTS)
}

fn on_gopark(work: impl FnOnce() -> Duration + Send) -> Duration {
    let runtime = gopark::Runtime::builder().workers(1).build().expect("a runtime");
    runtime.run(work)
}

fn gopark_yield_two() -> Duration {
    on_gopark(|| {
        let other = gopark::go(|| (0..EVENTS / 2).for_each(|_| gopark::yield_now()));
        let start = Instant::now();
        (0..EVENTS / 2).for_each(|_| gopark::yield_now());
        let elapsed = start.elapsed();
        other.join().expect("it yields");
        elapsed
    })
}

fn gopark_spawn_join() -> Duration {
    on_gopark(|| {
        let start = Instant::now();
        (0..EVENTS).for_each(|i| drop(black_box(gopark::go(move || i).join())));
        start.elapsed()
    })
}

fn on_may(work: impl FnOnce() -> Duration + Send + 'static) -> Duration {
    may::go!(work).join().expect("it returns")
}

fn may_yield_two() -> Duration {
    on_may(|| {
        let other = may::go!(|| (0..EVENTS / 2).for_each(|_| may::coroutine::yield_now()));
        let start = Instant::now();
        (0..EVENTS / 2).for_each(|_| may::coroutine::yield_now());
        let elapsed = start.elapsed();
        other.join().expect("it yields");
        elapsed
    })
}

fn may_spawn_join() -> Duration {
    on_may(|| {
        let start = Instant::now();
        (0..EVENTS).for_each(|i| drop(black_box(may::go!(move || i).join())));
        start.elapsed()
    })
}
