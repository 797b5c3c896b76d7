//! Who owns a value: it is dropped once, and not before its time.

use super::capacities::{BUFFERED, EVERY, channel};
use crate::counted::{Counted, Drops};
use crate::subject::{SendTimeoutError, TrySendError, bounded, spawn, unbounded};
use crate::trial::{let_them_wait, trial};
use std::time::Duration;

#[test]
fn a_received_value_is_its_receivers() {
    trial(|| {
        for capacity in EVERY {
            let drops = Drops::default();
            let (tx, rx) = channel(capacity);
            let value = drops.value();
            let sender = spawn(move || tx.send(value).unwrap());
            let received = rx.recv().unwrap();
            sender.join().unwrap();
            drop(rx);
            assert_eq!(drops.count(), 0, "capacity {capacity:?}");
            drop(received);
            assert_eq!(drops.count(), 1, "capacity {capacity:?}");
        }
    });
}

#[test]
fn a_value_that_nobody_takes_is_dropped_once() {
    trial(|| {
        for capacity in BUFFERED {
            for sender_first in [false, true] {
                let drops = Drops::default();
                let (tx, rx) = channel(capacity);
                let held = capacity.unwrap_or(100);
                (0..held).for_each(|_| tx.send(drops.value()).unwrap());
                drop(rx.recv().unwrap());
                assert_eq!(drops.count(), 1);
                if sender_first {
                    drop(tx);
                    assert_eq!(drops.count(), 1, "there is a receiver for them");
                    drop(rx);
                } else {
                    drop(rx);
                    drop(tx);
                }
                assert_eq!(drops.count(), held, "capacity {capacity:?}");
            }
        }
    });
}

/// Without a bound it may be much, and the senders may live long.
#[test]
fn what_an_unbounded_channel_holds_goes_with_its_last_receiver() {
    trial(|| {
        let drops = Drops::default();
        let (tx, rx) = unbounded();
        (0..100).for_each(|_| tx.send(drops.value()).unwrap());
        drop(rx.clone());
        assert_eq!(drops.count(), 0);
        drop(rx);
        assert_eq!(drops.count(), 100);
        assert!(tx.is_empty());
        drop(tx);
        assert_eq!(drops.count(), 100);
    });
}

#[test]
fn the_value_of_a_failed_send_comes_back() {
    trial(|| {
        for capacity in EVERY {
            let drops = Drops::default();
            let (tx, rx) = channel(capacity);
            drop(rx);
            let back: [Counted; 4] = [
                tx.send(drops.value()).unwrap_err().into_inner(),
                tx.try_send(drops.value()).unwrap_err().into_inner(),
                tx.send_timeout(drops.value(), Duration::MAX).unwrap_err().into_inner(),
                tx.send_timeout(drops.value(), Duration::ZERO).unwrap_err().into_inner(),
            ];
            drop(tx);
            assert_eq!(drops.count(), 0, "capacity {capacity:?}");
            drop(back);
            assert_eq!(drops.count(), 4, "capacity {capacity:?}");
        }
    });
}

#[test]
fn the_value_that_finds_no_place_comes_back() {
    trial(|| {
        for places in [0, 1, 3] {
            let drops = Drops::default();
            let (tx, rx) = bounded(places);
            (0..places).for_each(|_| tx.send(drops.value()).unwrap());
            let Err(TrySendError::Full(full)) = tx.try_send(drops.value()) else { panic!("it is full") };
            let late = tx.send_timeout(drops.value(), Duration::from_millis(5));
            let Err(SendTimeoutError::Timeout(late)) = late else { panic!("it is full") };
            drop((tx, rx));
            assert_eq!(drops.count(), places);
            drop((full, late));
            assert_eq!(drops.count(), places + 2);
        }
    });
}

#[test]
fn an_error_that_nobody_looks_at_drops_its_value() {
    trial(|| {
        let drops = Drops::default();
        let (tx, rx) = bounded(0);
        assert!(tx.try_send(drops.value()).is_err());
        assert_eq!(drops.count(), 1);
        drop(rx);
        assert!(tx.send(drops.value()).is_err());
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn the_values_of_senders_that_wait_in_vain_come_back() {
    trial(|| {
        for places in [0, 1] {
            let drops = Drops::default();
            let (tx, rx) = bounded(places);
            (0..places).for_each(|_| tx.send(drops.value()).unwrap());
            let senders: Vec<_> = (0..3)
                .map(|_| {
                    let (tx, value) = (tx.clone(), drops.value());
                    spawn(move || tx.send(value).unwrap_err().into_inner())
                })
                .collect();
            drop(tx);
            let_them_wait();
            drop(rx);
            let back: Vec<Counted> = senders.into_iter().map(|sender| sender.join().unwrap()).collect();
            assert_eq!(drops.count(), places);
            drop(back);
            assert_eq!(drops.count(), places + 3);
        }
    });
}

#[test]
fn iterators_hand_their_values_on() {
    trial(|| {
        let drops = Drops::default();
        let (tx, rx) = bounded(6);
        (0..6).for_each(|_| tx.send(drops.value()).unwrap());
        drop(tx);
        drop(rx.iter().next());
        drop(rx.try_iter().take(2).collect::<Vec<_>>());
        assert_eq!(drops.count(), 3);
        let mut values = rx.into_iter();
        let first = values.next();
        drop(values);
        assert_eq!(drops.count(), 5);
        drop(first);
        assert_eq!(drops.count(), 6);
    });
}
