//! Sends and receives that wait for some time only.

use super::capacities::{BUFFERED, EVERY, channel};
use crate::subject::{RecvTimeoutError, SendTimeoutError, TryRecvError, bounded, spawn, unbounded};
use crate::trial::{let_them_wait, trial};
use std::time::{Duration, Instant};

const BRIEF: Duration = Duration::from_millis(20);
/// Longer than any test may take.
const LONG: Duration = Duration::from_secs(600);

#[test]
fn a_receive_gives_up_after_its_time_and_not_before() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel::<u8>(capacity);
            let begun = Instant::now();
            assert_eq!(rx.recv_timeout(BRIEF), Err(RecvTimeoutError::Timeout));
            assert!(begun.elapsed() >= BRIEF, "capacity {capacity:?}");
            let deadline = Instant::now() + BRIEF;
            assert_eq!(rx.recv_deadline(deadline), Err(RecvTimeoutError::Timeout));
            assert!(Instant::now() >= deadline, "capacity {capacity:?}");
            drop(tx);
        }
    });
}

#[test]
fn a_send_gives_up_after_its_time_and_not_before() {
    trial(|| {
        for places in [0, 1, 3] {
            let (tx, rx) = bounded(places);
            (0..places).for_each(|value| tx.send(value).unwrap());
            let begun = Instant::now();
            assert_eq!(tx.send_timeout(8, BRIEF), Err(SendTimeoutError::Timeout(8)));
            assert!(begun.elapsed() >= BRIEF, "{places} places");
            let deadline = Instant::now() + BRIEF;
            assert_eq!(tx.send_deadline(9, deadline), Err(SendTimeoutError::Timeout(9)));
            assert!(Instant::now() >= deadline, "{places} places");
            assert!(rx.try_iter().eq(0..places), "what was not sent does not arrive");
        }
    });
}

#[test]
fn what_is_possible_at_once_is_done_after_the_deadline_too() {
    trial(|| {
        for capacity in BUFFERED {
            let (tx, rx) = channel(capacity);
            let past = Instant::now();
            for time in [Duration::ZERO, BRIEF] {
                assert_eq!(tx.send_timeout(1, time), Ok(()));
                assert_eq!(rx.recv_deadline(past), Ok(1));
                assert_eq!(tx.send_deadline(2, past), Ok(()));
                assert_eq!(rx.recv_timeout(time), Ok(2), "capacity {capacity:?}");
            }
        }
    });
}

#[test]
fn no_time_at_all_is_a_try() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel(capacity);
            assert_eq!(rx.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
            assert_eq!(rx.recv_deadline(Instant::now()), Err(RecvTimeoutError::Timeout));
            while tx.try_send(0).is_ok() && rx.len() < 2000 {}
            let full = capacity.map_or(Ok(()), |_| Err(SendTimeoutError::Timeout(1)));
            assert_eq!(tx.send_timeout(1, Duration::ZERO), full, "capacity {capacity:?}");
            assert_eq!(tx.send_deadline(1, Instant::now()), full, "capacity {capacity:?}");
        }
    });
}

#[test]
fn a_value_that_comes_in_time_ends_the_wait() {
    trial(|| {
        for capacity in EVERY {
            for deadline in [false, true] {
                let (tx, rx) = channel(capacity);
                let receiver = spawn(move || match deadline {
                    true => rx.recv_deadline(Instant::now() + LONG),
                    false => rx.recv_timeout(LONG),
                });
                let_them_wait();
                tx.send(7).unwrap();
                assert_eq!(receiver.join().unwrap(), Ok(7), "capacity {capacity:?}");
            }
        }
    });
}

#[test]
fn a_place_that_becomes_free_in_time_ends_the_wait() {
    trial(|| {
        for places in [0, 1] {
            for deadline in [false, true] {
                let (tx, rx) = bounded(places);
                (0..places).for_each(|value| tx.send(value).unwrap());
                let sender = spawn(move || match deadline {
                    true => tx.send_deadline(places, Instant::now() + LONG),
                    false => tx.send_timeout(places, LONG),
                });
                let_them_wait();
                assert!(rx.iter().take(places + 1).eq(0..=places));
                assert_eq!(sender.join().unwrap(), Ok(()), "{places} places");
            }
        }
    });
}

/// The end of such a time is in no calendar: it must not overflow.
#[test]
fn the_longest_time_is_for_ever() {
    trial(|| {
        for capacity in EVERY {
            let (tx, rx) = channel(capacity);
            let receiver = spawn(move || {
                let first = rx.recv_timeout(Duration::MAX);
                (first, rx.recv_timeout(Duration::MAX))
            });
            let_them_wait();
            assert_eq!(tx.send_timeout(1, Duration::MAX), Ok(()));
            drop(tx);
            let expected = (Ok(1), Err(RecvTimeoutError::Disconnected));
            assert_eq!(receiver.join().unwrap(), expected, "capacity {capacity:?}");
        }
    });
}

/// A wait that has ended must not be found by the next partner.
#[test]
fn a_wait_that_gave_up_leaves_nothing_behind() {
    trial(|| {
        let (tx, rx) = bounded(0);
        for round in 0..50 {
            let time = Duration::from_micros(20 * (round % 5));
            assert_eq!(tx.send_timeout(round, time), Err(SendTimeoutError::Timeout(round)));
            assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
            assert_eq!(rx.recv_timeout(time), Err(RecvTimeoutError::Timeout));
            assert!(tx.try_send(round).is_err_and(|error| error.is_full()));
        }
        let (tx, rx) = unbounded();
        for round in 0..50 {
            assert_eq!(rx.recv_timeout(Duration::from_micros(50)), Err(RecvTimeoutError::Timeout));
            tx.send(round).unwrap();
            assert_eq!(rx.try_recv(), Ok(round));
        }
    });
}
