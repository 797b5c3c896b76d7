//! The arm for when nothing is ready, at once or for some time.

use super::capacities::{BUFFERED, EVERY, channel};
use crate::crowd::{Crowd, Kind};
use crate::subject::{bounded, select, spawn, unbounded};
use crate::trial::{let_them_wait, trial};
use std::time::{Duration, Instant};

const BRIEF: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(600);

#[test]
fn default_runs_if_nothing_is_ready() {
    trial(|| {
        for capacity in EVERY {
            let (_tx, rx) = channel::<u8>(capacity);
            let (full, _rx) = bounded(0);
            let ran = select! {
                recv(rx) -> _ => "recv",
                send(full, 1) -> _ => "send",
                default => "default",
            };
            assert_eq!(ran, "default", "capacity {capacity:?}");
        }
    });
}

#[test]
fn default_does_not_run_if_an_arm_is_ready() {
    trial(|| {
        for capacity in BUFFERED {
            let (tx, rx) = channel(capacity);
            for _ in 0..50 {
                select! {
                    send(tx, 1) -> sent => sent.unwrap(),
                    default => unreachable!("there is room"),
                }
                select! {
                    default(Duration::ZERO) => unreachable!("there is a value"),
                    recv(rx) -> value => assert_eq!(value, Ok(1)),
                }
            }
        }
    });
}

#[test]
fn default_after_a_time_waits_that_time_and_not_less() {
    trial(|| {
        for capacity in EVERY {
            let (_tx, rx) = channel::<u8>(capacity);
            let (full, _rx) = bounded(0);
            let begun = Instant::now();
            select! {
                recv(rx) -> _ => unreachable!(),
                default(BRIEF) => assert!(begun.elapsed() >= BRIEF),
            }
            let begun = Instant::now();
            select! {
                recv(rx) -> _ => unreachable!(),
                send(full, 1) -> _ => unreachable!(),
                default(BRIEF) => assert!(begun.elapsed() >= BRIEF, "capacity {capacity:?}"),
            }
        }
    });
}

#[test]
fn what_becomes_ready_in_time_runs() {
    trial(|| {
        for capacity in EVERY {
            for time in [LONG, Duration::MAX] {
                let ((tx, rx), (full, taken)) = (channel(capacity), bounded(0));
                let selects = spawn(move || {
                    select! {
                        recv(rx) -> value => value.unwrap(),
                        send(full, 0) -> _ => 0,
                        default(time) => unreachable!("there was time"),
                    }
                });
                let_them_wait();
                tx.send(1).unwrap();
                assert_eq!(selects.join().unwrap(), 1, "capacity {capacity:?}");
                drop(taken);
            }
        }
    });
}

#[test]
fn default_may_stand_alone() {
    trial(|| {
        assert_eq!(select! { default => 1 }, 1);
        let begun = Instant::now();
        select! {
            default(BRIEF) => assert!(begun.elapsed() >= BRIEF),
        }
    });
}

#[test]
fn default_may_stand_anywhere() {
    trial(|| {
        let (tx, rx) = bounded::<u8>(0);
        let first = select! {
            default => true,
            recv(rx) -> _ => false,
            send(tx, 1) -> _ => false,
        };
        let middle = select! {
            recv(rx) -> _ => false,
            default() => true,
            send(tx, 1) -> _ => false,
        };
        assert!(first && middle);
    });
}

#[test]
fn the_time_of_default_is_asked_for_once() {
    trial(|| {
        let (_tx, rx) = unbounded::<u8>();
        let mut asked = 0;
        let mut time = || {
            asked += 1;
            Duration::from_millis(1)
        };
        select! {
            recv(rx) -> _ => unreachable!(),
            default(time()) => {}
        }
        assert_eq!(asked, 1);
    });
}

/// An arm that fails is ready all the same.
#[test]
fn an_arm_without_another_side_is_preferred_to_default() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel::<u8>(capacity);
            drop(rx);
            select! {
                send(tx, 1) -> sent => assert!(sent.is_err(), "capacity {capacity:?}"),
                default => unreachable!(),
            }
            let (tx, rx) = channel::<u8>(capacity);
            drop(tx);
            select! {
                recv(rx) -> value => assert!(value.is_err(), "capacity {capacity:?}"),
                default(LONG) => unreachable!(),
            }
        }
    });
}

/// Each of two puts one value in before taking one out, so there is always one for whoever looks.
#[test]
fn default_does_not_overlook_what_others_move_about() {
    trial(|| {
        for capacity in [Some(2), Some(3), None] {
            let ((a_tx, a), (b_tx, b)) = (channel(capacity), channel(capacity));
            let mut crowd = Crowd::default();
            for (number, kind) in Kind::BOTH.into_iter().enumerate() {
                let (txs, a, b) = ([a_tx.clone(), b_tx.clone()], a.clone(), b.clone());
                crowd.start(kind, move || {
                    for round in 0..2000 {
                        txs[(round + number) % 2].send(()).unwrap();
                        select! {
                            recv(a) -> value => value.unwrap(),
                            recv(b) -> value => value.unwrap(),
                            default => {
                                unreachable!("round {round}: there is a value")
                            }
                        }
                    }
                });
            }
            crowd.join();
            assert!(a.is_empty() && b.is_empty());
        }
    });
}

/// The last moment belongs to one of the two: either the value was received or it is still there.
#[test]
fn a_value_that_comes_at_the_last_moment_is_not_lost() {
    trial(|| {
        for capacity in BUFFERED {
            for round in 0..30 {
                let ((tx, rx), (_silent, silence)) = (channel(capacity), bounded::<()>(0));
                let mut crowd = Crowd::default();
                crowd.start(Kind::BOTH[round % 2], move || tx.send(round).unwrap());
                let received = select! {
                    recv(rx) -> value => value.unwrap(),
                    recv(silence) -> _ => unreachable!(),
                    default(Duration::from_micros(round as u64 * 4)) => rx.recv().unwrap(),
                };
                assert_eq!(received, round, "capacity {capacity:?}");
                assert!(rx.recv().is_err(), "it has come once");
                crowd.join();
            }
        }
    });
}
