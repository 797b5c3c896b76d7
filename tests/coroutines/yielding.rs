//! `yield_now`: everybody has a turn.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::{go, yield_now};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const TURNS: usize = 2000;

/// On one worker those who yield take turns: none is ever far ahead of another.
#[test]
fn yielders_of_one_worker_advance_together() {
    bounded(|| {
        runtime(1).run(|| {
            let turns: Arc<[AtomicUsize; 5]> = Arc::default();
            let all_started = Arc::new(AtomicUsize::new(0));
            let yielders: Vec<_> = (0..5)
                .map(|me| {
                    let (turns, all_started) = (turns.clone(), all_started.clone());
                    go(move || {
                        all_started.fetch_add(1, Ordering::SeqCst);
                        while all_started.load(Ordering::SeqCst) < 5 {
                            yield_now();
                        }
                        let mut furthest_ahead = 0;
                        for turn in 1..=TURNS {
                            turns[me].store(turn, Ordering::SeqCst);
                            let last = turns.iter().map(|turn| turn.load(Ordering::SeqCst)).min();
                            furthest_ahead = furthest_ahead.max(turn - last.expect("five"));
                            yield_now();
                        }
                        furthest_ahead
                    })
                })
                .collect();
            for yielder in yielders {
                let ahead = yielder.join().expect("no panic");
                assert!(ahead <= TURNS / 20, "{ahead} turns ahead of {TURNS}");
            }
        });
    });
}

/// A coroutine that yields until something has happened must let it happen.
#[test]
fn waiting_by_yielding_ends() {
    bounded(|| {
        runtime(1).run(|| {
            let happened = Arc::new(AtomicBool::new(false));
            let sets = happened.clone();
            drop(go(move || sets.store(true, Ordering::SeqCst)));
            while !happened.load(Ordering::SeqCst) {
                yield_now();
            }
        });
    });
}

#[test]
fn yielding_alone_and_on_plain_threads_returns() {
    bounded(|| {
        yield_now();
        runtime(1).run(|| (0..1000).for_each(|_| yield_now()));
    });
}
