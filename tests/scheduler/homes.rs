//! A started coroutine never changes its thread: what it has seen of thread-locals stays true.
//!
//! In optimised builds the inlined accesses below are what a compiler merges across a switch; so this says most
//! under `cargo test --release`.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::time::sleep;
use gopark::{go, yield_now};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::thread::{self, ThreadId};
use std::time::Duration;

const COROUTINES: usize = 64;
/// Two reads each: 1.28 million in all.
const LOOPS: usize = 10_000;

thread_local! {
    /// Lazy and with a destructor, as most are.
    static LAZY: RefCell<Vec<u8>> = RefCell::new(vec![1]);
    /// Without either, which takes another path in std.
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

#[inline(always)]
fn inlined() -> usize {
    LAZY.with(|value| std::ptr::from_ref(value) as usize)
}

#[inline(never)]
fn never_inlined() -> usize {
    LAZY.with(|value| std::ptr::from_ref(value) as usize)
}

/// Reads the addresses and lets others run; the differences within this coroutine, and where it ran.
fn probe() -> (usize, HashSet<ThreadId>) {
    let first = inlined();
    let mut differences = 0;
    let mut threads = HashSet::new();
    for _ in 0..LOOPS {
        differences += usize::from(inlined() != first);
        differences += usize::from(never_inlined() != first);
        threads.insert(thread::current().id());
        yield_now();
    }
    (differences, threads)
}

#[test]
fn addresses_of_thread_locals_never_change_within_a_coroutine() {
    bounded(|| {
        let probes = runtime(2).run(|| {
            let probes: Vec<_> = (0..COROUTINES).map(|_| go(probe)).collect();
            probes.into_iter().map(|probe| probe.join().expect("no panic")).collect::<Vec<_>>()
        });
        let differences: usize = probes.iter().map(|(differences, _)| differences).sum();
        assert_eq!(differences, 0, "of {}", 2 * LOOPS * COROUTINES);
        assert!(probes.iter().all(|(_, threads)| threads.len() == 1), "a coroutine has changed its thread");
        let threads: HashSet<_> = probes.iter().flat_map(|(_, threads)| threads).collect();
        assert_eq!(threads.len(), 2, "bodies ran on both workers");
    });
}

/// The coroutines of one thread never run at the same time: a counter of theirs needs no atomics.
#[test]
fn thread_locals_count_without_races() {
    bounded(|| {
        let runtime = runtime(2);
        runtime.run(|| {
            let count = || {
                for _ in 0..50 {
                    COUNT.set(COUNT.get() + 1);
                    yield_now();
                }
            };
            let counters: Vec<_> = (0..200).map(|_| go(count)).collect();
            for counter in counters {
                counter.join().expect("no panic");
            }
        });
        let mut counts = HashMap::new();
        while counts.len() < 2 {
            let batch: Vec<_> =
                (0..20).map(|_| runtime.spawn(|| (thread::current().id(), COUNT.get()))).collect();
            counts.extend(batch.into_iter().map(|handle| handle.join().expect("no panic")));
        }
        assert_eq!(counts.values().sum::<usize>(), 200 * 50);
    });
}

#[test]
fn every_kind_of_wait_comes_back_on_the_same_thread() {
    bounded(|| {
        runtime(2).run(|| {
            let wanderers: Vec<_> = (0..100_u64)
                .map(|i| {
                    go(move || {
                        let home = thread::current().id();
                        for round in 0..10 {
                            match (i + round) % 4 {
                                0 => yield_now(),
                                1 => sleep(Duration::from_micros(10 * i)),
                                2 => go(yield_now).join().expect("no panic"),
                                _ => gopark::coroutine::park_timeout(Duration::from_micros(i)),
                            }
                            assert_eq!(thread::current().id(), home);
                        }
                    })
                })
                .collect();
            for wanderer in wanderers {
                wanderer.join().expect("it stays at home");
            }
        });
    });
}
