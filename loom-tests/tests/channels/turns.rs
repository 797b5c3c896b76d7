//! A `select!` that sends: it computes its value when its turn has come.

use std::cell::Cell;
use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;
use gopark_loom_tests::waiting::{Coroutine, NEVER, SOON};

use super::ends::{Channel, Failure, Stage, choose};
use super::event::Patience;
use super::operation::OpenSending;
use crate::goods::Fate;

/// `select! { send(channel, number) }`
fn send_in_turn(channel: &Channel, number: usize) -> Result<(), Failure> {
    let arm = OpenSending::new(&channel.core);
    assert_eq!(choose(&[&arm], Patience::Endless), Some(0));
    channel.take_turn(&arm, number)
}

/// The same, and then there is no value: it panics while it computes it.
fn give_up_in_turn(channel: &Channel) {
    let arm = OpenSending::new(&channel.core);
    assert_eq!(choose(&[&arm], Patience::Endless), Some(0));
    drop(arm.turn().expect("the arm that was chosen"));
}

fn crowd(preemptions: usize, capacity: usize, senders: &'static [fn(&Channel)], receivers: usize) {
    explore_within(preemptions, move || {
        let channel = Stage::<1>::new(capacity, 2);
        let crew = Crew::new();
        for send in senders {
            let channel = channel.clone();
            crew.member(move || send(&channel));
        }
        for receiver in 0..receivers {
            let channel = channel.clone();
            crew.member(move || {
                for _ in (receiver..2).step_by(receivers) {
                    assert!(channel.receive(NEVER).is_ok());
                }
            });
        }
        crew.join();
        assert_eq!(channel.drain(), []);
        channel.goods.assert_fates(&[Fate::Received, Fate::Received]);
    });
}

fn sends_0(channel: &Channel) {
    assert_eq!(send_in_turn(channel, 0), Ok(()));
}

fn sends_1(channel: &Channel) {
    assert_eq!(send_in_turn(channel, 1), Ok(()));
}

fn simply_sends_1(channel: &Channel) {
    assert_eq!(channel.send(1, NEVER), Ok(()));
}

fn sends_both(channel: &Channel) {
    sends_0(channel);
    simply_sends_1(channel);
}

pub(crate) fn one_receiver() {
    crowd(3, 0, &[sends_both], 1);
}

pub(crate) fn two_receivers() {
    crowd(1, 0, &[sends_0, sends_1], 2);
}

pub(crate) fn two_kinds() {
    crowd(2, 0, &[sends_0, simply_sends_1], 1);
}

/// The place is reserved for one; a receiver that waits gets its value, and the other one the place.
pub(crate) fn place_that_was_not_needed() {
    crowd(3, 1, &[sends_0, sends_1], 1);
}

pub(crate) fn two_kinds_and_a_place() {
    crowd(3, 1, &[sends_0, simply_sends_1], 1);
}

/// The turn of one who has no value is another one's.
pub(crate) fn turn_is_given_back() {
    crowd(2, 0, &[give_up_in_turn_if_any, sends_both], 1);
}

pub(crate) fn place_is_given_back() {
    crowd(3, 1, &[give_up_in_turn, sends_both], 1);
}

/// The same with nobody who receives.
pub(crate) fn only_place_is_given_back() {
    explore_within(3, || {
        let channel = Stage::<1>::new(1, 1);
        let crew = Crew::new();
        let gives_up = channel.clone();
        crew.member(move || give_up_in_turn_if_any(&gives_up));
        let sender = channel.clone();
        crew.member(move || sends_0(&sender));
        crew.join();
        assert_eq!(channel.drain(), [0]);
    });
}

fn give_up_in_turn_if_any(channel: &Channel) {
    let arm = OpenSending::new(&channel.core);
    if choose(&[&arm], Patience::Until(SOON)).is_some() {
        drop(arm.turn().expect("the arm that was chosen"));
    }
}

/// The receivers go away, maybe while the value is computed.
fn refused(capacity: usize) {
    explore_within(3, move || {
        let channel = Stage::<1>::new(capacity, 1);
        let crew = Crew::new();
        let sender = channel.clone();
        crew.member(move || _ = send_in_turn(&sender, 0));
        let receiver = channel.clone();
        crew.member(move || {
            let _ = receiver.receive(SOON);
            receiver.core.close_receivers();
        });
        crew.join();
        assert_ne!(channel.goods.fate(0), Fate::Open, "a value is lost or doubled");
    });
}

pub(crate) fn refused_by_a_rendezvous() {
    refused(0);
}

pub(crate) fn refused_with_a_place() {
    refused(1);
}

/// A place that is reserved is taken. Three send, and nobody receives: one succeeds.
pub(crate) fn place_is_reserved() {
    fn sends_if_possible(channel: &Channel, number: usize, patience: Patience) -> bool {
        let arm = OpenSending::new(&channel.core);
        let chosen = choose(&[&arm], patience).is_some();
        assert!(!chosen || channel.take_turn(&arm, number).is_ok(), "a turn that was none");
        chosen
    }
    explore_within(3, || {
        let channel = Stage::<1>::new(1, 3);
        let sent = Rc::new(Cell::new(0));
        let crew = Crew::new();
        let senders: [fn(&Channel) -> bool; 3] = [
            |channel| sends_if_possible(channel, 0, Patience::None),
            |channel| sends_if_possible(channel, 1, Patience::Until(SOON)),
            |channel| channel.send(2, SOON).is_ok(),
        ];
        for send in senders {
            let (channel, sent) = (channel.clone(), sent.clone());
            crew.member(move || sent.set(usize::from(send(&channel)) + sent.get()));
        }
        crew.join();
        assert_eq!((sent.get(), channel.drain().len()), (1, 1), "more than its capacity");
    });
}

/// A cancellation while it waits for its turn.
pub(crate) fn cancelled() {
    explore_within(3, || {
        let channel = Stage::<1>::new(0, 1);
        let coroutine = Coroutine::cancellable();
        let crew = Crew::new();
        let sender = channel.clone();
        crew.member(move || {
            coroutine.run();
            _ = send_in_turn(&sender, 0);
        });
        let receiver = channel.clone();
        crew.member(move || _ = receiver.receive(SOON));
        crew.member(move || coroutine.cancel());
        crew.join();
        assert_eq!(channel.receive(SOON), Err(Failure::TimedOut), "who has left is still there");
    });
}
