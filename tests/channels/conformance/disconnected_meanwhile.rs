//! The last one of the other side goes while somebody waits.

use super::capacities::{EVERY, channel};
use crate::crowd::{Crowd, Kind};
use crate::subject::{RecvError, RecvTimeoutError, SendError, SendTimeoutError, bounded, spawn, yield_now};
use crate::trial::{let_them_wait, trial};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(600);

#[test]
fn every_receive_that_waits_is_told() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel::<u8>(capacity);
            let receives = [
                spawn({
                    let rx = rx.clone();
                    move || rx.recv().map_err(RecvTimeoutError::from)
                }),
                spawn({
                    let rx = rx.clone();
                    move || rx.recv_timeout(LONG)
                }),
                spawn({
                    let rx = rx.clone();
                    move || rx.recv_deadline(Instant::now() + LONG)
                }),
                spawn(move || rx.iter().next().ok_or(RecvTimeoutError::Disconnected)),
            ];
            let_them_wait();
            drop(tx);
            for receive in receives {
                let told = receive.join().unwrap();
                assert_eq!(told, Err(RecvTimeoutError::Disconnected), "capacity {capacity:?}");
            }
        }
    });
}

#[test]
fn every_send_that_waits_is_told_and_gets_its_value_back() {
    trial(|| {
        for places in [0, 1, 3] {
            let (tx, rx) = bounded(places);
            (0..places).for_each(|_| tx.send("in the channel").unwrap());
            let sends = [
                spawn({
                    let tx = tx.clone();
                    move || tx.send("plain").map_err(SendTimeoutError::from)
                }),
                spawn({
                    let tx = tx.clone();
                    move || tx.send_timeout("timed", LONG)
                }),
                spawn(move || tx.send_deadline("dated", Instant::now() + LONG)),
            ];
            let_them_wait();
            drop(rx);
            for (send, value) in sends.into_iter().zip(["plain", "timed", "dated"]) {
                let told = send.join().unwrap();
                assert_eq!(told, Err(SendTimeoutError::Disconnected(value)), "{places} places");
            }
        }
    });
}

/// Between the values and the end there must be nothing, and behind the end neither.
#[test]
fn who_waits_receives_all_before_the_end() {
    trial(|| {
        for capacity in EVERY {
            for kind in Kind::BOTH {
                let (tx, rx) = channel(capacity);
                let mut crowd = Crowd::default();
                crowd.start(kind, move || {
                    assert!(rx.iter().eq(0..20), "capacity {capacity:?}");
                    assert!(rx.recv().is_err());
                });
                (0..20).for_each(|value| tx.send(value).unwrap());
                drop(tx);
                crowd.join();
            }
        }
    });
}

#[test]
fn one_of_several_who_goes_ends_nothing() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel(capacity);
            let receiver = spawn(move || rx.recv());
            let_them_wait();
            drop(tx.clone());
            assert!(!receiver.is_finished(), "capacity {capacity:?}");
            tx.send(1).unwrap();
            assert_eq!(receiver.join().unwrap(), Ok(1));
        }
    });
}

/// A sender that waits is no reason for the channel to live: only a receiver is.
#[test]
fn a_crowd_that_waits_is_told_by_one_drop() {
    trial(|| {
        for places in [0, 1, 3] {
            let (tx, rx) = bounded(places);
            let mut crowd = Crowd::default();
            for number in 0..16 {
                let tx = tx.clone();
                let kind = Kind::BOTH[number % 2];
                crowd.start(kind, move || while tx.send(number).is_ok() {});
            }
            assert!(rx.iter().take(500).all(|number| number < 16));
            drop(rx);
            crowd.join();
            assert_eq!(tx.send(99), Err(SendError(99)), "{places} places");
        }
    });
}

/// The end of the one side comes in any moment of the other's calls.
#[test]
fn an_end_is_missed_at_no_moment() {
    trial(|| {
        for capacity in EVERY {
            for round in 0..100 {
                let (tx, rx) = channel(capacity);
                let mut crowd = Crowd::default();
                if round % 2 == 0 {
                    crowd.start(Kind::Thread, move || drop(tx));
                    assert_eq!(rx.recv(), Err(RecvError));
                } else {
                    crowd.start(Kind::Thread, move || drop(rx));
                    while tx.send(round).is_ok() {
                        yield_now();
                    }
                }
                crowd.join();
            }
        }
    });
}
