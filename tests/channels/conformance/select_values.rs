//! What becomes of the values in the send arms.

use super::capacities::{EVERY, channel};
use super::waiting::{until_a_receiver_waits, until_a_sender_waits};
use crate::counted::{Counted, Drops};
use crate::subject::{SendError, bounded, select, spawn, unbounded};
use crate::trial::trial;
use std::cell::Cell;
use std::time::Duration;

#[test]
fn the_value_of_the_arm_that_runs_is_received_once() {
    trial(|| {
        for capacity in EVERY {
            let drops = Drops::default();
            let ((tx, rx), (full, _rx)) = (channel(capacity), bounded::<u8>(0));
            let receiver = spawn(move || rx.recv().unwrap());
            let value = drops.value();
            select! {
                send(tx, value) -> sent => assert!(sent.is_ok()),
                send(full, 1) -> _ => unreachable!(),
            }
            let received = receiver.join().unwrap();
            assert_eq!(drops.count(), 0, "capacity {capacity:?}");
            drop((received, tx));
            assert_eq!(drops.count(), 1, "capacity {capacity:?}");
        }
    });
}

/// It went nowhere: not into the channel, and not twice out of scope.
#[test]
fn the_value_of_an_arm_that_loses_is_dropped_once() {
    trial(|| {
        for places in [0, 1] {
            let drops = Drops::default();
            let ((full, rx), (tx, ready)) = (bounded(places), unbounded());
            (0..places).for_each(|_| full.send(drops.value()).unwrap());
            tx.send(1).unwrap();
            {
                let value = drops.value();
                select! {
                    send(full, value) -> _ => unreachable!("there is no room"),
                    recv(ready) -> value => assert_eq!(value, Ok(1)),
                }
            }
            assert_eq!(drops.count(), 1);
            assert_eq!(rx.try_iter().count(), places);
            drop(full);
            assert_eq!(drops.count(), 1 + places);
        }
    });
}

#[test]
fn the_values_of_all_arms_that_lose_are_dropped_once() {
    trial(|| {
        let drops = Drops::default();
        let [(a, _a_rx), (b, _b_rx), (c, c_rx)] = [bounded(0), bounded(0), bounded(1)];
        {
            let values = [drops.value(), drops.value(), drops.value()];
            let [first, second, third] = values;
            select! {
                send(a, first) -> _ => unreachable!(),
                send(b, second) -> _ => unreachable!(),
                send(c, third) -> sent => assert!(sent.is_ok()),
            }
        }
        assert_eq!(drops.count(), 2);
        drop(c_rx.recv().unwrap());
        assert_eq!(drops.count(), 3);
    });
}

#[test]
fn a_value_that_is_made_for_an_arm_is_dropped_if_the_arm_loses() {
    trial(|| {
        let drops = Drops::default();
        let made = Cell::new(0);
        let make = || -> Counted {
            made.set(made.get() + 1);
            drops.value()
        };
        let ((full, _rx), (tx, ready)) = (bounded(0), unbounded());
        for _ in 0..10 {
            tx.send(()).unwrap();
            select! {
                send(full, make()) -> _ => unreachable!(),
                recv(ready) -> value => value.unwrap(),
            }
            select! {
                send(full, make()) -> _ => unreachable!(),
                default => {}
            }
            select! {
                default(Duration::from_micros(10)) => {}
                send(full, make()) -> _ => unreachable!(),
            }
            assert_eq!(drops.count(), made.get());
        }
    });
}

#[test]
fn the_value_of_a_failed_arm_comes_back() {
    trial(|| {
        for capacity in EVERY {
            let drops = Drops::default();
            let ((tx, rx), (_silent, silence)) = (channel(capacity), bounded::<u8>(0));
            drop(rx);
            let value = drops.value();
            let back: SendError<Counted> = select! {
                send(tx, value) -> sent => sent.unwrap_err(),
                recv(silence) -> _ => unreachable!(),
            };
            drop(tx);
            assert_eq!(drops.count(), 0, "capacity {capacity:?}");
            drop(back.into_inner());
            assert_eq!(drops.count(), 1, "capacity {capacity:?}");
        }
    });
}

#[test]
fn the_value_comes_back_if_the_receiver_goes_while_the_select_waits() {
    trial(|| {
        let drops = Drops::default();
        let ((tx, rx), (_silent, silence)) = (bounded(0), bounded::<u8>(0));
        let value = drops.value();
        let selects = spawn(move || {
            select! {
                send(tx, value) -> sent => sent.unwrap_err().into_inner(),
                recv(silence) -> _ => unreachable!(),
            }
        });
        until_a_sender_waits(&rx);
        drop(rx);
        let back = selects.join().unwrap();
        assert_eq!(drops.count(), 0);
        drop(back);
        assert_eq!(drops.count(), 1);
    });
}

/// An error that nobody looks at takes its value along.
#[test]
fn a_result_that_is_thrown_away_drops_its_value() {
    trial(|| {
        let drops = Drops::default();
        let (tx, rx) = bounded(1);
        tx.send(drops.value()).unwrap();
        select! { recv(rx) -> _ => {} }
        assert_eq!(drops.count(), 1);
        drop(rx);
        let value = drops.value();
        select! { send(tx, value) -> _ => {} }
        assert_eq!(drops.count(), 2);
    });
}

/// In each round one value arrives and one is dropped, and it is never the same.
#[test]
fn values_that_lose_do_not_arrive_later() {
    trial(|| {
        let drops = Drops::default();
        let [(a, a_rx), (b, b_rx)] = [bounded(0), bounded(0)];
        for round in 1..=100 {
            let receives = spawn({
                let rx = if round % 2 == 0 { a_rx.clone() } else { b_rx.clone() };
                move || rx.recv().unwrap()
            });
            until_a_receiver_waits(if round % 2 == 0 { &a } else { &b });
            {
                let [for_a, for_b] = ["a", "b"].map(|name| (name, drops.value()));
                select! {
                    send(a, for_a) -> sent => assert!(sent.is_ok()),
                    send(b, for_b) -> sent => assert!(sent.is_ok()),
                }
            }
            let (name, value) = receives.join().unwrap();
            assert_eq!(name, if round % 2 == 0 { "a" } else { "b" });
            assert_eq!(drops.count(), 2 * round - 1);
            drop(value);
        }
        assert!(a_rx.try_recv().is_err() && b_rx.try_recv().is_err());
        assert_eq!(drops.count(), 200);
    });
}
