//! Senders and receivers, at a rendezvous and at a channel with one place: each value arrives once, and nobody is left
//! waiting.

use std::cell::RefCell;
use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::{explore, explore_within};
use gopark_loom_tests::signal::Signal;
use gopark_loom_tests::waiting::NEVER;

use super::ends::{Announced, Stage};
use super::event::{self, Ended};
use super::operation::{Receiving, Sending};
use crate::goods::Fate;

pub(crate) fn one_each() {
    explore(|| {
        let channel = Stage::<1>::new(0, 1);
        let crew = Crew::new();
        let sender = channel.clone();
        crew.member(move || assert_eq!(sender.send(0, NEVER), Ok(())));
        let receiver = channel.clone();
        crew.member(move || assert_eq!(receiver.receive(NEVER), Ok(0)));
        crew.join();
        assert_eq!(channel.drain(), []);
    });
}

/// Each sender sends one value, and each receiver receives as many as there is work.
fn crowd(preemptions: usize, capacity: usize, senders: usize, receivers: usize) {
    explore_within(preemptions, move || {
        let values = senders.max(receivers);
        let channel = Stage::<1>::new(capacity, values);
        let crew = Crew::new();
        for sender in 0..senders {
            let channel = channel.clone();
            crew.member(move || {
                for number in (sender..values).step_by(senders) {
                    assert_eq!(channel.send(number, NEVER), Ok(()));
                }
            });
        }
        for receiver in 0..receivers {
            let channel = channel.clone();
            crew.member(move || {
                for _ in (receiver..values).step_by(receivers) {
                    assert!(channel.receive(NEVER).is_ok());
                }
            });
        }
        crew.join();
        assert_eq!(channel.drain(), []);
        channel.goods.assert_fates(&[Fate::Received, Fate::Received]);
    });
}

pub(crate) fn two_senders() {
    crowd(3, 0, 2, 1);
}

pub(crate) fn two_receivers() {
    crowd(3, 0, 1, 2);
}

pub(crate) fn two_senders_and_a_place() {
    crowd(3, 1, 2, 1);
}

pub(crate) fn two_receivers_and_a_place() {
    crowd(3, 1, 1, 2);
}

/// Of two senders the one that has waited longer is served first.
pub(crate) fn in_turn() {
    explore_within(3, || {
        let channel = Stage::<1>::new(0, 2);
        let announced = Rc::new(Signal::default());
        let crew = Crew::new();
        let (first, says) = (channel.clone(), announced.clone());
        crew.member(move || {
            let sending = Announced(Sending::new(&first.core, first.goods.make(0)), &says);
            event::wait(&sending, NEVER);
            assert!(sending.0.into_rest().is_none());
        });
        let second = channel.clone();
        crew.member(move || {
            announced.wait();
            assert_eq!(second.send(1, NEVER), Ok(()));
        });
        let receiver = channel.clone();
        crew.member(move || {
            let numbers: Vec<_> = (0..2).map(|_| receiver.receive(NEVER)).collect();
            assert_eq!(numbers, [Ok(0), Ok(1)], "out of turn");
        });
        crew.join();
    });
}

/// A channel that is full: who waits for the place comes behind what is there.
pub(crate) fn place_is_filled() {
    explore_within(3, || {
        let channel = Stage::<1>::new(1, 3);
        assert_eq!(channel.send(0, NEVER), Ok(()));
        let received = Rc::new(RefCell::new(Vec::new()));
        let crew = Crew::new();
        let sender = channel.clone();
        crew.member(move || {
            assert_eq!(sender.send(1, NEVER), Ok(()));
            assert_eq!(sender.send(2, NEVER), Ok(()));
        });
        let (receiver, numbers) = (channel.clone(), received.clone());
        crew.member(move || {
            for _ in 0..2 {
                numbers.borrow_mut().extend(receiver.receive(NEVER));
            }
        });
        crew.join();
        received.borrow_mut().extend(channel.drain());
        assert_eq!(*received.borrow(), [0, 1, 2], "out of turn");
    });
}

/// A receiver need not be announced, since there is a value; by the time that it asks for it somebody else has it.
pub(crate) fn gone_again() {
    explore_within(3, || {
        let channel = Stage::<1>::new(1, 2);
        assert_eq!(channel.send(0, NEVER), Ok(()));
        let crew = Crew::new();
        let slow = channel.clone();
        crew.member(move || {
            let receiving = Receiving::new(&slow.core);
            assert_eq!(event::wait(&receiving, NEVER), Ended::Happened);
            assert!(receiving.take().is_some());
        });
        let quick = channel.clone();
        crew.member(move || assert!(quick.receive(NEVER).is_ok()));
        let sender = channel.clone();
        crew.member(move || assert_eq!(sender.send(1, NEVER), Ok(())));
        crew.join();
    });
}
