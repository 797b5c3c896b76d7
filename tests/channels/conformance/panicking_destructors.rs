//! Values whose destructors panic: the panic is that of whoever drops them, and harms nobody else.

use super::capacities::{BUFFERED, EVERY, channel};
use crate::counted::{Counted, Drops};
use crate::subject::{Receiver, SendError, Sender, TryRecvError, bounded, spawn};
use crate::trial::{let_them_wait, trial};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

/// Panics when it is dropped if it is armed, and is counted in either case.
struct Bomb {
    armed: bool,
    _counted: Counted,
}

impl Bomb {
    fn new(armed: bool, drops: &Drops) -> Bomb {
        Bomb { armed, _counted: drops.value() }
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(!self.armed, "on purpose");
    }
}

fn panics(action: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(action)).is_err()
}

/// Drops both ends and tells how many of the two drops panicked.
fn drop_both(tx: Sender<Bomb>, rx: Receiver<Bomb>, sender_first: bool) -> usize {
    let (mut tx, mut rx) = (Some(tx), Some(rx));
    let mut panicked = 0;
    for drops_sender in [sender_first, !sender_first] {
        panicked += usize::from(panics(|| if drops_sender { tx = None } else { rx = None }));
    }
    panicked
}

#[test]
fn a_received_value_panics_where_it_is_dropped_and_the_channel_works_on() {
    trial(|| {
        for capacity in EVERY {
            let drops = Drops::default();
            let (tx, rx) = channel(capacity);
            let (armed, other) = (Bomb::new(true, &drops), Bomb::new(false, &drops));
            let sender = spawn(move || {
                tx.send(armed).unwrap();
                tx.send(other).unwrap();
            });
            assert!(panics(|| drop(rx.recv().unwrap())), "capacity {capacity:?}");
            assert!(!rx.recv().unwrap().armed);
            sender.join().unwrap();
            assert_eq!(drops.count(), 2);
        }
    });
}

#[test]
fn a_value_that_came_back_panics_where_it_is_dropped() {
    trial(|| {
        for capacity in EVERY {
            let drops = Drops::default();
            let (tx, rx) = channel(capacity);
            drop(rx);
            let error = tx.send(Bomb::new(true, &drops)).unwrap_err();
            assert!(panics(|| drop(error)));
            assert!(panics(|| assert!(tx.try_send(Bomb::new(true, &drops)).is_err())));
            assert_eq!(drops.count(), 2, "capacity {capacity:?}");
            assert!(tx.send(Bomb::new(false, &drops)).is_err());
        }
    });
}

/// The others may be leaked, as in a collection whose element panics, but none may be dropped twice.
#[test]
fn a_value_that_nobody_took_panics_in_one_drop_of_an_end() {
    trial(|| {
        for capacity in BUFFERED {
            for sender_first in [false, true] {
                let drops = Drops::default();
                let (tx, rx) = channel(capacity);
                let held = capacity.unwrap_or(40).min(40);
                for number in 0..held {
                    tx.send(Bomb::new(number == held / 2, &drops)).unwrap();
                }
                assert_eq!(drop_both(tx, rx, sender_first), 1, "capacity {capacity:?}");
                let dropped = drops.count();
                assert!((1..=held).contains(&dropped), "{dropped} of {held} were dropped");
                assert!(!thread::panicking());
            }
        }
    });
}

/// What a receiver throws away must not take the news with it that there is no receiver any more.
#[test]
fn senders_are_told_of_the_end_although_the_last_receiver_panicked() {
    trial(|| {
        for capacity in BUFFERED {
            let drops = Drops::default();
            let (tx, rx) = channel(capacity);
            tx.send(Bomb::new(true, &drops)).unwrap();
            let in_receiver = panics(|| drop(rx));
            let back = tx.send(Bomb::new(false, &drops));
            assert!(matches!(back, Err(SendError(Bomb { armed: false, .. }))), "capacity {capacity:?}");
            assert_ne!(panics(|| drop(tx)), in_receiver, "one of the two drops it");
        }
    });
}

#[test]
fn a_sender_that_waits_is_told_of_the_end_although_the_last_receiver_panicked() {
    trial(|| {
        let drops = Drops::default();
        let (tx, rx) = bounded(1);
        tx.send(Bomb::new(true, &drops)).unwrap();
        let (waits, value) = (tx.clone(), Bomb::new(false, &drops));
        let sender = spawn(move || waits.send(value).is_err());
        let_them_wait();
        let in_receiver = panics(|| drop(rx));
        assert!(sender.join().unwrap());
        assert_ne!(panics(|| drop(tx)), in_receiver, "one of the two drops it");
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn a_panic_between_two_values_loses_none_of_the_others() {
    trial(|| {
        let drops = Drops::default();
        let (tx, rx) = bounded(8);
        (0..8).for_each(|number| tx.send(Bomb::new(number == 3, &drops)).unwrap());
        assert!(panics(|| rx.try_iter().for_each(drop)));
        assert_eq!((drops.count(), rx.len()), (4, 4));
        assert!(!panics(|| rx.try_iter().for_each(drop)));
        assert_eq!(drops.count(), 8);
        assert!(matches!(rx.try_recv(), Err(TryRecvError::Empty)));
    });
}
