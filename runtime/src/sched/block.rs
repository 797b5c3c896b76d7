//! A coroutine that has to wait where it stands, and its machine with it.
//!
//! While a coroutine unwinds, `std::thread::panicking()` is true for everything on its thread: a neighbour that ran
//! meanwhile would poison locks that it releases in good order. So a destructor that waits during a panic does not
//! leave its stack. Its machine runs nothing else until the wait is over; it goes on to poll and to fire timers,
//! which is what may end the wait.

use std::{iter, ptr};

use super::machine::Machine;
use crate::coroutine::entry::Entry;
use crate::coroutine::record::Record;
use crate::coroutine::switch::Suspend;
use crate::lockfree::parker::Awoken;
use crate::lockfree::status::Commit;
use crate::sys::clock;
use crate::trace::Transition;

impl Machine {
    /// Waits as if `record`, which calls this on its own stack, had been suspended for `why`.
    #[cold]
    pub(crate) fn block(&self, record: &'static Record, why: Suspend) {
        let Suspend::Wait(wait) = why else { return };
        record.stay_on_stack(self.home());
        if record.entry().status.commit(wait) == Commit::Woken {
            let _ = record.return_to_stack();
            return self.counters().pass(Transition::ParkSkipped);
        }
        self.counters().pass(Transition::Park);
        self.give_fresh_away();
        while !self.is_back(record) {
            self.sleep_blocked(record);
        }
        let _ = record.return_to_stack();
    }

    /// Puts what this machine will not run for now where all look, idle or not: the wait may be for one of them.
    pub(super) fn give_fresh_away(&self) {
        self.give_away(iter::from_fn(|| self.take_own()));
    }

    /// One of those that others could run as well.
    pub(super) fn take_own(&self) -> Option<&'static Entry> {
        self.processor().take(true).or_else(|| self.station.backlog.take(0, |_| ()))
    }

    fn give_away(&self, entries: impl Iterator<Item = &'static Entry>) {
        self.scheduler.hand_in(entries);
        if self.scheduler.global.len() > 0 && self.scheduler.idle.wants_searcher() {
            self.wake_searcher();
        }
    }

    /// Whether it has been made ready: then it is no more queued, and runs.
    fn is_back(&self, record: &'static Record) -> bool {
        self.drain_inbox();
        self.fire_timers(clock::now());
        if !self.migrates() {
            return self.homed.remove(record);
        }
        // Whoever else has taken it out of a queue gives it back (migrate.rs).
        let is_other = |entry: &&'static Entry| {
            let is_this = ptr::eq(*entry, record.entry());
            is_this.then(|| record.return_to_stack()).is_none()
        };
        self.give_away(iter::from_fn(|| self.take_own()).filter(is_other));
        !record.is_on_stack()
    }

    fn sleep_blocked(&self, record: &'static Record) {
        // Fresh work is nothing to this machine now.
        let awoken =
            self.lie_down(clock::now(), None, || !self.home().inbox.is_empty() || !record.is_on_stack());
        if awoken == Awoken::Drafted {
            self.pass_search_on();
        }
    }
}
