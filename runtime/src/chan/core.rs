//! A channel without its handles: a buffer, and those who wait on either side, under one lock. (If it has many places and is
//! busy, senders have a second entrance: intake.rs.)
//!
//! # Who meets whom
//! | call | there is | what happens |
//! |---|---|---|
//! | send | a receiver that waits | it gets the value, and is woken |
//! | | room | into the buffer, or the intake |
//! | | neither | waits, the value in its node |
//! | receive | a value | it; then the first sender that waits gets the place, and is woken |
//! | | none, and a sender that waits | its value, and it is woken |
//! | | neither | waits |
//!
//! A sender in a `select!` is *open*: it computes its value after it has been chosen (turn.rs).
//!
//! # Invariants
//! 1. `buffer.len() + reserved + free == capacity`; the places of the intake, taken or not, are reserved ones (intake.rs).
//! 2. While a receiver waits, the buffer is empty; while a sender waits, there is no room or nobody to receive. Those
//!    who wait behind a machine that is stuck are passed over, for their values would wait with them: then this does
//!    not hold for a moment, until they were called to look for themselves (`passes_over`, `call_receivers`).
//! 3. Values that the channel holds are dropped once, outside the lock: a destructor is anybody's code.

#![allow(unsafe_code)]

use std::ops::Deref;

use super::alarm::Alarm;
use super::attempt::Attempt;
use super::buffer::Buffer;
use super::inner::Inner;
use super::intake::Intake;
use super::rt::{
    AtomicBool, Awaited, Awaits, Claimed, Ends, Guard, Lock, NEVER, Nanos, Node, Ordering, State, Ticket,
    hand_on,
};

/// A channel's lock, held.
pub(super) type Held<'a, T> = Guard<'a, Inner<T>>;

/// Both ends hold it.
#[repr(C)]
pub(crate) struct Core<T> {
    /// `None`: unbounded.
    pub(super) capacity: Option<usize>,
    pub(super) intake: Option<Box<Intake<T>>>,
    /// The clock sends here, and nobody else.
    pub(super) has_alarm: bool,
    /// Somebody watches. Written under the lock, so whoever has changed something under it sees that. (By the intake nobody comes
    /// while somebody watches who has not been told.)
    is_watched: AtomicBool,
    pub(super) ends: Ends,
    pub(super) inner: Apart<Lock<Inner<T>>>,
}

/// On lines of its own: who comes by the intake only reads what stands before. Not on a pair of lines, since small channels pay
/// for it too.
#[repr(align(64))]
pub(super) struct Apart<L>(L);

impl<L> Deref for Apart<L> {
    type Target = L;

    #[inline(always)]
    fn deref(&self) -> &L {
        &self.0
    }
}

impl<T> Core<T> {
    #[track_caller]
    pub(super) fn new(capacity: Option<usize>) -> Core<T> {
        Core::with(capacity, None)
    }

    #[track_caller]
    pub(super) fn of_alarm(alarm: Alarm<T>) -> Core<T> {
        Core::with(Some(alarm.messages()), Some(Box::new(alarm)))
    }

    #[track_caller]
    fn with(capacity: Option<usize>, alarm: Option<Box<Alarm<T>>>) -> Core<T> {
        let has_alarm = alarm.is_some();
        Core {
            capacity,
            intake: if has_alarm { None } else { Intake::of(capacity) },
            has_alarm,
            is_watched: AtomicBool::new(false),
            ends: Ends::new(capacity, has_alarm),
            inner: Apart(Lock::new(Inner::new(capacity, alarm))),
        }
    }

    /// What a dump says of who waits here.
    pub(super) fn awaits(&self, kind: Awaited) -> Awaits {
        Awaits::at(kind, &self.ends)
    }

    /// When something happens here that nobody tells of.
    #[inline]
    pub(super) fn next_alarm(&self) -> Nanos {
        if !self.has_alarm {
            return NEVER;
        }
        self.inner.lock().alarm.as_deref().map_or(NEVER, Alarm::due)
    }

    pub(super) fn capacity(&self) -> Option<usize> {
        self.capacity
    }

    fn is_rendezvous(&self) -> bool {
        self.capacity == Some(0)
    }

    /// Sends what `value` holds.
    #[inline]
    pub(super) fn send(&self, value: &mut Option<T>) -> Attempt {
        match self.send_at_once(value.take().expect("a sender has a value")) {
            Ok(()) => Attempt::Done,
            Err((held, refused)) => {
                *value = Some(refused);
                self.send_or_hold(held, value).release()
            }
        }
    }

    /// As `send`; keeps the lock if that is not possible now.
    #[inline(never)]
    pub(super) fn send_or_hold<'a>(
        &'a self,
        mut inner: Held<'a, T>,
        value: &mut Option<T>,
    ) -> Attempt<Held<'a, T>> {
        let (attempt, claimed) = inner.send(value);
        self.settle(inner, attempt, claimed)
    }

    /// Receives into `value`.
    #[inline]
    pub(super) fn receive(&self, value: &mut Option<T>) -> Attempt {
        match self.receive_at_once() {
            Ok(received) => {
                *value = Some(received);
                Attempt::Done
            }
            Err(held) => self.receive_or_hold(held, value).release(),
        }
    }

    /// As `receive`; keeps the lock if that is not possible now.
    #[inline(never)]
    pub(super) fn receive_or_hold<'a>(
        &'a self,
        mut inner: Held<'a, T>,
        value: &mut Option<T>,
    ) -> Attempt<Held<'a, T>> {
        let (attempt, claimed) = inner.receive(value);
        self.settle(inner, attempt, claimed)
    }

    #[inline]
    fn settle<'a>(&'a self, inner: Held<'a, T>, attempt: Attempt, claimed: Claimed) -> Attempt<Held<'a, T>> {
        match attempt {
            Attempt::Done => {
                self.tell(inner, claimed);
                Attempt::Done
            }
            Attempt::Refused => Attempt::Refused,
            Attempt::NotYet(()) => Attempt::NotYet(inner),
        }
    }

    /// After every change: gives the lock back, and tells who is to be told, those who were passed over, and those who
    /// watch.
    #[inline]
    pub(super) fn tell(&self, inner: Held<'_, T>, claimed: Claimed) {
        let passes_over = inner.passes_over();
        drop(inner);
        hand_on(claimed);
        if passes_over {
            self.call(Inner::claim_passed_over);
        }
        self.tell_watchers();
    }

    #[inline(always)]
    pub(super) fn tell_watchers(&self) {
        if self.is_watched.load(Ordering::Relaxed) {
            self.call_watchers();
        }
    }

    #[cold]
    fn call_watchers(&self) {
        self.call(|inner| {
            let claimed = inner.watchers.claim_any().map(|watcher| watcher.finish(State::Again));
            self.is_watched.store(!inner.watchers.is_empty(), Ordering::Relaxed);
            claimed
        });
    }

    /// Hands all on whom `next` claims, each without the lock.
    #[cold]
    fn call(&self, next: impl Fn(&mut Inner<T>) -> Option<Claimed>) {
        loop {
            let claimed = next(&mut self.inner.lock());
            match claimed {
                Some(claimed) => hand_on(claimed),
                None => return,
            }
        }
    }

    /// Whether a send, or a receive, need not wait; that it would fail counts too.
    pub(super) fn is_ready(&self, sends: bool) -> bool {
        let inner = if sends { self.hold() } else { self.hold_to_receive() };
        inner.is_ready(sends, self.is_rendezvous())
    }

    /// Announces somebody who wants to know when a send, or a receive, need not wait; or says that it need not.
    ///
    /// # Safety
    /// As for `WaitList::push`.
    pub(super) unsafe fn watch(&self, sends: bool, node: &Node<T>, ticket: Ticket) -> bool {
        let mut inner = self.hold();
        let must_wait = !inner.is_ready(sends, self.is_rendezvous());
        if must_wait {
            self.is_watched.store(true, Ordering::Relaxed);
            // SAFETY: the caller's promise.
            unsafe { inner.watchers.push(node, ticket) };
            let passes_over = sends && !inner.receivers.is_empty();
            drop(inner);
            if passes_over {
                self.call_receivers(ticket);
            }
        }
        must_wait
    }

    /// Takes the announcement of a watcher back.
    pub(super) fn withdraw_watcher(&self, node: &Node<T>) {
        if !node.is_over() {
            let mut inner = self.inner.lock();
            inner.watchers.withdraw(node);
            self.is_watched.store(!inner.watchers.is_empty(), Ordering::Relaxed);
        }
    }

    /// Whether a sender waits that has yet to compute its value.
    pub(super) fn has_open_sender(&self) -> bool {
        self.is_rendezvous() && self.inner.lock().senders.nodes().any(Node::is_open)
    }

    /// Announces a sender, or says that it need not wait.
    ///
    /// # Safety
    /// As for `WaitList::push`.
    pub(super) unsafe fn announce_sender(&self, node: &Node<T>, ticket: Ticket) -> bool {
        let inner = self.hold();
        // A select does not meet itself.
        let receives = |receiver: &Node<T>| receiver.runs() && !receiver.is_of(ticket);
        let must_wait = !inner.no_receivers && !inner.has_room() && !inner.receivers.nodes().any(receives);
        if must_wait {
            // SAFETY: the caller's promise.
            unsafe { self.list_sender(inner, node, ticket) };
        }
        must_wait
    }

    /// Announces a sender that has to wait, as was seen under the lock that it still holds.
    ///
    /// # Safety
    /// As for `WaitList::push`.
    #[inline(never)]
    pub(super) unsafe fn list_sender(&self, mut inner: Held<'_, T>, node: &Node<T>, ticket: Ticket) {
        // SAFETY: the caller's promise.
        unsafe { inner.senders.push(node, ticket) };
        let passes_over = !inner.receivers.is_empty();
        self.tell(inner, Claimed::NOBODY);
        if passes_over {
            self.call_receivers(ticket);
        }
    }

    /// The same for a receiver.
    ///
    /// # Safety
    /// As for `WaitList::push`.
    pub(super) unsafe fn announce_receiver(&self, node: &Node<T>, ticket: Ticket) -> bool {
        let inner = self.hold();
        let must_wait = !inner.no_senders && !inner.has_value();
        if must_wait {
            // SAFETY: the caller's promise.
            unsafe { self.list_receiver(inner, node, ticket) };
        }
        must_wait
    }

    /// Announces a receiver that has to wait, as was seen under the lock that it still holds.
    ///
    /// # Safety
    /// As for `WaitList::push`.
    #[inline(never)]
    pub(super) unsafe fn list_receiver(&self, mut inner: Held<'_, T>, node: &Node<T>, ticket: Ticket) {
        // SAFETY: the caller's promise.
        unsafe { inner.receivers.push(node, ticket) };
        let has_open_senders = self.is_rendezvous() && !inner.senders.is_empty();
        self.tell(inner, Claimed::NOBODY);
        if has_open_senders {
            self.call_open_senders(ticket);
        }
    }

    /// The receivers of a rendezvous that were passed over, since their machines are stuck, are to look for themselves:
    /// there is a sender now, the one with `ticket`.
    #[cold]
    fn call_receivers(&self, ticket: Ticket) {
        let other = |receiver: &Node<T>| !receiver.is_of(ticket);
        self.call(|inner| inner.receivers.claim_first_of(other).map(|other| other.finish(State::Again)));
    }

    /// The open senders of a rendezvous are to begin anew: there is a receiver now, the one with `ticket`.
    #[cold]
    fn call_open_senders(&self, ticket: Ticket) {
        let other = |sender: &Node<T>| sender.is_open() && !sender.is_of(ticket);
        self.call(|inner| inner.senders.claim_first_of(other).map(|other| other.finish(State::Again)));
    }

    /// Takes the announcement of a sender back, if nobody has met it.
    pub(super) fn withdraw_sender(&self, node: &Node<T>) {
        if !node.is_over() {
            self.inner.lock().senders.withdraw(node);
        }
    }

    /// The same for a receiver.
    pub(super) fn withdraw_receiver(&self, node: &Node<T>) {
        if !node.is_over() {
            self.inner.lock().receivers.withdraw(node);
        }
    }

    /// The last sender is gone. Receivers still get what the channel holds.
    pub(super) fn close_senders(&self) {
        self.hold().no_senders = true;
        self.call(|inner| inner.receivers.claim_any().map(|waits| waits.finish(State::Refused)));
        self.tell(self.inner.lock(), Claimed::NOBODY);
    }

    /// The last receiver is gone. Drops what the channel holds.
    pub(super) fn close_receivers(&self) {
        let values = {
            let mut inner = self.hold();
            inner.no_receivers = true;
            inner.free += inner.buffer.len();
            std::mem::replace(&mut inner.buffer, Buffer::new(Some(0)))
        };
        self.call(|inner| inner.senders.claim_any().map(|waits| waits.finish(State::Refused)));
        self.tell(self.inner.lock(), Claimed::NOBODY);
        drop(values);
    }
}
