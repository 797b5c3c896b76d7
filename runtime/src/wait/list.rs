//! Those who wait for one thing: a list through nodes that lie on their stacks, under the lock of that thing.
//!
//! # How two meet
//! ```text
//!   who waits                                 partner
//!   lock; not possible: push(node); unlock
//!   leave the stack                           lock; claim_first: take the node out, use its ticket
//!                                             - the ticket wins: exchange the value through the node,
//!                                               `finish`: DONE or REFUSED; unlock; hand the coroutine on
//!   look at the node: DONE or REFUSED         - it does not: the wait has ended otherwise; the next node
//!   else lock; withdraw; unlock
//! ```
//! One compare-and-swap decides who ends a wait (lockfree/status.rs), be it a partner at one of several things, a
//! deadline or a cancellation. So a partner exchanges values only after it has won, and nothing has to be undone.
//!
//! # The state of a node
//! | state | meaning | set by |
//! |---|---|---|
//! | IDLE | in no list; no partner has won | its owner; a partner whose claim did not win |
//! | QUEUED | in the list | its owner |
//! | CLAIMED | a partner has won, and computes the value that it will give | the partner |
//! | DONE | exchanged; an open node (below) has its turn | the partner |
//! | REFUSED | the other side is gone | the partner |
//! | AGAIN | the partner has nothing to give after all, or there is something to look at: begin anew | the partner |
//!
//! A sender in a `select!` computes its value when its turn has come: its node is *open*, and holds none.
//!
//! # Invariants
//! 1. Lists, links and cells of nodes in them are touched under the lock of the thing alone.
//! 2. An owner does not leave the frame of its node while that is QUEUED or CLAIMED.
//! 3. Setting DONE, REFUSED or AGAIN is the last that a partner does with a node, and it does so under the lock. So an
//!    owner that has seen it (acquiring), or has had the lock after it, has the node for itself.
#![allow(unsafe_code)]

use std::cell::{Cell, UnsafeCell};
use std::marker::{PhantomData, PhantomPinned};
use std::ptr;

use super::rt::{AtomicU8, Claimed, Ordering, Ticket};

/// See the table above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum State {
    Idle,
    Queued,
    Claimed,
    Done,
    Refused,
    Again,
}

/// One who waits, or may come to wait.
pub(crate) struct Node<T> {
    next: Cell<*const Node<T>>,
    previous: Cell<*const Node<T>>,
    ticket: Cell<Option<Ticket>>,
    state: AtomicU8,
    /// It will compute its value when it is granted a turn.
    open: bool,
    /// What is exchanged.
    value: UnsafeCell<Option<T>>,
    _pinned: PhantomPinned,
}

/// First come, first served.
pub(crate) struct WaitList<T> {
    head: *const Node<T>,
    tail: *const Node<T>,
    marker: PhantomData<T>,
}

// SAFETY: the nodes are used under a lock (invariant 1), by which values move between threads.
unsafe impl<T: Send> Send for WaitList<T> {}

/// One whose wait the holder has ended. To be finished, under the same lock unless it is left CLAIMED.
#[must_use]
pub(crate) struct Partner<T> {
    node: *const Node<T>,
    claimed: Claimed,
}

impl<T> Node<T> {
    pub(crate) fn new(value: Option<T>) -> Node<T> {
        Node {
            next: Cell::new(ptr::null()),
            previous: Cell::new(ptr::null()),
            ticket: Cell::new(None),
            state: AtomicU8::new(State::Idle as u8),
            open: false,
            value: UnsafeCell::new(value),
            _pinned: PhantomPinned,
        }
    }

    /// A sender that will compute its value when it has its turn.
    pub(crate) fn open() -> Node<T> {
        Node { open: true, ..Node::new(None) }
    }

    #[inline]
    pub(crate) fn state(&self) -> State {
        match self.state.load(Ordering::Acquire) {
            0 => State::Idle,
            1 => State::Queued,
            2 => State::Claimed,
            3 => State::Done,
            4 => State::Refused,
            _ => State::Again,
        }
    }

    fn set_state(&self, state: State) {
        self.state.store(state as u8, Ordering::Release);
    }

    /// Whether it holds no value, and will compute it.
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// Whether it was announced with `ticket`: then it waits for one of the same select.
    pub(crate) fn is_of(&self, ticket: Ticket) -> bool {
        self.ticket.get() == Some(ticket)
    }

    /// Whether it can be expected to use what it is given: its machine is not stuck.
    #[inline]
    pub(crate) fn runs(&self) -> bool {
        !Ticket::any_stalled() || !self.ticket.get().is_some_and(Ticket::is_stalled)
    }

    /// Owner: whether a partner has ended the wait, and is done with the node. One that has claimed it is not: most have
    /// finished when the owner has had the lock.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        !matches!(self.state(), State::Idle | State::Queued | State::Claimed)
    }

    /// Owner: what it holds, to be used or changed by `f`, which does not come here again.
    ///
    /// # Panics
    /// While it is in a list or claimed.
    #[inline]
    pub(crate) fn with_value<R>(&self, f: impl FnOnce(&mut Option<T>) -> R) -> R {
        assert!(
            !matches!(self.state(), State::Queued | State::Claimed),
            "a node that belongs to its partners"
        );
        // SAFETY: the owner's thread alone has the node now (invariant 3; it is not Sync), and `f` has no other way to
        // the value.
        f(unsafe { &mut *self.value.get() })
    }

    /// Owner, while it is in no list and not claimed: what came of it.
    pub(crate) fn settle(&self, state: State) {
        self.set_state(state);
    }
}

impl<T> WaitList<T> {
    pub(crate) const fn new() -> WaitList<T> {
        WaitList { head: ptr::null(), tail: ptr::null(), marker: PhantomData }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.head.is_null()
    }

    /// Appends `node`, whose owner will wait with `ticket`.
    ///
    /// # Safety
    /// The owner keeps invariant 2, and the node is not QUEUED.
    pub(crate) unsafe fn push(&mut self, node: &Node<T>, ticket: Ticket) {
        node.ticket.set(Some(ticket));
        node.next.set(ptr::null());
        node.previous.set(self.tail);
        // SAFETY: null or a node in this list (invariant 2).
        match unsafe { self.tail.as_ref() } {
            Some(last) => last.next.set(node),
            None => self.head = node,
        }
        self.tail = node;
        node.set_state(State::Queued); // IDLE => QUEUED
    }

    /// Owner: takes the announcement back, unless a partner has ended the wait.
    pub(crate) fn withdraw(&mut self, node: &Node<T>) {
        if node.state() == State::Queued {
            self.unlink(node); // QUEUED => IDLE
        }
    }

    /// Partner: ends the wait of the first whose ticket wins. Those of machines that are stuck come last.
    #[inline]
    pub(crate) fn claim_first(&mut self) -> Option<Partner<T>> {
        self.claim_first_of(Node::runs).or_else(|| self.claim_first_of(|_| true))
    }

    /// The very first, machine stuck or not: for who claims them all anyway, and is not to look for each among all.
    pub(crate) fn claim_any(&mut self) -> Option<Partner<T>> {
        self.claim_first_of(|_| true)
    }

    /// The first of those that are `meant`, machines stuck or not.
    #[inline]
    pub(crate) fn claim_first_of(&mut self, meant: impl Fn(&Node<T>) -> bool) -> Option<Partner<T>> {
        loop {
            let node = ptr::from_ref(self.nodes().find(|node| meant(node))?);
            if let Some(partner) = self.claim(node) {
                return Some(partner);
            }
        }
    }

    /// Partner: the same for the very first, machine stuck or not, provided that what it holds `suits`.
    pub(crate) fn claim_first_if(&mut self, suits: impl Fn(&T) -> bool) -> Option<Partner<T>> {
        loop {
            let first = self.head;
            // SAFETY: null, or a node in this list (invariant 2), and its value is touched under the lock alone
            // (invariant 1).
            let is_meant = unsafe {
                let value = first.as_ref().and_then(|node| (*node.value.get()).as_ref());
                value.is_some_and(&suits)
            };
            if !is_meant {
                return None;
            }
            if let Some(partner) = self.claim(first) {
                return Some(partner);
            }
        }
    }

    /// Takes a node of this list out. `None`: its wait has ended otherwise.
    #[inline]
    fn claim(&mut self, node: *const Node<T>) -> Option<Partner<T>> {
        // SAFETY: it is in the list (invariant 2).
        let ticket = unsafe {
            self.unlink(&*node);
            (*node).ticket.get()
        };
        let claimed = ticket.and_then(Ticket::claim)?;
        // SAFETY: the owner cannot have left: it has to have the lock first, or to see one of the states of
        // invariant 3.
        unsafe { (*node).set_state(State::Claimed) }; // IDLE => CLAIMED
        Some(Partner { node, claimed })
    }

    /// Those who wait, in turn.
    #[inline]
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node<T>> {
        // SAFETY: null, or nodes in this list (invariant 2), which the borrow of the list keeps there.
        let mut next = unsafe { self.head.as_ref() };
        std::iter::from_fn(move || {
            let node = next?;
            // SAFETY: as above.
            next = unsafe { node.next.get().as_ref() };
            Some(node)
        })
    }

    fn unlink(&mut self, node: &Node<T>) {
        let (previous, next) = (node.previous.get(), node.next.get());
        // SAFETY: null, or nodes in this list (invariant 2).
        unsafe {
            match previous.as_ref() {
                Some(previous) => previous.next.set(next),
                None => self.head = next,
            }
            match next.as_ref() {
                Some(next) => next.previous.set(previous),
                None => self.tail = previous,
            }
        }
        node.set_state(State::Idle); // QUEUED => IDLE
    }
}

// All of it under the lock.
impl<T> Partner<T> {
    fn node(&self) -> &Node<T> {
        // SAFETY: CLAIMED, so the owner stays (invariant 2).
        unsafe { &*self.node }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.node().is_open()
    }

    /// Its value.
    pub(crate) fn take(&mut self) -> Option<T> {
        // SAFETY: invariant 1, and CLAIMED.
        unsafe { (*self.node().value.get()).take() }
    }

    /// Gives it one.
    pub(crate) fn give(&mut self, value: Option<T>) {
        // SAFETY: invariant 1, and CLAIMED.
        unsafe { *self.node().value.get() = value };
    }

    /// DONE, REFUSED or AGAIN. Returns who is to be handed on afterwards.
    #[inline]
    pub(crate) fn finish(self, state: State) -> Claimed {
        self.node().set_state(state); // CLAIMED => state
        self.claimed
    }
}

// SAFETY: what it points to is used under the lock (invariant 1), by which values move between threads.
unsafe impl<T: Send> Send for Partner<T> {}
