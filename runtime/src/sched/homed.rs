//! The coroutines that live on a machine and could run: its own queues, for its own thread.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ptr;

use crate::coroutine::record::Record;

/// How many run before one whose record is fetched into the caches. Of those that have waited for long each lies on a page of
/// its own: of a million woken at once, waking and ending one takes 0.9 us so, and 1.2 us without.
const AHEAD: usize = 4;

/// The same for its frames, which the record knows.
const FRAMES_AHEAD: usize = 1;

/// First in, first out, but for the one that runs next. No bound.
///
/// Elements are single words: a queue of pairs costs 15 ns more for each switch, because a pair is written in
/// halves and read back as a whole, which the CPU cannot forward.
pub(crate) struct HomedQueue {
    next: Cell<Option<&'static Record>>,
    started: RefCell<VecDeque<&'static Record>>,
}

impl HomedQueue {
    pub(crate) fn new() -> HomedQueue {
        HomedQueue { next: Cell::new(None), started: RefCell::new(VecDeque::new()) }
    }

    /// Appends one.
    #[inline]
    pub(crate) fn push(&self, record: &'static Record) {
        self.started.borrow_mut().push_back(record);
    }

    /// Runs next; the one that would have is appended.
    #[inline]
    pub(crate) fn push_next(&self, record: &'static Record) {
        if let Some(displaced) = self.next.replace(Some(record)) {
            self.push(displaced);
        }
    }

    /// The one to run now; `in_turn` says that the oldest is to be preferred to the next.
    #[inline]
    pub(crate) fn pop(&self, in_turn: bool) -> Option<&'static Record> {
        if !in_turn && let Some(next) = self.next.take() {
            return Some(next);
        }
        let oldest = self.started.borrow_mut().pop_front().or_else(|| self.next.take());
        if self.started.borrow().len() > AHEAD {
            self.fetch();
        }
        oldest
    }

    /// Takes `record` out, wherever it stands; false: it is not here.
    pub(crate) fn remove(&self, record: &'static Record) -> bool {
        if self.next.get().is_some_and(|next| ptr::eq(next, record)) {
            self.next.set(None);
            return true;
        }
        let mut started = self.started.borrow_mut();
        let at = started.iter().position(|ready| ptr::eq(*ready, record));
        at.and_then(|at| started.remove(at)).is_some()
    }

    /// Whether nothing is ready.
    pub(crate) fn is_empty(&self) -> bool {
        self.next.get().is_none() && self.started.borrow().is_empty()
    }

    /// Those that are run soon. Apart from `pop`, which is inlined where it is called while it is small.
    #[inline(never)]
    fn fetch(&self) {
        let ready = self.started.borrow();
        ready[AHEAD].prefetch();
        ready[FRAMES_AHEAD].prefetch_frames();
    }
}
