//! `park` and `unpark` from wherever the call may come.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{current, park, park_timeout};
use gopark::{go, yield_now};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Parks until `target` has been reached, and counts.
fn count_to(counter: &AtomicUsize, target: usize) {
    for reached in 1..=target {
        park_while(|| counter.load(Ordering::SeqCst) < reached);
    }
}

/// `park` may return without a token; so it is always called in a loop.
fn park_while(waits: impl Fn() -> bool) {
    while waits() {
        park();
    }
}

#[test]
fn two_coroutines_pass_a_ball() {
    for workers in [1, 2] {
        bounded(move || {
            let ball = Arc::new(AtomicUsize::new(0));
            runtime(workers).run(|| {
                let main = current().expect("inside");
                let back = ball.clone();
                let partner = go(move || {
                    for turn in 0..5000 {
                        park_while(|| back.load(Ordering::SeqCst) != 2 * turn + 1);
                        back.store(2 * turn + 2, Ordering::SeqCst);
                        main.unpark();
                    }
                });
                for turn in 0..5000 {
                    ball.store(2 * turn + 1, Ordering::SeqCst);
                    partner.coroutine().unpark();
                    park_while(|| ball.load(Ordering::SeqCst) != 2 * turn + 2);
                }
                partner.join().expect("no panic");
            });
        });
    }
}

#[test]
fn plain_threads_unpark() {
    bounded(|| {
        let runtime = runtime(2);
        let counter = Arc::new(AtomicUsize::new(0));
        let counts = counter.clone();
        let parked = runtime.spawn(move || count_to(&counts, 4000));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        counter.fetch_add(1, Ordering::SeqCst);
                        parked.coroutine().unpark();
                    }
                });
            }
        });
        parked.join().expect("no panic");
    });
}

/// Each waits for the other before it goes on, so that every single wake-up counts.
#[test]
fn a_plain_thread_and_a_coroutine_wake_each_other() {
    bounded(|| {
        let runtime = runtime(2);
        let turns = Arc::new(AtomicUsize::new(0));
        let counts = turns.clone();
        let thread = thread::current();
        let partner = runtime.spawn(move || {
            for turn in 0..2000 {
                park_while(|| counts.load(Ordering::SeqCst) != 2 * turn + 1);
                counts.store(2 * turn + 2, Ordering::SeqCst);
                thread.unpark();
            }
        });
        for turn in 0..2000 {
            turns.store(2 * turn + 1, Ordering::SeqCst);
            partner.coroutine().unpark();
            while turns.load(Ordering::SeqCst) != 2 * turn + 2 {
                // On a plain thread this is std's park.
                park();
            }
        }
        partner.join().expect("no panic");
    });
}

#[test]
fn coroutines_of_other_runtimes_unpark() {
    bounded(|| {
        let (one, other) = (runtime(2), runtime(1));
        let counter = Arc::new(AtomicUsize::new(0));
        let counts = counter.clone();
        let parked = one.spawn(move || count_to(&counts, 2000));
        let target = parked.coroutine().clone();
        other.run(|| {
            for i in 0..2000 {
                counter.fetch_add(1, Ordering::SeqCst);
                target.unpark();
                if i % 3 == 0 {
                    yield_now();
                }
            }
        });
        parked.join().expect("no panic");
    });
}

#[test]
fn one_that_has_not_started_keeps_its_token() {
    bounded(|| {
        runtime(1).run(|| {
            let fresh = go(park);
            fresh.coroutine().unpark();
            fresh.join().expect("no panic");
        });
    });
}

#[test]
fn park_timeout_waits_at_least_as_long_as_told() {
    bounded(|| {
        runtime(2).run(|| {
            let sleepers: Vec<_> = (0..50_u64)
                .map(|i| {
                    let time = Duration::from_micros(100 * i);
                    go(move || {
                        let start = Instant::now();
                        while start.elapsed() < time {
                            park_timeout(time - start.elapsed());
                        }
                        let parked_once = Instant::now();
                        park_timeout(time);
                        (time, parked_once.elapsed())
                    })
                })
                .collect();
            for sleeper in sleepers {
                let (told, waited) = sleeper.join().expect("no panic");
                assert!(waited >= told, "{waited:?} instead of {told:?}");
            }
        });
    });
}

#[test]
fn park_timeout_works_on_plain_threads() {
    bounded(|| {
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(2) {
            park_timeout(Duration::from_millis(2));
        }
        thread::current().unpark();
        park_timeout(Duration::MAX);
    });
}
