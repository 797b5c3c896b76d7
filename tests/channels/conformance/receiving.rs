//! What a receive does while there is a sender.

use super::capacities::{BUFFERED, EVERY, channel};
use crate::eventually::eventually;
use crate::subject::{TryRecvError, spawn};
use crate::trial::{let_them_wait, trial};

#[test]
fn a_try_recv_of_an_empty_channel_is_told_so() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel::<u8>(capacity);
            assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "capacity {capacity:?}");
            drop(tx);
        }
    });
}

#[test]
fn a_recv_waits_for_a_value() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel(capacity);
            let receiver = spawn(move || rx.recv());
            let_them_wait();
            assert!(!receiver.is_finished(), "capacity {capacity:?}");
            tx.send("a value").unwrap();
            assert_eq!(receiver.join().unwrap(), Ok("a value"));
        }
    });
}

#[test]
fn a_value_that_was_there_first_is_received_at_once() {
    trial(|| {
        for capacity in BUFFERED {
            let (tx, rx) = channel(capacity);
            tx.send(1).unwrap();
            assert_eq!(rx.recv(), Ok(1), "capacity {capacity:?}");
            tx.send(2).unwrap();
            assert_eq!(rx.try_recv(), Ok(2), "capacity {capacity:?}");
            assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "capacity {capacity:?}");
        }
    });
}

#[test]
fn each_value_ends_the_wait_of_one_receiver() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel(capacity);
            let receivers: Vec<_> = (0..4)
                .map(|_| {
                    let rx = rx.clone();
                    spawn(move || rx.recv().unwrap())
                })
                .collect();
            let_them_wait();
            let served = || receivers.iter().filter(|receiver| receiver.is_finished()).count();
            for value in 0..4 {
                assert_eq!(served(), value, "capacity {capacity:?}");
                tx.send(value).unwrap();
                eventually("one more is served", || served() > value);
            }
            let mut received: Vec<_> = receivers.into_iter().map(|r| r.join().unwrap()).collect();
            received.sort_unstable();
            assert_eq!(received, [0, 1, 2, 3]);
        }
    });
}

/// Several values come before the first receiver runs; nobody may be left behind because only one was told.
#[test]
fn a_burst_of_values_ends_the_waits_of_all() {
    trial(|| {
        for capacity in BUFFERED {
            for _ in 0..20 {
                let (tx, rx) = channel(capacity);
                let receivers: Vec<_> = (0..3)
                    .map(|_| {
                        let rx = rx.clone();
                        spawn(move || rx.recv().unwrap())
                    })
                    .collect();
                (1..=3).for_each(|value| tx.send(value).unwrap());
                let sum: i32 = receivers.into_iter().map(|receiver| receiver.join().unwrap()).sum();
                assert_eq!(sum, 6, "capacity {capacity:?}");
            }
        }
    });
}

#[test]
fn clones_take_from_one_queue() {
    trial(|| {
        for capacity in [Some(3), None] {
            let (tx, rx) = channel(capacity);
            let clone = rx.clone();
            (1..=3).for_each(|value| tx.send(value).unwrap());
            assert_eq!([rx.recv(), clone.recv()], [Ok(1), Ok(2)]);
            drop(rx);
            assert_eq!(clone.clone().recv(), Ok(3));
            assert_eq!(clone.try_recv(), Err(TryRecvError::Empty), "capacity {capacity:?}");
        }
    });
}
