//! The value of a send arm is made when the arm has won, not before: so what it is made of is still there otherwise.

use super::waiting::until_a_receiver_waits;
use crate::counted::Drops;
use crate::subject::{bounded, select, spawn, unbounded};
use crate::trial::{let_them_wait, trial};
use std::collections::VecDeque;
use std::time::Duration;

#[test]
fn a_value_is_made_for_the_arm_that_wins_only() {
    trial(|| {
        let ((full, _rx), (tx, rx)) = (bounded(0), unbounded());
        let mut made = 0;
        let mut make = || {
            made += 1;
            made
        };
        for round in 1..=20 {
            select! {
                send(full, make()) -> _ => unreachable!(),
                send(tx, make()) -> sent => sent.unwrap(),
            }
            assert_eq!(rx.recv(), Ok(round));
            select! {
                send(full, make()) -> _ => unreachable!(),
                default => {}
            }
        }
        assert_eq!(made, 20);
    });
}

#[test]
fn a_loser_leaves_its_value_to_the_winner() {
    trial(|| {
        let drops = Drops::default();
        let ((full, _rx), (tx, ready)) = (bounded(0), unbounded());
        tx.send(1).unwrap();
        let value = drops.value();
        let kept = select! {
            send(full, value) -> _ => None,
            recv(ready) -> _ => Some(value),
        };
        assert_eq!(drops.count(), 0);
        drop(kept);
        assert_eq!(drops.count(), 1);
        let value = drops.value();
        let kept = select! {
            send(full, value) -> _ => None,
            default(Duration::from_micros(10)) => Some(value),
        };
        assert!(kept.is_some());
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn one_value_may_stand_in_several_arms() {
    trial(|| {
        let drops = Drops::default();
        let [(a, a_rx), (b, b_rx)] = [bounded(1), bounded(1)];
        for round in 0..20 {
            let value = drops.value();
            select! {
                send(a, value) -> sent => assert!(sent.is_ok()),
                send(b, value) -> sent => assert!(sent.is_ok()),
            }
            assert_eq!((drops.count(), a.len() + b.len()), (round, 1));
            drop(a_rx.try_recv().or(b_rx.try_recv()));
        }
    });
}

/// A queue that is emptied into whoever is ready: what was not sent has not been taken out.
#[test]
fn a_loop_sends_the_first_of_its_queue_while_it_receives_more() {
    trial(|| {
        let ((tx, into), (out, rx)) = (bounded(0), bounded(0));
        let source = spawn(move || (0..200).for_each(|value| tx.send(value).unwrap()));
        let sink = spawn(move || rx.iter().collect::<Vec<_>>());
        let mut queue = VecDeque::new();
        let mut open = true;
        while open || !queue.is_empty() {
            if queue.is_empty() {
                match into.recv() {
                    Ok(value) => queue.push_back(value),
                    Err(_) => open = false,
                }
                continue;
            }
            select! {
                send(out, queue.pop_front().unwrap()) -> sent => sent.unwrap(),
                recv(into) -> value => match value {
                    Ok(value) => queue.push_back(value),
                    Err(_) => {
                        queue.drain(..).for_each(|value| out.send(value).unwrap());
                        open = false;
                    }
                },
            }
        }
        drop(out);
        source.join().unwrap();
        assert!(sink.join().unwrap().into_iter().eq(0..200));
    });
}

/// The partner has been chosen by then and waits for the value, so making it may take its time.
#[test]
fn a_value_may_wait_for_something_while_it_is_made() {
    trial(|| {
        let ((tx, rx), (parts, part)) = (bounded(0), bounded(0));
        let receiver = spawn(move || rx.recv());
        until_a_receiver_waits(&tx);
        let maker = spawn(move || {
            let_them_wait();
            parts.send(20).unwrap();
        });
        select! {
            send(tx, part.recv().unwrap() + 1) -> sent => assert_eq!(sent, Ok(())),
        }
        maker.join().unwrap();
        assert_eq!(receiver.join().unwrap(), Ok(21));
    });
}
