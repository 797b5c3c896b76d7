//! How a machine lies down, on duty or off.

use super::machine::Machine;
use crate::lockfree::parker::Awoken;
use crate::sys::clock::{self, NEVER, Nanos};
use crate::trace::Transition;

/// How long a spare stays without anything to do, first on duty and then off. The next one costs 50 us.
pub(super) const RETIRE_AFTER: Nanos = 2_000_000_000;

impl Machine {
    /// A machine off duty waits for those that live on it, and for its duty. A spare that nothing lives on retires.
    pub(super) fn rest(&self) {
        let now = clock::now();
        self.fire_timers(now);
        if !self.homed.is_empty() {
            return;
        }
        let may_retire = self.is_spare() && self.live() == 0;
        let timeout = self.until_timer(now, may_retire.then_some(RETIRE_AFTER));
        let awoken = self.lie_down(timeout, || {
            !self.home().inbox.is_empty()
                || self.station.placed.len() > 0
                || self.scheduler.is_leaving()
                || self.is_on_duty()
        });
        if awoken == Awoken::Drafted {
            // By somebody who saw it on duty. Another one has to search.
            self.pass_search_on();
        }
        if may_retire && awoken == Awoken::ByItself && clock::now() >= now + RETIRE_AFTER {
            self.retired.set(self.retire());
        }
    }

    /// Sleeps in epoll, unless `must_not` finds after the announcement that there is work (M3 of parker.rs).
    pub(super) fn lie_down(&self, timeout: Option<Nanos>, must_not: impl FnOnce() -> bool) -> Awoken {
        let parker = &self.home().parker;
        parker.prepare();
        if !must_not() {
            self.counters().pass(Transition::Sleep);
            // Whoever `poll` readies is queued before the machine is back; nobody but this thread looks.
            self.poll(timeout);
        }
        let awoken = parker.finish();
        self.scheduler.monitor.ring();
        awoken
    }

    /// How long to sleep: until the next timer, and for `most` at most.
    pub(super) fn until_timer(&self, now: Nanos, most: Option<Nanos>) -> Option<Nanos> {
        let timer = match self.station.next_timer() {
            NEVER => return most,
            next => next.saturating_sub(now),
        };
        Some(most.map_or(timer, |most| timer.min(most)))
    }

    /// This machine was made the searcher, and does not search.
    pub(super) fn pass_search_on(&self) {
        self.scheduler.idle.stop_searching();
        if self.fresh_anywhere() && self.scheduler.idle.wants_searcher() {
            self.wake_searcher();
        }
    }
}
