//! One channel in several arms of one select.

use super::capacities::{BUFFERED, channel};
use super::waiting::{until_a_receiver_waits, until_a_sender_waits};
use crate::subject::{Receiver, Select, TryRecvError, bounded, select, spawn, yield_now};
use crate::trial::trial;
use std::time::Duration;

const BRIEF: Duration = Duration::from_millis(20);

/// A rendezvous takes two.
#[test]
fn a_select_does_not_meet_itself() {
    trial(|| {
        let (tx, rx) = bounded(0);
        select! {
            send(tx, 1) -> _ => unreachable!(),
            recv(rx) -> _ => unreachable!(),
            default => {}
        }
        select! {
            recv(rx) -> _ => unreachable!(),
            send(tx, 1) -> _ => unreachable!(),
            default(BRIEF) => {}
        }
        let mut dynamic = Select::new();
        dynamic.send(&tx);
        dynamic.recv(&rx);
        assert!(dynamic.try_select().is_err());
        assert!(dynamic.select_timeout(BRIEF).is_err());
        assert!(dynamic.try_ready().is_err());
        assert!(dynamic.ready_timeout(BRIEF).is_err());
    });
}

#[test]
fn a_select_that_could_meet_itself_meets_another() {
    trial(|| {
        for sends in [false, true] {
            let (tx, rx) = bounded(0);
            let selects = spawn({
                let (tx, rx) = (tx.clone(), rx.clone());
                move || {
                    select! {
                        send(tx, 1) -> sent => sent.map(|()| 0),
                        recv(rx) -> value => Ok(value.unwrap()),
                    }
                }
            });
            if sends {
                until_a_receiver_waits(&tx);
                assert_eq!(tx.try_send(2), Ok(()));
            } else {
                until_a_sender_waits(&rx);
                assert_eq!(receive_at_a_try(&rx), 1);
            }
            assert_eq!(selects.join().unwrap(), Ok(2 * i32::from(sends)));
        }
    });
}

/// A try waits for a sender that has yet to compute its value, but not for ever.
fn receive_at_a_try(rx: &Receiver<i32>) -> i32 {
    loop {
        match rx.try_recv() {
            Err(TryRecvError::Empty) => yield_now(),
            received => return received.unwrap(),
        }
    }
}

#[test]
fn a_select_sends_to_itself_through_a_place() {
    trial(|| {
        for capacity in BUFFERED {
            let (tx, rx) = channel(capacity);
            let (mut sent, mut received) = (0, 0);
            for _ in 0..400 {
                select! {
                    send(tx, sent) -> result => {
                        result.unwrap();
                        sent += 1;
                    }
                    recv(rx) -> value => {
                        assert_eq!(value, Ok(received), "capacity {capacity:?}");
                        received += 1;
                    }
                }
            }
            assert_eq!((sent + received, sent - received), (400, rx.len()));
            assert!(received >= 100, "capacity {capacity:?}: {received}");
        }
    });
}

#[test]
fn the_same_channel_may_be_received_from_in_two_arms() {
    trial(|| {
        for capacity in BUFFERED {
            let (tx, rx) = channel(capacity);
            let mut arms = [0; 2];
            for value in 0..400 {
                tx.send(value).unwrap();
                let (arm, received) = select! {
                    recv(rx) -> received => (0, received),
                    recv(rx) -> received => (1, received),
                };
                assert_eq!(received, Ok(value), "capacity {capacity:?}");
                assert!(rx.is_empty(), "one arm has taken one value");
                arms[arm] += 1;
            }
            assert!(arms.iter().all(|&times| times > 100), "capacity {capacity:?}: {arms:?}");
        }
    });
}

#[test]
fn the_same_channel_may_be_sent_to_in_two_arms() {
    trial(|| {
        for capacity in BUFFERED {
            let (tx, rx) = channel(capacity);
            let mut values = [0; 2];
            for _ in 0..400 {
                select! {
                    send(tx, 0) -> sent => sent.unwrap(),
                    send(tx, 1) -> sent => sent.unwrap(),
                }
                values[rx.recv().unwrap()] += 1;
                assert!(rx.is_empty(), "one arm has sent one value");
            }
            assert!(values.iter().all(|&times| times > 100), "capacity {capacity:?}: {values:?}");
        }
    });
}

/// Both arms wait; the one that loses must not be found by the next partner.
#[test]
fn two_arms_that_wait_for_the_same_partner_meet_him_once() {
    trial(|| {
        let (tx, rx) = bounded(0);
        for value in 0..60 {
            let receives = spawn({
                let rx = rx.clone();
                move || {
                    select! {
                        recv(rx) -> value => value.unwrap(),
                        recv(rx) -> value => value.unwrap(),
                    }
                }
            });
            if value % 2 == 0 {
                until_a_receiver_waits(&tx);
            }
            tx.send(value).unwrap();
            assert!(tx.try_send(999).is_err(), "nobody waits any more");
            assert_eq!(receives.join().unwrap(), value);
        }
    });
}

/// Clones are of the same channel as well.
#[test]
fn a_select_does_not_meet_itself_through_clones() {
    trial(|| {
        let (tx, rx) = bounded(0);
        let (tx, rx) = ([tx.clone(), tx], [rx.clone(), rx]);
        for _ in 0..100 {
            select! {
                send(tx[0], 1) -> _ => unreachable!(),
                recv(rx[0]) -> _ => unreachable!(),
                send(tx[1], 1) -> _ => unreachable!(),
                recv(rx[1]) -> _ => unreachable!(),
                default => {}
            }
        }
    });
}
