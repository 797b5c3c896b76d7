//! The queue that no machine owns: spawns of plain threads, what does not fit into a processor's ring, what a stuck machine
//! leaves behind. Machines look at it every 61st schedule and before they steal.
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

    /// How many of each seem to be there, those that have started last.
    #[inline]
    pub(super) fn lens(&self) -> (usize, usize) {
        (self.fresh.len(), self.started.len())
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

    /// Takes the oldest, and hands up to `more` further ones to `each`: those that have started, then the others. For who has
    /// nothing else to do.
    pub(super) fn take(&self, more: usize, mut each: impl FnMut(&'static Entry)) -> Option<&'static Entry> {
        let mut first = None;
        let mut give = |entry| match first {
            None => first = Some(entry),
            Some(_) => each(entry),
        };
        let taken = self.started.take_some(more + 1, &mut give);
        self.fresh.take_some(more + 1 - taken, give);
        first
    }

    /// As many as there are of each, or as it says.
    pub(super) fn take_of_each(&self, fresh: usize, started: usize) -> Vec<&'static Entry> {
        let mut taken = Vec::with_capacity(fresh + started);
        self.started.take_some(started, |entry| taken.push(entry));
        self.fresh.take_some(fresh, |entry| taken.push(entry));
        taken
    }

    /// Takes no more.
    pub(super) fn close(&self) {
        self.fresh.close();
        self.started.close();
    }
}
