//! What a send does while there is a receiver.

use super::capacities::{BUFFERED, channel};
use crate::eventually::eventually;
use crate::subject::{TryRecvError, TrySendError, bounded, spawn, unbounded};
use crate::trial::{let_them_wait, trial};

#[test]
fn a_bounded_channel_takes_as_many_values_as_it_has_places() {
    trial(|| {
        for places in [1, 2, 3, 64] {
            let (tx, rx) = bounded(places);
            for value in 0..places {
                assert_eq!(tx.try_send(value), Ok(()));
            }
            assert_eq!(tx.try_send(places), Err(TrySendError::Full(places)));
            assert_eq!(rx.try_recv(), Ok(0));
            assert_eq!(tx.try_send(places), Ok(()));
            assert_eq!(tx.try_send(99), Err(TrySendError::Full(99)));
            assert!(rx.try_iter().eq(1..=places));
        }
    });
}

#[test]
fn an_unbounded_channel_is_never_full() {
    trial(|| {
        let (tx, rx) = unbounded();
        for value in 0..20_000 {
            assert_eq!(tx.try_send(value), Ok(()));
        }
        assert!(rx.try_iter().eq(0..20_000));
    });
}

/// Filled and emptied over and over at different rates, so that every place is used first and last.
#[test]
fn values_come_out_in_the_order_of_their_sending() {
    trial(|| {
        for capacity in BUFFERED {
            let (tx, rx) = channel(capacity);
            let (mut sent, mut received) = (0, 0);
            for round in 0..500 {
                for _ in 0..=round % 4 {
                    if tx.try_send(sent).is_ok() {
                        sent += 1;
                    }
                }
                for _ in 0..=round % 3 {
                    if let Ok(value) = rx.try_recv() {
                        assert_eq!(value, received, "capacity {capacity:?}");
                        received += 1;
                    }
                }
            }
            assert!(rx.try_iter().eq(received..sent));
            assert!(received >= 500, "capacity {capacity:?}: {received}");
        }
    });
}

#[test]
fn a_send_waits_for_a_place() {
    trial(|| {
        for places in [0, 1, 3] {
            let (tx, rx) = bounded(places);
            (0..places).for_each(|value| tx.send(value).unwrap());
            let sender = spawn(move || tx.send(places));
            let_them_wait();
            assert!(!sender.is_finished(), "{places} places");
            for value in 0..=places {
                assert_eq!(rx.recv(), Ok(value));
            }
            assert_eq!(sender.join().unwrap(), Ok(()));
        }
    });
}

#[test]
fn a_place_that_becomes_free_lets_one_sender_in() {
    trial(|| {
        let (tx, rx) = bounded(1);
        tx.send(0).unwrap();
        let senders: Vec<_> = (1..=4)
            .map(|value| {
                let tx = tx.clone();
                spawn(move || tx.send(value).unwrap())
            })
            .collect();
        let_them_wait();
        for taken in 0..4 {
            let through = || senders.iter().filter(|sender| sender.is_finished()).count();
            assert_eq!(through(), taken);
            rx.recv().unwrap();
            eventually("one more is through", || through() > taken);
        }
        assert_eq!(rx.len(), 1);
        rx.recv().unwrap();
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    });
}

/// A receiver empties the channel at once; nobody may be left behind because only one was told.
#[test]
fn all_who_wait_for_places_get_in() {
    trial(|| {
        for places in [0, 1, 3] {
            let (tx, rx) = bounded(places);
            let senders: Vec<_> = (0..8)
                .map(|first| {
                    let tx = tx.clone();
                    spawn(move || (0..20).for_each(|i| tx.send(first * 20 + i).unwrap()))
                })
                .collect();
            drop(tx);
            let_them_wait();
            let mut received: Vec<_> = rx.iter().collect();
            received.sort_unstable();
            assert!(received.into_iter().eq(0..160), "{places} places");
            senders.into_iter().for_each(|sender| sender.join().unwrap());
        }
    });
}

#[test]
fn what_is_sent_through_a_clone_is_sent_through_the_same_channel() {
    trial(|| {
        for capacity in [Some(3), None] {
            let (tx, rx) = channel(capacity);
            let clone = tx.clone();
            tx.send(1).unwrap();
            clone.send(2).unwrap();
            drop(tx);
            clone.clone().send(3).unwrap();
            assert!(rx.try_iter().eq(1..=3), "capacity {capacity:?}");
        }
    });
}
