//! A processor: the right to run fresh coroutines, and those that were spawned under it.
#![allow(unsafe_code)]

use crate::coroutine::entry::Entry;
use crate::lockfree::run_queue::RunQueue;

/// Holds fresh coroutines only; any machine may steal from it, whether its owner moves or not.
#[derive(Debug)]
pub(crate) struct Processor {
    queue: RunQueue<Entry>,
}

/// An entry that came out of the queue.
fn entry(pointer: *mut Entry) -> &'static Entry {
    // SAFETY: only `&'static Entry` are put in, below.
    unsafe { Entry::from_raw(pointer) }
}

impl Processor {
    pub(crate) fn new() -> Processor {
        Processor { queue: RunQueue::new() }
    }

    /// Owner: the newest runs next. What it displaces goes to the ring, and what does not fit there is given to
    /// `spill`. Returns whether something was displaced.
    #[inline]
    pub(crate) fn put_next(&self, new: &'static Entry, spill: impl FnOnce(Vec<&'static Entry>)) -> bool {
        let Some(displaced) = self.queue.set_next(new.as_raw()) else { return false };
        self.put_raw(displaced, spill);
        true
    }

    /// Owner: the newest runs next, if none does yet. In no order with what is loaded afterwards.
    #[inline]
    pub(crate) fn try_put_next(&self, new: &'static Entry) -> bool {
        self.queue.try_set_next(new.as_raw())
    }

    /// Owner: to the end of the ring.
    pub(crate) fn put(&self, new: &'static Entry, spill: impl FnOnce(Vec<&'static Entry>)) {
        self.put_raw(new.as_raw(), spill);
    }

    fn put_raw(&self, new: *mut Entry, spill: impl FnOnce(Vec<&'static Entry>)) {
        if let Err(overflow) = self.queue.push(new) {
            spill(overflow.entries.into_iter().map(entry).collect());
        }
    }

    /// Owner: the one to run now; `in_turn` says that the oldest is to be preferred to the newest.
    #[inline]
    pub(crate) fn take(&self, in_turn: bool) -> Option<&'static Entry> {
        let taken = if in_turn {
            self.queue.pop().or_else(|| self.queue.take_next())
        } else {
            self.queue.take_next().or_else(|| self.queue.pop())
        };
        taken.map(entry)
    }

    /// Whether there seems to be nothing.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// How many there seem to be in the ring.
    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Thief, owner of `into`: takes half of the ring there, and one of them to run.
    pub(crate) fn steal_into(&self, into: &Processor) -> Option<&'static Entry> {
        self.queue.steal_into(&into.queue).map(entry)
    }

    /// Thief: the newest, as a value to compare with later. Null: there is none.
    pub(crate) fn peek_next(&self) -> *const Entry {
        self.queue.peek_next()
    }

    /// Thief: takes the newest if it is still `seen`.
    pub(crate) fn steal_next(&self, seen: *const Entry) -> Option<&'static Entry> {
        self.queue.steal_next(seen.cast_mut()).then(|| entry(seen.cast_mut()))
    }
}
