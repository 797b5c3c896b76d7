//! Sending and receiving as events that can be waited for.
//!
//! **Invariant:** each of these lies still while its node is announced: it is borrowed by whoever waits for it, and
//! that one withdraws it, or sees what came of it, before the borrow ends (wait/event.rs; wait/list.rs, invariant 2).
#![allow(unsafe_code)]

use std::cell::Cell;

use super::attempt::Attempt;
use super::core::{Core, Held};
use super::rt::{Awaited, Awaits, Ended, Event, Nanos, Node, State, Ticket, Waiter, wait_as, yield_now};
use super::turn::Turn;

/// A value on its way.
pub(super) struct Sending<'a, T> {
    core: &'a Core<T>,
    node: Node<T>,
}

/// A value that is waited for.
pub(crate) struct Receiving<'a, T> {
    core: &'a Core<T>,
    node: Node<T>,
}

/// A value that will be computed when it can be sent.
pub(crate) struct OpenSending<'a, T> {
    core: &'a Core<T>,
    node: Node<T>,
    turn: Cell<Option<Turn<T>>>,
}

/// The turn of an open sender: to be completed with a value, else it is given back.
pub(crate) struct Granted<'a, T> {
    core: &'a Core<T>,
    turn: Option<Turn<T>>,
}

/// Somebody who wants to know when a send, or a receive, need not wait.
pub(crate) struct Watching<'a, T> {
    core: &'a Core<T>,
    sends: bool,
    node: Node<T>,
}

/// Notes what came of an attempt. False: nothing yet.
fn happened<T>(node: &Node<T>, attempt: Attempt) -> bool {
    match attempt {
        Attempt::Done => node.settle(State::Done),
        Attempt::Refused => node.settle(State::Refused),
        Attempt::NotYet(()) => return false,
    }
    true
}

/// Waits for `event`, which `announce` announces first.
#[inline(always)]
fn wait_holding(event: &impl Event, waiter: Waiter, deadline: Nanos, announce: impl FnOnce(Ticket)) -> Ended {
    announce(waiter.ticket());
    wait_as(waiter, event, deadline, true)
}

/// What came of an announcement that was withdrawn. A partner that has won and computes its value is waited for: it is
/// at it, and nobody else can end this wait any more.
#[inline]
fn outcome<T>(node: &Node<T>) -> bool {
    if node.state() == State::Claimed {
        await_partner(node);
    }
    matches!(node.state(), State::Done | State::Refused)
}

#[cold]
fn await_partner<T>(node: &Node<T>) {
    while node.state() == State::Claimed {
        yield_now();
    }
}

impl<'a, T> Sending<'a, T> {
    pub(super) fn new(core: &'a Core<T>, value: T) -> Sending<'a, T> {
        Sending { core, node: Node::new(Some(value)) }
    }

    /// Waits, as was seen under the lock that it still holds to be necessary. The deadline is to come.
    #[inline(always)]
    pub(super) fn wait(&self, held: Held<'_, T>, waiter: Waiter, deadline: Nanos) -> Ended {
        wait_holding(self, waiter, deadline, |ticket| {
            // SAFETY: the invariant above.
            unsafe { self.core.list_sender(held, &self.node, ticket) }
        })
    }

    /// The value, if it was not sent.
    pub(super) fn into_rest(self) -> Option<T> {
        self.node.with_value(Option::take)
    }
}

impl<T> Event for Sending<'_, T> {
    fn awaits(&self) -> Awaits {
        self.core.awaits(Awaited::Send)
    }

    #[inline(never)]
    fn attempt(&self) -> bool {
        happened(&self.node, self.node.with_value(|value| self.core.send(value)))
    }

    #[inline(never)]
    fn register(&self, ticket: Ticket) -> bool {
        // SAFETY: the invariant above.
        unsafe { self.core.announce_sender(&self.node, ticket) }
    }

    #[inline(never)]
    fn withdraw(&self) -> bool {
        self.core.withdraw_sender(&self.node);
        outcome(&self.node)
    }

    fn refuse(&self) {
        self.node.settle(State::Refused);
    }
}

impl<'a, T> Receiving<'a, T> {
    pub(crate) fn new(core: &'a Core<T>) -> Receiving<'a, T> {
        Receiving { core, node: Node::new(None) }
    }

    /// Waits, as was seen under the lock that it still holds to be necessary. The deadline is to come.
    #[inline(always)]
    pub(super) fn wait(&self, held: Held<'_, T>, waiter: Waiter, deadline: Nanos) -> Ended {
        wait_holding(self, waiter, deadline, |ticket| {
            // SAFETY: the invariant above.
            unsafe { self.core.list_receiver(held, &self.node, ticket) }
        })
    }

    /// What was received; `None`: it was refused, or has not happened.
    pub(crate) fn take(&self) -> Option<T> {
        self.node.with_value(Option::take)
    }
}

impl<T> Event for Receiving<'_, T> {
    fn awaits(&self) -> Awaits {
        self.core.awaits(Awaited::Receive)
    }

    #[inline(never)]
    fn attempt(&self) -> bool {
        happened(&self.node, self.node.with_value(|value| self.core.receive(value)))
    }

    fn deadline(&self) -> Nanos {
        self.core.next_alarm()
    }

    #[inline(never)]
    fn register(&self, ticket: Ticket) -> bool {
        // SAFETY: the invariant above.
        unsafe { self.core.announce_receiver(&self.node, ticket) }
    }

    #[inline(never)]
    fn withdraw(&self) -> bool {
        self.core.withdraw_receiver(&self.node);
        outcome(&self.node)
    }

    fn refuse(&self) {
        self.node.settle(State::Refused);
    }
}

impl<'a, T> OpenSending<'a, T> {
    pub(crate) fn new(core: &'a Core<T>) -> OpenSending<'a, T> {
        OpenSending { core, node: Node::open(), turn: Cell::new(None) }
    }

    /// Its turn, if it has come.
    pub(crate) fn turn(&self) -> Option<Granted<'a, T>> {
        let turn = self.turn.take();
        turn.map(|turn| Granted { core: self.core, turn: Some(turn) })
    }

    fn has_turn(&self) -> bool {
        let turn = match self.node.state() {
            State::Done => Turn::Place,
            State::Refused => Turn::Refused,
            _ => return false,
        };
        self.node.settle(State::Idle);
        self.turn.set(Some(turn));
        true
    }
}

impl<T> Event for OpenSending<'_, T> {
    fn awaits(&self) -> Awaits {
        self.core.awaits(Awaited::Send)
    }

    fn attempt(&self) -> bool {
        let turn = self.core.take_turn();
        let has_turn = turn.is_some();
        self.turn.set(turn);
        has_turn
    }

    fn register(&self, ticket: Ticket) -> bool {
        // SAFETY: the invariant above.
        unsafe { self.core.announce_sender(&self.node, ticket) }
    }

    fn withdraw(&self) -> bool {
        self.core.withdraw_sender(&self.node);
        self.has_turn()
    }

    fn refuse(&self) {
        self.turn.set(Some(Turn::Refused));
    }
}

impl<'a, T> Watching<'a, T> {
    pub(crate) fn new(core: &'a Core<T>, sends: bool) -> Watching<'a, T> {
        Watching { core, sends, node: Node::new(None) }
    }
}

impl<T> Event for Watching<'_, T> {
    fn awaits(&self) -> Awaits {
        self.core.awaits(if self.sends { Awaited::Send } else { Awaited::Receive })
    }

    fn attempt(&self) -> bool {
        self.core.is_ready(self.sends)
    }

    fn deadline(&self) -> Nanos {
        self.core.next_alarm()
    }

    fn register(&self, ticket: Ticket) -> bool {
        // SAFETY: the invariant above.
        unsafe { self.core.watch(self.sends, &self.node, ticket) }
    }

    /// Whoever has called it has changed something; whether that is enough shows the next attempt.
    fn withdraw(&self) -> bool {
        self.core.withdraw_watcher(&self.node);
        false
    }

    /// The operation will fail.
    fn refuse(&self) {}
}

impl<T> Granted<'_, T> {
    /// This is the value. `Err`: nobody will receive it.
    pub(crate) fn complete(mut self, value: T) -> Result<(), T> {
        let turn = self.turn.take().expect("there until it is completed");
        self.core.complete(turn, value)
    }
}

impl<T> Drop for Granted<'_, T> {
    fn drop(&mut self) {
        if let Some(turn) = self.turn.take() {
            self.core.give_turn_back(turn);
        }
    }
}
