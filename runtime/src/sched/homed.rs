//! The ready coroutines that live on a machine: its own queue, for its own thread.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use crate::coroutine::entry::Entry;
use crate::coroutine::record::Record;

/// A coroutine that this machine, and no other, will run.
#[derive(Clone, Copy)]
pub(crate) enum Homed {
    /// Has run before.
    Started(&'static Record),
    /// Was sent here to start.
    Placed(&'static Entry),
}

impl Homed {
    /// A coroutine whose home is this machine.
    #[inline]
    pub(crate) fn of(entry: &'static Entry) -> Homed {
        match Record::of(entry) {
            Some(record) => Homed::Started(record),
            None => Homed::Placed(entry),
        }
    }
}

/// First in, first out, but for the one that runs next. No bound.
pub(crate) struct HomedQueue {
    next: Cell<Option<Homed>>,
    queue: RefCell<VecDeque<Homed>>,
}

impl HomedQueue {
    pub(crate) fn new() -> HomedQueue {
        HomedQueue { next: Cell::new(None), queue: RefCell::new(VecDeque::new()) }
    }

    /// Appends.
    #[inline]
    pub(crate) fn push(&self, homed: Homed) {
        self.queue.borrow_mut().push_back(homed);
    }

    /// Runs next; the one that would have is appended.
    #[inline]
    pub(crate) fn push_next(&self, homed: Homed) {
        if let Some(displaced) = self.next.replace(Some(homed)) {
            self.push(displaced);
        }
    }

    /// The one to run now; `in_turn` says that the oldest is to be preferred to the next.
    #[inline]
    pub(crate) fn pop(&self, in_turn: bool) -> Option<Homed> {
        if !in_turn && let Some(next) = self.next.take() {
            return Some(next);
        }
        self.queue.borrow_mut().pop_front().or_else(|| self.next.take())
    }

    /// Takes one that has not started yet, wherever it stands.
    pub(crate) fn take_placed(&self) -> Option<&'static Entry> {
        if let Some(next) = self.next.take() {
            self.push(next);
        }
        let mut queue = self.queue.borrow_mut();
        let at = queue.iter().position(|homed| matches!(homed, Homed::Placed(_)))?;
        match queue.remove(at) {
            Some(Homed::Placed(entry)) => Some(entry),
            _ => None,
        }
    }

    /// How many are ready.
    pub(crate) fn len(&self) -> usize {
        let next = self.next.take();
        self.next.set(next);
        self.queue.borrow().len() + usize::from(next.is_some())
    }
}
