//! How many instructions an event takes, by callgrind: the same in every run, however busy the machine is. Each has a limit; the gate
//! in CI is that none is exceeded.
//!
//! ```text
//! cargo install gungraun-runner --version 0.17.2
//! cargo bench --manifest-path benches/instructions/Cargo.toml
//! ```
//!
//! What is counted is a whole process: a runtime with one worker is made, and does [`EVENTS`] events. Limits are some 6 % above what
//! it took when they were set; who makes something faster lowers its limit.
//! Locked instructions and mispredicted returns, which take most of the time, count one each: fewer instructions are not always
//! less time, but many more are a mistake.

use std::hint::black_box;

use gopark::Runtime;
use gopark::chan::bounded;
use gungraun::{
    Callgrind, EntryPoint, EventKind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group,
    main,
};

const EVENTS: u64 = 20_000;

/// Besides the events.
const AROUND: u64 = 1_000_000;

/// Fails with more than so many for each event.
fn at_most(each: u64) -> LibraryBenchmarkConfig {
    let mut callgrind = Callgrind::default();
    callgrind.entry_point(EntryPoint::None).hard_limits([(EventKind::Ir, AROUND + each * EVENTS)]);
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(callgrind);
    config
}

/// In a coroutine.
fn run(body: impl FnOnce() + Send + 'static) {
    Runtime::builder().workers(1).build().expect("a runtime").run(body);
}

#[library_benchmark(config = at_most(225))]
fn switch() {
    run(|| {
        let yields = || (0..EVENTS / 2).for_each(|_| gopark::yield_now());
        let other = gopark::go(yields);
        yields();
        other.join().expect("no panic");
    });
}

#[library_benchmark(config = at_most(1_450))]
fn spawn_and_join() {
    run(|| (0..EVENTS).for_each(|i| drop(black_box(gopark::go(move || i).join()))));
}

#[library_benchmark(config = at_most(1_470))]
fn there_and_back_over_rendezvous() {
    run(|| {
        let ((to, at_other), (back, at_one)) = (bounded(0), bounded(0));
        let other = gopark::go(move || at_other.iter().all(|i: u64| back.send(i).is_ok()));
        for i in 0..EVENTS {
            to.send(i).expect("it receives");
            assert_eq!(at_one.recv(), Ok(i));
        }
        drop(to);
        assert!(other.join().expect("no panic"));
    });
}

#[library_benchmark(config = at_most(235))]
fn message_of_four_senders() {
    run(|| {
        let (sender, receiver) = bounded(1024);
        for _ in 0..4 {
            let sender = sender.clone();
            gopark::go(move || (0..EVENTS / 4).for_each(|i| sender.send(i).expect("it receives")));
        }
        drop(sender);
        assert_eq!(receiver.iter().count() as u64, EVENTS);
    });
}

library_benchmark_group!(
    name = events,
    benchmarks = [switch, spawn_and_join, there_and_back_over_rendezvous, message_of_four_senders]
);

main!(library_benchmark_groups = events);
