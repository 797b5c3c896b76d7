//! Coroutines that no processor holds, in a list behind a lock.
//!
//! The global queue is made of two (global_queue.rs). Each machine has two: for fresh ones that were sent to it to start, and, where started ones move, for those that it has made ready
//! in numbers. A lock is good enough: transfers are batched, and the length can be read without it.

use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use crate::coroutine::entry::Entry;

#[derive(Debug)]
struct List {
    head: Option<&'static Entry>,
    tail: Option<&'static Entry>,
    /// Nobody will come and take.
    closed: bool,
}

/// An intrusive list through the entries' links: no bound, no allocation.
#[derive(Debug)]
pub(crate) struct EntryList {
    list: Mutex<List>,
    len: AtomicUsize,
}

impl EntryList {
    pub(crate) fn new() -> EntryList {
        EntryList {
            list: Mutex::new(List { head: None, tail: None, closed: false }),
            len: AtomicUsize::new(0),
        }
    }

    /// How many wait here. Exact only under the lock.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    /// Appends coroutines that the caller holds. False: the list is closed, the caller keeps them.
    #[must_use]
    pub(crate) fn push(&self, entries: impl IntoIterator<Item = &'static Entry>) -> bool {
        let mut list = self.list.lock();
        if list.closed {
            return false;
        }
        for entry in entries {
            entry.link.set(ptr::null_mut());
            match list.tail {
                Some(tail) => tail.link.set(entry.as_raw()),
                None => list.head = Some(entry),
            }
            list.tail = Some(entry);
            // The lock orders the writers.
            self.len.store(self.len.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
        true
    }

    /// Takes the oldest.
    pub(crate) fn take_one(&self) -> Option<&'static Entry> {
        self.take(0, |_| ())
    }

    /// Takes the oldest, and hands up to `more` further ones to `each`.
    pub(crate) fn take(&self, more: usize, mut each: impl FnMut(&'static Entry)) -> Option<&'static Entry> {
        let mut first = None;
        self.take_some(more + 1, |entry| match first {
            None => first = Some(entry),
            Some(_) => each(entry),
        });
        first
    }

    /// Hands up to `most` to `each`, oldest first; how many.
    pub(crate) fn take_some(&self, most: usize, mut each: impl FnMut(&'static Entry)) -> usize {
        if most == 0 || self.len() == 0 {
            return 0;
        }
        let mut list = self.list.lock();
        for taken in 0..most {
            let Some(entry) = self.pop(&mut list) else { return taken };
            each(entry);
        }
        most
    }

    /// Takes nothing in any more.
    pub(crate) fn close(&self) {
        self.list.lock().closed = true;
    }

    /// The same, if it is empty. False: somebody was quicker.
    pub(super) fn close_if_empty(&self) -> bool {
        let mut list = self.list.lock();
        list.closed = list.head.is_none();
        list.closed
    }

    /// Takes in again.
    pub(super) fn open(&self) {
        self.list.lock().closed = false;
    }

    fn pop(&self, list: &mut List) -> Option<&'static Entry> {
        let entry = list.head?;
        list.head = entry.next_in_list();
        if list.head.is_none() {
            list.tail = None;
        }
        self.len.store(self.len.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
        Some(entry)
    }
}
