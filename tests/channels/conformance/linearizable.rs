//! Small histories of three who share a channel, made at random and then explained.

use super::capacities::channel;
use super::history::{Answer, Call, Event, is_linearizable};
use super::sequential::Sequential;
use crate::random::Random;
use crate::subject::{
    Receiver, RecvTimeoutError, SendTimeoutError, Sender, TryRecvError, TrySendError, spawn, thread,
    yield_now,
};
use crate::trial::trial;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const CALLS: usize = 4;
const HISTORIES: u64 = 120;

/// One of the three: its handles, as long as it has them, and what it is going to do.
struct Participant {
    sender: Option<Sender<u32>>,
    receiver: Option<Receiver<u32>>,
    calls: Vec<Call>,
}

/// What all three share: the start and the clock.
#[derive(Default)]
struct Course {
    ready: AtomicUsize,
    clock: AtomicUsize,
}

impl Participant {
    /// Makes up calls for somebody with these handles: values are unique, and nothing is called on what is gone.
    fn new(
        number: u32,
        ends: (Option<Sender<u32>>, Option<Receiver<u32>>),
        random: &mut Random,
    ) -> Participant {
        let (sender, receiver) = ends;
        let (mut sends, mut receives) = (sender.is_some(), receiver.is_some());
        let mut calls = Vec::new();
        while calls.len() < CALLS && (sends || receives) {
            let waits = random.below(2) == 0;
            match random.below(10) {
                0 if sends => {
                    calls.push(Call::DropSender);
                    sends = false;
                }
                1 if receives => {
                    calls.push(Call::DropReceiver);
                    receives = false;
                }
                2..=5 if sends => calls.push(Call::Send { value: number * 10 + calls.len() as u32, waits }),
                6.. if receives => calls.push(Call::Receive { waits }),
                _ => {}
            }
        }
        Participant { sender, receiver, calls }
    }

    /// Does it all; returns what happened, with the handles that are left, so that none goes before the end.
    fn run(mut self, course: &Course, patience: Duration) -> (Vec<Event>, Participant) {
        course.ready.fetch_add(1, Ordering::SeqCst);
        while course.ready.load(Ordering::SeqCst) < 3 {
            yield_now();
        }
        let calls = std::mem::take(&mut self.calls);
        let events = calls.into_iter().map(|call| {
            let begun = course.clock.fetch_add(1, Ordering::SeqCst);
            let answer = self.call(call, patience);
            Event { call, answer, begun, ended: course.clock.fetch_add(1, Ordering::SeqCst) }
        });
        (events.collect(), self)
    }

    fn call(&mut self, call: Call, patience: Duration) -> Answer {
        let (tx, rx) = (self.sender.as_ref(), self.receiver.as_ref());
        match call {
            Call::Send { value, waits: false } => Answer::Sent(tx.unwrap().try_send(value)),
            Call::Send { value, waits: true } => {
                Answer::Sent(tx.unwrap().send_timeout(value, patience).map_err(|error| match error {
                    SendTimeoutError::Timeout(value) => TrySendError::Full(value),
                    SendTimeoutError::Disconnected(value) => TrySendError::Disconnected(value),
                }))
            }
            Call::Receive { waits: false } => Answer::Received(rx.unwrap().try_recv()),
            Call::Receive { waits: true } => {
                Answer::Received(rx.unwrap().recv_timeout(patience).map_err(|error| match error {
                    RecvTimeoutError::Timeout => TryRecvError::Empty,
                    RecvTimeoutError::Disconnected => TryRecvError::Disconnected,
                }))
            }
            Call::DropSender => {
                self.sender = None;
                Answer::Dropped
            }
            Call::DropReceiver => {
                self.receiver = None;
                Answer::Dropped
            }
        }
    }
}

/// One history: everybody has both ends, or one has the only one of a kind.
fn history(capacity: Option<usize>, random: &mut Random) -> (Vec<Vec<Event>>, Sequential) {
    let (tx, rx) = channel(capacity);
    let (only_sender, only_receiver) = (random.below(6), random.below(6));
    let mut channel = Sequential::new(capacity, 0, 0);
    let participants = [0, 1, 2].map(|number| {
        let sender = (only_sender > 2 || only_sender == number).then(|| tx.clone());
        let receiver = (only_receiver > 2 || only_receiver == number).then(|| rx.clone());
        channel.senders += usize::from(sender.is_some());
        channel.receivers += usize::from(receiver.is_some());
        Participant::new(number as u32, (sender, receiver), random)
    });
    drop((tx, rx));
    let course = Arc::new(Course::default());
    let patience = Duration::from_micros(20 + random.below(100) as u64);
    let [first, second, third] = participants.map(|participant| {
        let course = course.clone();
        move || participant.run(&course, patience)
    });
    let (first, second, third) = (spawn(first), spawn(second), thread(third));
    let ran = [first.join().unwrap(), second.join().unwrap(), third.join().unwrap()];
    (ran.map(|(events, _)| events).into(), channel)
}

fn all_are_explained(capacity: Option<usize>) {
    let mut random = Random::new(capacity.map_or(99, |places| places as u64));
    let mut met = 0;
    for number in 0..HISTORIES {
        let (events, channel) = history(capacity, &mut random);
        assert!(
            is_linearizable(&events, &channel),
            "capacity {capacity:?}, history {number}: no order explains {events:#?}"
        );
        let received = |event: &&Event| matches!(event.answer, Answer::Received(Ok(_)));
        met += events.iter().flatten().filter(received).count();
    }
    assert!(met > HISTORIES as usize / 10, "capacity {capacity:?}: {met} values have changed hands");
}

#[test]
fn at_a_rendezvous() {
    trial(|| all_are_explained(Some(0)));
}

#[test]
fn with_one_place() {
    trial(|| all_are_explained(Some(1)));
}

#[test]
fn with_two_places() {
    trial(|| all_are_explained(Some(2)));
}

#[test]
fn with_three_places() {
    trial(|| all_are_explained(Some(3)));
}

#[test]
fn without_a_bound() {
    trial(|| all_are_explained(None));
}
