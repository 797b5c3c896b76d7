//! The state of a channel, under its lock: what meets what (see the table in core.rs).

use super::alarm::{Alarm, Rings};
use super::attempt::Attempt;
use super::buffer::Buffer;
use super::rt::{Claimed, Node, State, WaitList};

/// What the lock of a channel guards.
pub(super) struct Inner<T> {
    pub(super) buffer: Buffer<T>,
    /// Places that are neither taken nor reserved, for an open sender that has been chosen or for the intake. An unbounded channel has
    /// more than there can be values.
    pub(super) free: usize,
    pub(super) senders: WaitList<T>,
    pub(super) receivers: WaitList<T>,
    /// Those who wait until they could send or receive, and will do neither by this.
    pub(super) watchers: WaitList<T>,
    /// There are no more senders.
    pub(super) no_senders: bool,
    pub(super) no_receivers: bool,
    /// Boxed: most have none, and there are many channels.
    pub(super) alarm: Option<Box<Alarm<T>>>,
}

impl<T> Inner<T> {
    pub(super) fn new(capacity: Option<usize>, alarm: Option<Box<Alarm<T>>>) -> Inner<T> {
        Inner {
            buffer: Buffer::new(capacity),
            free: capacity.unwrap_or(usize::MAX),
            senders: WaitList::new(),
            receivers: WaitList::new(),
            watchers: WaitList::new(),
            no_senders: false,
            no_receivers: false,
            alarm,
        }
    }

    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.free > 0
    }

    #[inline]
    pub(super) fn push(&mut self, value: T) {
        self.free -= 1;
        self.buffer.push(value);
    }

    /// Whether there is room and nobody waits, so that a send is a push.
    #[inline(always)]
    pub(super) fn takes_at_once(&self) -> bool {
        self.free > 0 && self.receivers.is_empty() && self.senders.is_empty() && !self.no_receivers
    }

    /// A value, if nobody waits to send, so that there is nobody to tell.
    #[inline(always)]
    pub(super) fn pop_at_once(&mut self) -> Option<T> {
        if !self.senders.is_empty() {
            return None;
        }
        let value = self.buffer.pop()?;
        self.free += 1;
        Some(value)
    }

    /// Whether a send, or a receive, need not wait.
    pub(super) fn is_ready(&self, sends: bool, is_rendezvous: bool) -> bool {
        if sends {
            self.no_receivers || self.has_room() || self.receivers.nodes().any(Node::runs)
        } else {
            // At a rendezvous an open sender counts: called, it will compute a value.
            let called = is_rendezvous && !self.senders.is_empty();
            self.no_senders || self.has_value() || called
        }
    }

    /// Whether the clock has sent something.
    pub(super) fn has_message(&self) -> bool {
        self.alarm.as_deref().is_some_and(Alarm::is_due)
    }

    pub(super) fn has_value(&self) -> bool {
        self.has_message() || !self.buffer.is_empty() || self.senders.nodes().any(|sender| !sender.is_open())
    }

    /// Whether it has happened, and who is to be told of it then.
    #[inline]
    pub(super) fn send(&mut self, value: &mut Option<T>) -> (Attempt, Claimed) {
        if self.no_receivers {
            return (Attempt::Refused, Claimed::NOBODY);
        }
        if let Some(mut receiver) = self.receivers.claim_first_of(Node::runs) {
            receiver.give(value.take());
            return (Attempt::Done, receiver.finish(State::Done));
        }
        if !self.has_room() {
            return (Attempt::NotYet(()), Claimed::NOBODY);
        }
        self.push(value.take().expect("a sender has a value"));
        (Attempt::Done, Claimed::NOBODY)
    }

    #[inline]
    pub(super) fn receive(&mut self, value: &mut Option<T>) -> (Attempt, Claimed) {
        if let Some(alarm) = &mut self.alarm {
            let attempt = match alarm.ring() {
                Rings::Message(message) => {
                    *value = Some(message);
                    Attempt::Done
                }
                Rings::End => Attempt::Refused,
                Rings::NotYet if self.no_senders => Attempt::Refused,
                Rings::NotYet => Attempt::NotYet(()),
            };
            return (attempt, Claimed::NOBODY);
        }
        if let Some(oldest) = self.buffer.pop() {
            *value = Some(oldest);
            self.free += 1;
            return (Attempt::Done, self.fill_place());
        }
        if let Some(mut sender) = self.senders.claim_first_of(|sender| !sender.is_open()) {
            *value = sender.take();
            return (Attempt::Done, sender.finish(State::Done));
        }
        (if self.no_senders { Attempt::Refused } else { Attempt::NotYet(()) }, Claimed::NOBODY)
    }

    /// A place has become free: the first sender that waits gets it. One that has yet to compute its value, behind a
    /// machine that is stuck, would keep it from others.
    #[inline]
    pub(super) fn fill_place(&mut self) -> Claimed {
        if self.senders.is_empty() || !self.has_room() {
            return Claimed::NOBODY;
        }
        let uses_it = |sender: &Node<T>| !sender.is_open() || sender.runs();
        let Some(mut sender) = self.senders.claim_first_of(uses_it) else { return Claimed::NOBODY };
        if sender.is_open() {
            self.free -= 1;
        } else if let Some(value) = sender.take() {
            self.push(value);
        }
        sender.finish(State::Done)
    }

    /// Whether somebody waits who need not: he was passed over, since his machine is stuck.
    #[inline]
    pub(super) fn passes_over(&self) -> bool {
        (!self.receivers.is_empty() && !self.buffer.is_empty())
            || (!self.senders.is_empty() && self.has_room())
    }

    /// One of those, who is to look for himself when his machine runs again.
    pub(super) fn claim_passed_over(&mut self) -> Option<Claimed> {
        let receiver = if self.buffer.is_empty() { None } else { self.receivers.claim_first() };
        let waits = receiver.or_else(|| if self.has_room() { self.senders.claim_first() } else { None });
        waits.map(|waits| waits.finish(State::Again))
    }
}
