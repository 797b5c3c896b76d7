//! A coroutine that has to wait where it stands, and its machine with it.
//!
//! While a coroutine unwinds, `std::thread::panicking()` is true for everything on its thread: a neighbour that ran
//! meanwhile would poison locks that it releases in good order. So a destructor that waits during a panic does not
//! leave its stack. Its machine runs nothing else until the wait is over; it goes on to poll and to fire timers,
//! which is what may end the wait.

use super::machine::Machine;
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
        let status = &record.entry().status;
        let commit = match why {
            Suspend::Wait(wait) => status.commit(wait),
            Suspend::Yield | Suspend::Abandoned => return,
        };
        if commit == Commit::Woken {
            return self.counters().pass(Transition::ParkSkipped);
        }
        self.counters().pass(Transition::Park);
        self.give_fresh_away();
        while !self.is_back(record) {
            self.sleep_blocked();
        }
    }

    /// Puts what this machine will not start for now where all look, idle or not: the wait may be for one of them.
    pub(super) fn give_fresh_away(&self) {
        self.scheduler.hand_in(std::iter::from_fn(|| self.processor().take(true)));
        if self.scheduler.global.len() > 0 && self.scheduler.idle.wants_searcher() {
            self.wake_searcher();
        }
    }

    /// Whether it has been made ready: then it is no more queued, and runs.
    fn is_back(&self, record: &'static Record) -> bool {
        self.drain_inbox();
        self.fire_timers(clock::now());
        self.homed.remove(record)
    }

    fn sleep_blocked(&self) {
        let timeout = self.until_timer(clock::now(), None);
        // Fresh work is nothing to this machine now.
        let awoken = self.lie_down(timeout, || !self.home().inbox.is_empty());
        if awoken == Awoken::Drafted {
            self.pass_search_on();
        }
    }
}
