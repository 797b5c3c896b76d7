//! The ends of a channel, as `sender.rs` and `receiver.rs` of `runtime/src/chan` have them, and a `select!`.

use std::ops::Deref;
use std::rc::Rc;

use gopark_loom_tests::signal::Signal;
use gopark_loom_tests::waiting;

use super::attempt::Attempt;
use super::core::Core;
use super::event::{self, Ended, Event, Patience};
use super::operation::{Granted, OpenSending, Receiving, Sending};
use super::rt::{Awaits, Caller, Nanos, Ticket, Waiter};
use super::turn::Turn;
use crate::goods::{Goods, Value};

/// Why nothing was sent or received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    Disconnected,
    TimedOut,
    Cancelled,
}

/// A channel, and what is sent.
pub(crate) struct Channel {
    pub(crate) core: Core<Value>,
    pub(crate) goods: Rc<Goods>,
}

impl Channel {
    /// For all values of the model.
    pub(crate) fn new(capacity: usize, goods: &Rc<Goods>) -> Channel {
        Channel { core: Core::new(Some(capacity)), goods: goods.clone() }
    }

    pub(crate) fn send(&self, number: usize, deadline: Nanos) -> Result<(), Failure> {
        let value = self.goods.make(number);
        if Caller::enter().is_err() {
            value.keep();
            return Err(Failure::Cancelled);
        }
        let core = &self.core;
        let Err((held, value)) = core.send_at_once(value) else { return Ok(()) };
        let mut value = Some(value);
        let held = match core.send_or_hold(held, &mut value) {
            Attempt::Done => {
                assert!(value.is_none(), "what was sent is here");
                return Ok(());
            }
            Attempt::Refused => {
                value.expect("it was not sent").keep();
                return Err(Failure::Disconnected);
            }
            Attempt::NotYet(held) => held,
        };
        let sending = Sending::new(core, value.expect("it was not sent"));
        let ended = sending.wait(held, Waiter::current(), deadline);
        match sending.into_rest() {
            None => Ok(()),
            Some(value) => {
                value.keep();
                Err(failure(ended))
            }
        }
    }

    /// Returns the number of what was received.
    pub(crate) fn receive(&self, deadline: Nanos) -> Result<usize, Failure> {
        if Caller::enter().is_err() {
            return Err(Failure::Cancelled);
        }
        let core = &self.core;
        let held = match core.receive_at_once() {
            Ok(value) => return Ok(value.unpack()),
            Err(held) => held,
        };
        let mut value = None;
        let held = match core.receive_or_hold(held, &mut value) {
            Attempt::Done => return Ok(value.expect("one was received").unpack()),
            Attempt::Refused => return Err(Failure::Disconnected),
            Attempt::NotYet(held) => held,
        };
        let receiving = Receiving::new(core);
        let ended = receiving.wait(held, Waiter::current(), deadline);
        match receiving.take() {
            Some(value) => {
                assert_eq!(ended, Ended::Happened, "received and did not know it");
                Ok(value.unpack())
            }
            None => Err(failure(ended)),
        }
    }

    /// `None`: there is nothing.
    pub(crate) fn try_receive(&self) -> Result<Option<usize>, Failure> {
        let mut value = None;
        match self.core.receive(&mut value) {
            Attempt::Done => Ok(Some(value.expect("one was received").unpack())),
            Attempt::Refused => Err(Failure::Disconnected),
            Attempt::NotYet(()) => Ok(None),
        }
    }

    /// Completes the turn of an arm that sends.
    pub(crate) fn complete(&self, turn: Granted<'_, Value>, number: usize) -> Result<(), Failure> {
        turn.complete(self.goods.make(number)).map_err(|value| {
            value.keep();
            Failure::Disconnected
        })
    }

    /// What an arm that sends does as soon as it is chosen.
    pub(crate) fn take_turn(&self, arm: &OpenSending<'_, Value>, number: usize) -> Result<(), Failure> {
        self.complete(arm.turn().expect("the arm that was chosen"), number)
    }

    /// At the end: nobody waits here any more. Returns what the channel holds.
    pub(crate) fn drain(&self) -> Vec<usize> {
        let left = std::iter::from_fn(|| self.try_receive().unwrap_or_default()).collect();
        self.assert_all_places_are_free();
        left
    }

    fn assert_all_places_are_free(&self) {
        let places = self.core.capacity().expect("bounded");
        let mut turns = Vec::new();
        while turns.len() <= places
            && let Some(turn) = self.core.take_turn()
        {
            if let Turn::Refused = turn {
                return;
            }
            turns.push(turn);
        }
        assert_eq!(turns.len(), places, "places are lost or doubled");
        turns.into_iter().for_each(|turn| self.core.give_turn_back(turn));
    }
}

fn failure(ended: Ended) -> Failure {
    match ended {
        Ended::Happened => Failure::Disconnected,
        Ended::TimedOut => Failure::TimedOut,
        Ended::Stopped => Failure::Cancelled,
    }
}

/// Waits for the first of several, beginning with the first.
pub(crate) fn choose(events: &[&dyn Event], patience: Patience) -> Option<usize> {
    let chosen = event::select(events, patience, true);
    assert!(!Waiter::current().is_notified(), "an old ticket will end the next wait");
    chosen
}

/// An event that says when it has been announced, or has happened without.
pub(crate) struct Announced<'a, E>(pub(crate) E, pub(crate) &'a Signal);

impl<E> Announced<'_, E> {
    fn says_if(&self, so: bool) -> bool {
        if so {
            self.1.give();
        }
        so
    }
}

impl<E: Event> Event for Announced<'_, E> {
    fn awaits(&self) -> Awaits {
        self.0.awaits()
    }

    fn attempt(&self) -> bool {
        self.says_if(self.0.attempt())
    }

    fn register(&self, ticket: Ticket) -> bool {
        self.says_if(self.0.register(ticket))
    }

    fn withdraw(&self) -> bool {
        self.0.withdraw()
    }

    fn refuse(&self) {
        self.0.refuse();
    }
}

/// What the threads of a model have in common: its channels, and whatever else is needed.
pub(crate) struct Stage<const CHANNELS: usize> {
    pub(crate) channels: [Channel; CHANNELS],
    pub(crate) goods: Rc<Goods>,
}

impl<const CHANNELS: usize> Stage<CHANNELS> {
    /// As many channels of that capacity, and as many values.
    pub(crate) fn new(capacity: usize, values: usize) -> Rc<Stage<CHANNELS>> {
        waiting::reset();
        let goods = Goods::new(values);
        let channels = std::array::from_fn(|_| Channel::new(capacity, &goods));
        Rc::new(Stage { channels, goods })
    }
}

impl<const CHANNELS: usize> Drop for Stage<CHANNELS> {
    fn drop(&mut self) {
        waiting::reset();
    }
}

impl Deref for Stage<1> {
    type Target = Channel;

    fn deref(&self) -> &Channel {
        &self.channels[0]
    }
}
