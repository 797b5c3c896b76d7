//! A channel without its handles: a buffer, and those who wait on either side, under one lock.
//!
//! # Who meets whom
//! | call | there is | what happens |
//! |---|---|---|
//! | send | a receiver that waits | it gets the value, and is woken |
//! | | room | into the buffer |
//! | | neither | waits, the value in its node |
//! | receive | a value | it; then the first sender that waits gets the place, and is woken |
//! | | none, and a sender that waits | its value, and it is woken |
//! | | neither | waits |
//!
//! A sender in a `select!` is *open* (wait/list.rs): it computes its value after it has been chosen. If there is a place
//! in the buffer it reserves that; if there is none, as in a rendezvous, it claims a receiver that waits, who stays
//! claimed until the value is there. It waits without a value; a receiver that finds nobody else calls it and waits
//! itself, so that it can be claimed.
//!
//! # Invariants
//! 1. `buffer.len() + reserved <= capacity`.
//! 2. While a receiver waits, the buffer is empty; while a sender waits, there is no room or nobody to receive.
//! 3. Values that the channel holds are dropped once, outside the lock: a destructor is anybody's code.

#![allow(unsafe_code)]

use super::alarm::Alarm;
use super::attempt::{Attempt, Turn};
use super::buffer::Buffer;
use super::inner::Inner;
use super::rt::{AtomicBool, Claimed, Lock, NEVER, Nanos, Node, Ordering, State, Ticket, WaitList, hand_on};

/// Both ends hold it.
pub(crate) struct Core<T> {
    inner: Lock<Inner<T>>,
    /// Somebody watches. Written under the lock, so whoever has changed something under it sees that.
    is_watched: AtomicBool,
    /// `None`: unbounded.
    capacity: Option<usize>,
    /// The clock sends here, and nobody else.
    has_alarm: bool,
}

impl<T> Core<T> {
    pub(super) fn new(capacity: Option<usize>) -> Core<T> {
        Core::with(capacity, None)
    }

    pub(super) fn of_alarm(alarm: Alarm<T>) -> Core<T> {
        Core::with(Some(1), Some(alarm))
    }

    fn with(capacity: Option<usize>, alarm: Option<Alarm<T>>) -> Core<T> {
        let has_alarm = alarm.is_some();
        Core {
            inner: Lock::new(Inner::new(capacity, alarm)),
            is_watched: AtomicBool::new(false),
            capacity,
            has_alarm,
        }
    }

    /// When something happens here that nobody tells of.
    #[inline]
    pub(super) fn next_alarm(&self) -> Nanos {
        if !self.has_alarm {
            return NEVER;
        }
        self.inner.lock().alarm.as_ref().map_or(NEVER, Alarm::due)
    }

    pub(super) fn capacity(&self) -> Option<usize> {
        self.capacity
    }

    pub(super) fn len(&self) -> usize {
        let inner = self.inner.lock();
        inner.buffer.len() + usize::from(inner.alarm.as_ref().is_some_and(Alarm::is_due))
    }

    /// Whether a send would have to wait for room. Always so for a rendezvous.
    pub(super) fn is_full(&self) -> bool {
        if self.has_alarm { self.len() == 1 } else { !self.inner.lock().has_room(self.capacity) }
    }

    /// Sends what `value` holds.
    #[inline]
    pub(super) fn send(&self, value: &mut Option<T>) -> Attempt {
        let (attempt, claimed) = self.inner.lock().send(value, self.capacity);
        if attempt == Attempt::Done {
            self.tell(claimed);
        }
        attempt
    }

    /// Receives into `value`.
    #[inline]
    pub(super) fn receive(&self, value: &mut Option<T>) -> Attempt {
        let (attempt, claimed) = self.inner.lock().receive(value, self.capacity);
        if attempt == Attempt::Done {
            self.tell(claimed);
        }
        attempt
    }

    /// After every change, and without the lock: tells who is to be told, and those who watch.
    #[inline]
    fn tell(&self, claimed: Claimed) {
        hand_on(claimed);
        if self.is_watched.load(Ordering::Relaxed) {
            self.call_watchers();
        }
    }

    #[cold]
    fn call_watchers(&self) {
        loop {
            let mut inner = self.inner.lock();
            let claimed = inner.watchers.claim_first().map(|watcher| watcher.finish(State::Again));
            self.is_watched.store(!inner.watchers.is_empty(), Ordering::Relaxed);
            drop(inner);
            match claimed {
                Some(claimed) => hand_on(claimed),
                None => return,
            }
        }
    }

    /// Whether a send, or a receive, need not wait; that it would fail counts too.
    pub(super) fn is_ready(&self, sends: bool) -> bool {
        self.inner.lock().is_ready(sends, self.capacity)
    }

    /// Announces somebody who wants to know when a send, or a receive, need not wait; or says that it need not.
    ///
    /// # Safety
    /// As for `WaitList::push`.
    pub(super) unsafe fn watch(&self, sends: bool, node: &Node<T>, ticket: Ticket) -> bool {
        let mut inner = self.inner.lock();
        let must_wait = !inner.is_ready(sends, self.capacity);
        if must_wait {
            self.is_watched.store(true, Ordering::Relaxed);
            // SAFETY: the caller's promise.
            unsafe { inner.watchers.push(node, ticket) };
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
        self.capacity == Some(0) && self.inner.lock().senders.nodes().any(Node::is_open)
    }

    /// Announces a sender, or says that it need not wait.
    ///
    /// # Safety
    /// As for `WaitList::push`.
    pub(super) unsafe fn announce_sender(&self, node: &Node<T>, ticket: Ticket) -> bool {
        let mut inner = self.inner.lock();
        // A select does not meet itself.
        let other_receives = inner.receivers.nodes().any(|receiver| !receiver.is_of(ticket));
        let must_wait = !inner.no_receivers && !inner.has_room(self.capacity) && !other_receives;
        if must_wait {
            // SAFETY: the caller's promise.
            unsafe { inner.senders.push(node, ticket) };
            drop(inner);
            self.tell(Claimed::NOBODY);
        }
        must_wait
    }

    /// The same for a receiver.
    ///
    /// # Safety
    /// As for `WaitList::push`.
    pub(super) unsafe fn announce_receiver(&self, node: &Node<T>, ticket: Ticket) -> bool {
        let mut inner = self.inner.lock();
        let must_wait = !inner.no_senders && !inner.has_value();
        if must_wait {
            // SAFETY: the caller's promise.
            unsafe { inner.receivers.push(node, ticket) };
            drop(inner);
            while let Some(claimed) = self.claim_open_sender(ticket) {
                hand_on(claimed);
            }
            self.tell(Claimed::NOBODY);
        }
        must_wait
    }

    /// An open sender of a rendezvous, who is to begin anew: there is a receiver now, the one with `ticket`.
    fn claim_open_sender(&self, ticket: Ticket) -> Option<Claimed> {
        if self.capacity != Some(0) {
            return None;
        }
        let mut inner = self.inner.lock();
        let other = |sender: &Node<T>| sender.is_open() && !sender.is_of(ticket);
        inner.senders.claim_first_of(other).map(|sender| sender.finish(State::Again))
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

    /// Gives an open sender its turn, if one can send now.
    pub(super) fn take_turn(&self) -> Option<Turn<T>> {
        let mut inner = self.inner.lock();
        if inner.no_receivers {
            return Some(Turn::Refused);
        }
        if inner.has_room(self.capacity) {
            inner.reserved += 1;
            return Some(Turn::Place);
        }
        inner.receivers.claim_first().map(Turn::Receiver)
    }

    /// The value of an open sender that had its turn. `Err`: nobody will receive it.
    pub(super) fn complete(&self, turn: Turn<T>, value: T) -> Result<(), T> {
        match turn {
            Turn::Refused => return Err(value),
            Turn::Receiver(mut receiver) => {
                let inner = self.inner.lock();
                receiver.give(Some(value));
                let claimed = receiver.finish(State::Done);
                drop(inner);
                self.tell(claimed);
            }
            Turn::Place => {
                let mut value = Some(value);
                let mut inner = self.inner.lock();
                inner.reserved -= 1;
                let (attempt, claimed) = inner.send(&mut value, self.capacity);
                // If a receiver waited, the place was not used, and is the next sender's.
                let next = inner.fill_place(self.capacity);
                drop(inner);
                self.tell(claimed);
                self.tell(next);
                if attempt != Attempt::Done {
                    return Err(value.expect("it was not sent"));
                }
            }
        }
        Ok(())
    }

    /// It has no value after all.
    pub(super) fn give_turn_back(&self, turn: Turn<T>) {
        let mut inner = self.inner.lock();
        let claimed = match turn {
            Turn::Refused => Claimed::NOBODY,
            Turn::Receiver(receiver) => receiver.finish(State::Again),
            Turn::Place => {
                inner.reserved -= 1;
                inner.fill_place(self.capacity)
            }
        };
        drop(inner);
        self.tell(claimed);
    }

    /// The last sender is gone. Receivers still get what the channel holds.
    pub(super) fn close_senders(&self) {
        self.inner.lock().no_senders = true;
        while let Some(claimed) = self.refuse_one(|inner| &mut inner.receivers) {
            hand_on(claimed);
        }
        self.tell(Claimed::NOBODY);
    }

    /// The last receiver is gone. Drops what the channel holds.
    pub(super) fn close_receivers(&self) {
        let values = {
            let mut inner = self.inner.lock();
            inner.no_receivers = true;
            std::mem::replace(&mut inner.buffer, Buffer::new(Some(0)))
        };
        while let Some(claimed) = self.refuse_one(|inner| &mut inner.senders) {
            hand_on(claimed);
        }
        self.tell(Claimed::NOBODY);
        drop(values);
    }

    fn refuse_one(&self, side: fn(&mut Inner<T>) -> &mut WaitList<T>) -> Option<Claimed> {
        let mut inner = self.inner.lock();
        side(&mut inner).claim_first().map(|waits| waits.finish(State::Refused))
    }
}
