//! Arms whose other side is gone, or goes while the select waits.

use super::capacities::{BUFFERED, EVERY, channel};
use crate::crowd::{Crowd, Kind};
use crate::subject::{RecvError, SendError, bounded, select, spawn};
use crate::trial::{let_them_wait, trial};

#[test]
fn an_arm_without_another_side_runs_with_its_error() {
    trial(|| {
        for capacity in EVERY {
            let ((tx, rx), (_silent, silence)) = (channel::<u8>(capacity), bounded::<u8>(0));
            drop(tx);
            select! {
                recv(rx) -> value => assert_eq!(value, Err(RecvError), "capacity {capacity:?}"),
                recv(silence) -> _ => unreachable!(),
            }
            let (tx, rx) = channel(capacity);
            drop(rx);
            select! {
                recv(silence) -> _ => unreachable!(),
                send(tx, 7) -> sent => assert_eq!(sent, Err(SendError(7)), "capacity {capacity:?}"),
            }
        }
    });
}

#[test]
fn what_was_sent_before_the_end_comes_before_it() {
    trial(|| {
        for capacity in BUFFERED {
            let ((tx, rx), (_silent, silence)) = (channel(capacity), bounded::<()>(0));
            tx.send(1).unwrap();
            drop(tx);
            for expected in [Ok(1), Err(RecvError), Err(RecvError)] {
                select! {
                    recv(silence) -> _ => unreachable!(),
                    recv(rx) -> value => assert_eq!(value, expected, "capacity {capacity:?}"),
                }
            }
        }
    });
}

#[test]
fn a_select_that_waits_is_told_of_the_end() {
    trial(|| {
        for capacity in EVERY {
            for sender_goes in [false, true] {
                let ((tx, rx), (full, taken)) = (channel::<u8>(capacity), bounded(1));
                full.send(0).unwrap();
                let selects = spawn(move || {
                    select! {
                        recv(rx) -> value => value.is_err(),
                        send(full, 1) -> sent => sent == Err(SendError(1)),
                    }
                });
                let_them_wait();
                assert!(!selects.is_finished(), "capacity {capacity:?}");
                if sender_goes {
                    drop(tx)
                } else {
                    drop(taken)
                }
                assert!(selects.join().unwrap(), "capacity {capacity:?}");
            }
        }
    });
}

#[test]
fn all_selects_that_wait_are_told_of_one_end() {
    trial(|| {
        for capacity in EVERY {
            let ((tx, rx), (_silent, silence)) = (channel::<u8>(capacity), bounded::<u8>(0));
            let mut crowd = Crowd::default();
            for number in 0..8 {
                let (rx, silence) = (rx.clone(), silence.clone());
                crowd.start(Kind::BOTH[number % 2], move || {
                    select! {
                        recv(rx) -> value => assert_eq!(value, Err(RecvError)),
                        recv(silence) -> _ => unreachable!(),
                    }
                });
            }
            let_them_wait();
            drop(tx);
            crowd.join();
        }
    });
}

/// It is ready like any other, so it runs about as often as one that has values.
#[test]
fn an_arm_that_has_ended_neither_hides_the_others_nor_is_hidden() {
    trial(|| {
        for capacity in EVERY {
            let ((tx, ended), (values, into)) = (channel::<u8>(capacity), bounded(1));
            drop(tx);
            let (mut ends, mut received) = (0, 0);
            for _ in 0..1000 {
                if values.is_empty() {
                    values.send(()).unwrap();
                }
                select! {
                    recv(ended) -> value => ends += usize::from(value.is_err()),
                    recv(into) -> value => received += usize::from(value.is_ok()),
                }
            }
            assert_eq!(ends + received, 1000);
            assert!((300..=700).contains(&ends), "capacity {capacity:?}: {ends} of 1000");
        }
    });
}

#[test]
fn when_all_arms_have_ended_each_is_told_sometime() {
    trial(|| {
        let (a, b) = (bounded::<u8>(0).1, bounded::<u8>(1).1);
        let c = bounded::<u8>(0).0;
        let mut told = [0; 3];
        for _ in 0..3000 {
            let arm = select! {
                recv(a) -> value => usize::from(value.is_ok()),
                recv(b) -> value => 1 + usize::from(value.is_ok()),
                send(c, 1) -> sent => 2 + usize::from(sent.is_ok()),
            };
            told[arm] += 1;
        }
        assert!(told.iter().all(|&times| times > 500), "{told:?}");
    });
}

/// The end comes while arms are being looked at, or just before or after.
#[test]
fn an_end_is_missed_at_no_moment() {
    trial(|| {
        for capacity in EVERY {
            for round in 0..60 {
                let ((tx, rx), (full, taken)) = (channel::<u8>(capacity), bounded(0));
                let (mut tx, mut taken) = (Some(tx), Some(taken));
                let goes = if round % 2 == 0 { (tx.take(), None) } else { (None, taken.take()) };
                let mut crowd = Crowd::default();
                crowd.start(Kind::Thread, move || drop(goes));
                select! {
                    recv(rx) -> value => assert!(value.is_err()),
                    send(full, round) -> sent => assert_eq!(sent, Err(SendError(round))),
                }
                crowd.join();
            }
        }
    });
}
