//! The end of one side: whoever waits on the other is served or refused, all of them, and each value has one fate.

use std::cell::Cell;
use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;
use gopark_loom_tests::waiting::NEVER;

use super::ends::{Failure, Stage};
use crate::goods::Fate;

fn last_sender(capacity: usize) {
    explore_within(2, move || {
        let channel = Stage::<1>::new(capacity, 1);
        let crew = Crew::new();
        for _ in 0..2 {
            let receiver = channel.clone();
            crew.member(move || {
                while let Ok(number) = receiver.receive(NEVER) {
                    assert_eq!(number, 0);
                }
                assert_eq!(receiver.receive(NEVER), Err(Failure::Disconnected));
            });
        }
        let sender = channel.clone();
        crew.member(move || {
            assert_eq!(sender.send(0, NEVER), Ok(()));
            sender.core.close_senders();
        });
        crew.join();
        channel.goods.assert_fates(&[Fate::Received]);
    });
}

/// It sends a value before it goes; two receivers wait.
pub(crate) fn last_sender_of_a_rendezvous() {
    last_sender(0);
}

pub(crate) fn last_sender_and_a_place() {
    last_sender(1);
}

/// Two send, and one receives so many values before it goes.
fn last_receiver(capacity: usize, receives: usize) {
    explore_within(3, move || {
        let channel = Stage::<1>::new(capacity, 3);
        let sent = Rc::new([Cell::new(false), Cell::new(false)]);
        let crew = Crew::new();
        for number in 0..2 {
            let (sender, sent) = (channel.clone(), sent.clone());
            crew.member(move || {
                let outcome = sender.send(number, NEVER);
                assert!(matches!(outcome, Ok(()) | Err(Failure::Disconnected)));
                sent[number].set(outcome.is_ok());
            });
        }
        let receiver = channel.clone();
        crew.member(move || {
            for _ in 0..receives {
                assert!(receiver.receive(NEVER).is_ok());
            }
            receiver.core.close_receivers();
        });
        crew.join();
        assert_eq!(channel.send(2, NEVER), Err(Failure::Disconnected));
        let fates = [0, 1].map(|number| channel.goods.fate(number));
        let count = |fate| fates.iter().filter(|&&found| found == fate).count();
        assert_eq!(count(Fate::Received), receives, "a value is lost or doubled");
        assert!(count(Fate::Dropped) <= capacity, "a value is lost or doubled");
        assert_eq!(count(Fate::Open), 0, "nobody has dropped it");
        for (fate, sent) in fates.into_iter().zip(&*sent) {
            assert_eq!(sent.get(), fate != Fate::Returned, "the sender does not know");
        }
    });
}

pub(crate) fn nobody_receives() {
    last_receiver(0, 0);
}

pub(crate) fn last_receiver_of_a_rendezvous() {
    last_receiver(0, 1);
}

/// What is in the channel is dropped.
pub(crate) fn last_receiver_and_a_place() {
    last_receiver(1, 1);
}
