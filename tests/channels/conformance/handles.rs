//! Senders and receivers as values.

use super::capacities::{EVERY, channel};
use crate::subject::{Receiver, Sender, bounded, spawn, unbounded};
use crate::trial::trial;
use std::cell::Cell;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::Arc;

#[test]
fn clones_are_of_the_same_channel() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel::<u8>(capacity);
            assert!(tx.same_channel(&tx) && rx.same_channel(&rx));
            assert!(tx.same_channel(&tx.clone()) && tx.clone().same_channel(&tx));
            assert!(rx.same_channel(&rx.clone()) && rx.clone().same_channel(&rx));
        }
    });
}

#[test]
fn no_two_channels_are_the_same() {
    trial(|| {
        let ends: Vec<_> = EVERY.into_iter().chain(EVERY).map(channel::<u8>).collect();
        for (i, (tx, rx)) in ends.iter().enumerate() {
            for (j, (other_tx, other_rx)) in ends.iter().enumerate() {
                assert_eq!(tx.same_channel(other_tx), i == j);
                assert_eq!(rx.same_channel(other_rx), i == j);
            }
        }
    });
}

#[test]
fn a_channel_stays_the_same_when_its_other_end_is_gone() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel::<u8>(capacity);
            drop(rx);
            assert!(tx.same_channel(&tx.clone()), "capacity {capacity:?}");
            let (tx, rx) = channel::<u8>(capacity);
            drop(tx);
            assert!(rx.same_channel(&rx.clone()), "capacity {capacity:?}");
        }
    });
}

#[test]
fn many_clones_share_one_channel() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel(capacity);
            let senders: Vec<_> = (0..50)
                .map(|value| {
                    let tx = tx.clone();
                    spawn(move || tx.send(value).unwrap())
                })
                .collect();
            let receivers: Vec<_> = (0..50)
                .map(|_| {
                    let rx = rx.clone();
                    spawn(move || rx.recv().unwrap())
                })
                .collect();
            senders.into_iter().for_each(|sender| sender.join().unwrap());
            let mut received: Vec<_> = receivers.into_iter().map(|r| r.join().unwrap()).collect();
            received.sort_unstable();
            assert!(received.into_iter().eq(0..50), "capacity {capacity:?}");
            assert!(rx.is_empty());
        }
    });
}

#[test]
fn both_ends_tell_what_they_are() {
    trial(|| {
        let (tx, rx) = bounded::<Rc<u8>>(1);
        assert_eq!(format!("{tx:?} {rx:?}"), "Sender { .. } Receiver { .. }");
    });
}

/// The references of one end may be used by several at once.
#[test]
fn one_handle_may_be_shared() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel(capacity);
            let (tx, rx) = (Arc::new(tx), Arc::new(rx));
            let senders: Vec<_> = (0..4)
                .map(|value| {
                    let tx = tx.clone();
                    spawn(move || tx.send(value).unwrap())
                })
                .collect();
            let receivers: Vec<_> = (0..4)
                .map(|_| {
                    let rx = rx.clone();
                    spawn(move || rx.recv().unwrap())
                })
                .collect();
            senders.into_iter().for_each(|sender| sender.join().unwrap());
            let sum: i32 = receivers.into_iter().map(|receiver| receiver.join().unwrap()).sum();
            assert_eq!(sum, 6, "capacity {capacity:?}");
        }
    });
}

/// Whatever can be sent makes both ends fit for sending and sharing, `Sync` or not; and a channel looks after
/// itself when somebody panics.
#[test]
fn ends_have_the_traits_that_their_values_permit() {
    fn goes_anywhere<T: Send + Sync + UnwindSafe + RefUnwindSafe>(_: &T) {}
    trial(|| {
        let (tx, rx): (Sender<Cell<u8>>, Receiver<Cell<u8>>) = unbounded();
        goes_anywhere(&tx);
        goes_anywhere(&rx);
    });
}
