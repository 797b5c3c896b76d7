//! The queue that no machine owns: spawns of plain threads, what does not fit into a processor's ring, what a stuck machine
//! leaves behind.
//!
//! Where started coroutines move they come here too, and have a list of their own: a burst of spawns puts hundreds of
//! thousands of fresh ones here, and who has been woken would wait behind all of them (of a million sleepers one in a
//! hundred was 1.5 s late).

use super::entry_list::EntryList;
use crate::coroutine::entry::Entry;
use crate::coroutine::record::Record;

#[derive(Debug)]
pub(crate) struct GlobalQueue {
    fresh: EntryList,
    started: EntryList,
}

impl GlobalQueue {
    pub(super) fn new() -> GlobalQueue {
        GlobalQueue { fresh: EntryList::new(), started: EntryList::new() }
    }

    /// How many there seem to be.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.fresh.len() + self.started.len()
    }

    /// How many of them have started.
    #[inline]
    pub(super) fn len_started(&self) -> usize {
        self.started.len()
    }

    /// False: it is closed.
    #[must_use]
    pub(super) fn push(&self, entry: &'static Entry) -> bool {
        let list = if Record::of(entry).is_some() { &self.started } else { &self.fresh };
        list.push([entry])
    }

    /// The oldest that is fresh, or else that has started: for who has its share of the others besides.
    pub(super) fn take_one(&self) -> Option<&'static Entry> {
        self.fresh.take_one().or_else(|| self.started.take_one())
    }

    /// The oldest, and gives as many as `more` others to `each`: those that have started come first. For who has
    /// nothing else to do.
    pub(super) fn take(&self, more: usize, mut each: impl FnMut(&'static Entry)) -> Option<&'static Entry> {
        let mut left = more;
        let started = self.started.take(left, |entry| {
            left -= 1;
            each(entry);
        });
        match started {
            Some(first) if left > 0 => {
                self.fresh.take(left - 1, &mut each).into_iter().for_each(&mut each);
                Some(first)
            }
            Some(first) => Some(first),
            None => self.fresh.take(left, each),
        }
    }

    /// Of those that have started, as many as `most`.
    pub(super) fn take_started(&self, most: usize) -> Vec<&'static Entry> {
        let mut taken = Vec::with_capacity(most);
        if most > 0 {
            let first = self.started.take(most - 1, |entry| taken.push(entry));
            taken.splice(0..0, first);
        }
        taken
    }

    /// Takes no more.
    pub(super) fn close(&self) {
        self.fresh.close();
        self.started.close();
    }
}
