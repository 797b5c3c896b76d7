//! Two children that compute run side by side.

use crate::one_at_a_time::{alone, compute, median};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::go;
use std::collections::HashSet;
use std::thread;
use std::time::{Duration, Instant};

const ROUNDS: usize = 200;

#[test]
fn two_children_that_compute_for_a_millisecond_share_the_workers() {
    bounded(|| {
        let _turn = alone();
        let (times, both) = runtime(2).run(|| {
            let mut both = 0;
            let round = |_| {
                let child = || {
                    go(|| {
                        compute(Duration::from_millis(1));
                        thread::current().id()
                    })
                };
                let start = Instant::now();
                let children = [child(), child()];
                let workers: HashSet<_> = children.map(|child| child.join().expect("no panic")).into();
                both += usize::from(workers.len() == 2);
                start.elapsed()
            };
            let times: Vec<Duration> = (0..ROUNDS).map(round).collect();
            (times, both)
        });
        median("two children of 1 ms", times);
        println!("on both workers in {both} of {ROUNDS} rounds");
        assert!(both > 0, "never did both workers run a child");
    });
}

/// A crowd of them keeps both workers busy, whoever spawned them.
#[test]
fn many_children_use_both_workers() {
    bounded(|| {
        let _turn = alone();
        let runtime = runtime(2);
        let count = || {
            let children: Vec<_> = (0..200)
                .map(|_| {
                    go(|| {
                        compute(Duration::from_micros(500));
                        thread::current().name().map(str::to_owned)
                    })
                })
                .collect();
            let mut first = 0;
            for child in children {
                let worker = child.join().expect("no panic").expect("workers have names");
                first += usize::from(worker.ends_with("-0"));
            }
            first
        };
        let inside = runtime.run(count);
        let entered = runtime.enter();
        let outside = count();
        drop(entered);
        println!("of 200 children worker 0 ran {inside}, and of 200 of a plain thread {outside}");
        for first in [inside, outside] {
            assert!((5..=195).contains(&first), "{first} of 200 on one worker");
        }
    });
}
