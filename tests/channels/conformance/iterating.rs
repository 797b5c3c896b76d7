//! Receivers as iterators.

use super::capacities::{BUFFERED, EVERY, channel};
use crate::subject::{IntoIter, Iter, SendError, TryIter, bounded, spawn, unbounded};
use crate::trial::{let_them_wait, trial};
use std::iter::FusedIterator;

#[test]
fn iter_ends_when_the_last_sender_has_gone_and_all_is_received() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel(capacity);
            let sender = spawn(move || (0..10).for_each(|value| tx.send(value).unwrap()));
            assert!(rx.iter().eq(0..10), "capacity {capacity:?}");
            assert_eq!(rx.iter().next(), None);
            sender.join().unwrap();
        }
    });
}

#[test]
fn iter_waits_for_the_next_value() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel(capacity);
            let sums = spawn(move || rx.iter().take(2).sum::<i32>());
            tx.send(1).unwrap();
            let_them_wait();
            assert!(!sums.is_finished(), "capacity {capacity:?}");
            tx.send(2).unwrap();
            assert_eq!(sums.join().unwrap(), 3);
        }
    });
}

#[test]
fn a_receiver_that_was_iterated_by_reference_can_still_be_used() {
    trial(|| {
        let (tx, rx) = bounded(3);
        (1..=3).for_each(|value| tx.send(value).unwrap());
        let mut sum = 0;
        for value in &rx {
            sum += value;
            if value == 2 {
                break;
            }
        }
        assert_eq!((sum, rx.iter().next()), (3, Some(3)));
        tx.send(4).unwrap();
        drop(tx);
        assert!((&rx).into_iter().eq([4]));
    });
}

#[test]
fn try_iter_ends_when_the_channel_is_empty_and_goes_on_when_it_is_not() {
    trial(|| {
        for capacity in BUFFERED {
            let (tx, rx) = channel(capacity);
            let mut values = rx.try_iter();
            assert_eq!(values.next(), None);
            tx.send(1).unwrap();
            assert_eq!(values.next(), Some(1));
            assert_eq!(values.next(), None);
            tx.send(2).unwrap();
            drop(tx);
            assert_eq!(values.next(), Some(2));
            assert_eq!(values.next(), None, "capacity {capacity:?}");
        }
    });
}

#[test]
fn try_iter_of_a_rendezvous_takes_what_waiting_senders_hold() {
    trial(|| {
        let (tx, rx) = bounded(0);
        assert_eq!(rx.try_iter().next(), None);
        let sender = spawn(move || (0..3).for_each(|value| tx.send(value).unwrap()));
        let mut received = Vec::new();
        while received.len() < 3 {
            received.extend(rx.try_iter());
            let_them_wait();
        }
        assert_eq!(received, [0, 1, 2]);
        sender.join().unwrap();
    });
}

#[test]
fn an_owned_iterator_is_the_receiver() {
    trial(|| {
        let (tx, rx) = unbounded();
        (1..=3).for_each(|value| tx.send(value).unwrap());
        let mut values = rx.into_iter();
        assert_eq!(values.next(), Some(1));
        assert_eq!(tx.send(4), Ok(()));
        drop(values);
        assert_eq!(tx.send(5), Err(SendError(5)));
    });
}

#[test]
fn a_for_loop_receives_to_the_end() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel(capacity);
            let sender = spawn(move || (1..=100).for_each(|value| tx.send(value).unwrap()));
            let mut sum = 0;
            for value in rx {
                sum += value;
            }
            assert_eq!(sum, 5050, "capacity {capacity:?}");
            sender.join().unwrap();
        }
    });
}

#[test]
fn iterators_share_the_values() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel(capacity);
            let takers: Vec<_> = (0..3)
                .map(|_| {
                    let rx = rx.clone();
                    spawn(move || rx.iter().sum::<usize>())
                })
                .collect();
            (1..=300).for_each(|value| tx.send(value).unwrap());
            drop(tx);
            let sum: usize = takers.into_iter().map(|taker| taker.join().unwrap()).sum();
            assert_eq!(sum, 45_150, "capacity {capacity:?}");
        }
    });
}

/// Those that wait end for good; the one that does not wait may go on later, and is not fused.
#[test]
fn iterators_have_their_names_and_traits() {
    fn fused<I: FusedIterator>(iterator: I) -> I {
        iterator
    }
    trial(|| {
        let (tx, rx) = unbounded::<u8>();
        drop(tx);
        let iter: Iter<'_, u8> = fused(rx.iter());
        assert_eq!(format!("{iter:?}"), "Iter { .. }");
        let try_iter: TryIter<'_, u8> = rx.try_iter();
        assert_eq!(format!("{try_iter:?}"), "TryIter { .. }");
        let mut into_iter: IntoIter<u8> = fused(rx.into_iter());
        assert_eq!(format!("{into_iter:?}"), "IntoIter { .. }");
        assert_eq!([into_iter.next(), into_iter.next()], [None, None]);
    });
}
