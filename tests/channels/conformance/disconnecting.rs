//! What is left of a channel when one of its sides has gone.

use super::capacities::{BUFFERED, EVERY, channel};
use crate::subject::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError, bounded,
};
use crate::trial::trial;
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(600);

#[test]
fn values_outlive_their_senders() {
    trial(|| {
        for capacity in BUFFERED {
            let (tx, rx) = channel(capacity);
            tx.send(1).unwrap();
            drop(tx);
            assert_eq!(rx.recv(), Ok(1), "capacity {capacity:?}");
            assert_eq!(rx.recv(), Err(RecvError), "capacity {capacity:?}");
        }
        let (tx, rx) = bounded(4);
        (1..=4).for_each(|value| tx.send(value).unwrap());
        drop(tx);
        assert_eq!(rx.try_recv(), Ok(1));
        assert_eq!(rx.recv_timeout(LONG), Ok(2));
        assert_eq!(rx.recv_deadline(Instant::now()), Ok(3));
        assert_eq!(rx.iter().next(), Some(4));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    });
}

#[test]
fn every_receive_tells_that_the_senders_have_gone() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel::<u8>(capacity);
            drop(tx);
            for rx in [rx.clone(), rx] {
                assert_eq!(rx.recv(), Err(RecvError), "capacity {capacity:?}");
                assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
                assert_eq!(rx.recv_timeout(LONG), Err(RecvTimeoutError::Disconnected));
                assert_eq!(rx.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Disconnected));
                assert_eq!(rx.recv_deadline(Instant::now()), Err(RecvTimeoutError::Disconnected));
                assert_eq!((rx.iter().next(), rx.try_iter().next()), (None, None));
            }
        }
    });
}

#[test]
fn every_send_tells_that_the_receivers_have_gone() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel(capacity);
            drop(rx);
            for tx in [tx.clone(), tx] {
                assert_eq!(tx.send(1), Err(SendError(1)), "capacity {capacity:?}");
                assert_eq!(tx.try_send(2), Err(TrySendError::Disconnected(2)));
                assert_eq!(tx.send_timeout(3, LONG), Err(SendTimeoutError::Disconnected(3)));
                assert_eq!(tx.send_timeout(4, Duration::ZERO), Err(SendTimeoutError::Disconnected(4)));
                assert_eq!(tx.send_deadline(5, Instant::now()), Err(SendTimeoutError::Disconnected(5)));
            }
        }
    });
}

/// That nobody will ever take anything out is worth more than that there is no room.
#[test]
fn a_full_channel_without_receivers_is_disconnected_and_not_full() {
    trial(|| {
        for places in [1, 3] {
            let (tx, rx) = bounded(places);
            (0..places).for_each(|value| tx.send(value).unwrap());
            drop(rx);
            assert_eq!(tx.try_send(9), Err(TrySendError::Disconnected(9)), "{places} places");
            assert_eq!(tx.send_timeout(9, LONG), Err(SendTimeoutError::Disconnected(9)));
            assert_eq!(tx.send(9), Err(SendError(9)));
        }
    });
}

#[test]
fn only_the_last_sender_ends_the_channel() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel::<u8>(capacity);
            let mut senders = vec![tx.clone(), tx.clone().clone(), tx];
            while let Some(tx) = senders.pop() {
                assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "capacity {capacity:?}");
                drop(tx);
            }
            assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected), "capacity {capacity:?}");
        }
    });
}

#[test]
fn only_the_last_receiver_ends_the_channel() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel(capacity);
            let mut receivers = vec![rx.clone(), rx.clone().clone(), rx];
            while let Some(rx) = receivers.pop() {
                let is_disconnected = tx.try_send(1).is_err_and(|error| error.is_disconnected());
                assert!(!is_disconnected, "capacity {capacity:?}");
                drop(rx);
            }
            assert_eq!(tx.try_send(1), Err(TrySendError::Disconnected(1)), "capacity {capacity:?}");
        }
    });
}

/// Clones of one side do not bring the other one back.
#[test]
fn what_is_disconnected_stays_so() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel(capacity);
            drop(rx);
            assert_eq!(tx.clone().send(1), Err(SendError(1)));
            assert_eq!(tx.send(2), Err(SendError(2)));
            let (tx, rx) = channel::<u8>(capacity);
            drop(tx);
            assert_eq!(rx.clone().recv(), Err(RecvError));
            assert_eq!(rx.recv(), Err(RecvError), "capacity {capacity:?}");
        }
    });
}

#[test]
fn both_sides_may_go_in_either_order() {
    trial(|| {
        for capacity in EVERY {
            for sender_first in [false, true] {
                let (tx, rx) = channel(capacity);
                let was_sent = tx.try_send(String::from("left behind")).is_ok();
                assert_eq!(was_sent, capacity != Some(0));
                if sender_first {
                    drop(tx);
                    drop(rx);
                } else {
                    drop(rx);
                    drop(tx);
                }
            }
        }
    });
}
