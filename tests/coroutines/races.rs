//! Wake-ups that meet a deadline, an end, or the next tenant of a place: one of the two wins, and the other does
//! not turn up later where nobody expects it.

use crate::random::Random;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{Coroutine, current, park_timeout};
use gopark::time::sleep;
use gopark::{go, yield_now};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// A wait that nothing may cut short.
const UNDISTURBED: Duration = Duration::from_micros(200);

fn expect_undisturbed(after: &str) {
    let start = Instant::now();
    sleep(UNDISTURBED);
    let slept = start.elapsed();
    assert!(slept >= UNDISTURBED, "after {after} a sleep ended after {slept:?}");
}

#[test]
fn join_timeout_against_the_end() {
    bounded(|| {
        runtime(2).run(|| {
            let racers: Vec<_> = (0..16)
                .map(|seed| {
                    go(move || {
                        let mut random = Random::new(seed);
                        let mut times = || Duration::from_micros(random.below(40) as u64);
                        for round in 0..300 {
                            let (needs, patience) = (times(), times());
                            let child = go(move || {
                                sleep(needs);
                                round
                            });
                            let ended = child.join_timeout(patience);
                            assert!(!ended || child.is_finished());
                            expect_undisturbed("join_timeout");
                            assert_eq!(child.join().expect("no panic"), round);
                        }
                    })
                })
                .collect();
            for racer in racers {
                racer.join().expect("no panic");
            }
        });
    });
}

#[test]
fn unpark_against_park_timeout() {
    bounded(|| {
        runtime(2).run(|| {
            let over = Arc::new(AtomicBool::new(false));
            let parkers: Vec<_> = (0..8)
                .map(|seed| {
                    go(move || {
                        let mut random = Random::new(seed);
                        for _ in 0..500 {
                            park_timeout(Duration::from_micros(random.below(60) as u64));
                            expect_undisturbed("park_timeout");
                        }
                    })
                })
                .collect();
            let targets: Vec<Coroutine> = parkers.iter().map(|handle| handle.coroutine().clone()).collect();
            let stops = over.clone();
            let unparks = go(move || {
                let mut random = Random::new(99);
                while !stops.load(Ordering::SeqCst) {
                    targets[random.below(targets.len())].unpark();
                    yield_now();
                }
            });
            for parker in parkers {
                parker.join().expect("no panic");
            }
            over.store(true, Ordering::SeqCst);
            unparks.join().expect("no panic");
        });
    });
}

/// Threads that unpark coroutines which may just be ending, while others move into their places.
#[test]
fn unpark_against_the_end_and_the_next_tenant() {
    bounded(|| {
        let runtime = runtime(2);
        thread::scope(|scope| {
            let senders: Vec<_> = (0..2)
                .map(|_| {
                    let (send, receive) = channel::<Coroutine>();
                    scope.spawn(move || {
                        let mut known = Vec::new();
                        for coroutine in receive {
                            known.push(coroutine);
                            known.iter().rev().take(50).for_each(Coroutine::unpark);
                        }
                    });
                    send
                })
                .collect();
            runtime.run(move || {
                for round in 0..300 {
                    let brief: Vec<_> = (0..10).map(|_| go(yield_now)).collect();
                    for handle in brief {
                        senders[round % 2].send(handle.coroutine().clone()).expect("the thread listens");
                        handle.join().expect("no panic");
                    }
                    let tenants: Vec<_> = (0..10)
                        .map(|_| {
                            go(|| {
                                let start = Instant::now();
                                park_timeout(UNDISTURBED);
                                assert!(start.elapsed() >= UNDISTURBED, "woken in its predecessor's place");
                            })
                        })
                        .collect();
                    for tenant in tenants {
                        tenant.join().expect("left in peace");
                    }
                }
            });
        });
    });
}

/// A token and a deadline that come together leave nothing behind for the next wait.
#[test]
fn a_token_at_the_deadline() {
    bounded(|| {
        runtime(2).run(|| {
            for round in 0..300_u64 {
                let me = current().expect("inside");
                let waker = go(move || {
                    sleep(Duration::from_micros(50 + round % 20));
                    me.unpark();
                });
                park_timeout(Duration::from_micros(60));
                expect_undisturbed("a park at whose deadline the token came");
                waker.join().expect("no panic");
                // The token, if the deadline was first.
                park_timeout(Duration::ZERO);
                let start = Instant::now();
                park_timeout(UNDISTURBED);
                assert!(start.elapsed() >= UNDISTURBED, "the token was there twice");
            }
        });
    });
}
