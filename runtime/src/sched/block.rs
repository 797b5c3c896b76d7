//! A coroutine that has to wait where it stands, and its machine with it.
//!
//! While a coroutine unwinds, `std::thread::panicking()` is true for everything on its thread: a neighbour that ran
//! meanwhile would poison locks that it releases in good order. So a destructor that waits during a panic does not
//! leave its stack. Its machine runs nothing else until the wait is over; it goes on to poll and to fire timers,
//! which is what may end the wait.

use std::iter;
use std::sync::atomic::{Ordering, fence};

use super::machine::Machine;
use super::migrate::returns_to_stack;
use super::noted::run_end;
use crate::coroutine::entry::Entry;
use crate::coroutine::record::Record;
use crate::coroutine::switch::Suspend;
use crate::lockfree::parker::Awoken;
use crate::lockfree::status::Commit;
use crate::sys::clock;
use crate::trace::{Transition, Why};

impl Machine {
    /// Waits as if `record`, which calls this on its own stack, had been suspended for `why`.
    #[cold]
    pub(crate) fn block(&self, record: &'static Record, why: Suspend) {
        let Suspend::Wait(wait) = why else { return };
        record.stay_on_stack(self.home());
        if record.entry().status.commit(wait) == Commit::Woken {
            let _ = record.return_to_stack();
            return self.counters().pass(Transition::ParkSkipped); // it runs on all the while
        }
        self.pass(Transition::Park, || run_end(record, Why::Blocked));
        self.give_fresh_away();
        while !self.is_back(record) {
            self.sleep_blocked(record);
        }
        let _ = record.return_to_stack();
        // It has run on here: its next run is not that of this wake-up.
        record.ready_at.set(0);
        self.note_run(record);
    }

    /// Puts what this machine will not run for now where all look, idle or not: the wait may be for one of them.
    pub(super) fn give_fresh_away(&self) {
        let own = iter::from_fn(|| self.take_own());
        // Here others may stand on their stacks as this one does, and nobody be left to take them out of another queue.
        self.scheduler.hand_in(own.filter(|entry| !self.migrates() || !returns_to_stack(entry)));
        if self.scheduler.global.len() > 0 {
            // Between the push and the look at the sleepers (idle.rs): this machine will not look at the queue itself.
            fence(Ordering::SeqCst);
            if self.scheduler.idle.wants_searcher() {
                self.wake_searcher();
            }
        }
    }

    /// One of those that others could run as well.
    pub(super) fn take_own(&self) -> Option<&'static Entry> {
        self.processor().take(true).or_else(|| self.station.backlog.take_one())
    }

    /// Whether it has been made ready: then it is no more queued, and runs.
    fn is_back(&self, record: &'static Record) -> bool {
        self.drain_inbox();
        self.fire_timers(clock::now());
        if !self.migrates() {
            return self.homed.remove(record);
        }
        // Whoever has taken it out of a queue gives it back.
        self.give_fresh_away();
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
