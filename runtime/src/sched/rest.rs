//! How a machine lies down, on duty or off.

use super::duty::Duty;
use super::machine::Machine;
use super::trim::TRIM_AFTER;
use crate::coroutine::home::Home;
use crate::lockfree::parker::Awoken;
use crate::lockfree::poller_role::Place;
use crate::sys::clock::{self, NEVER, Nanos};
use crate::trace::Transition;

/// How long a spare stays without anything to do, first on duty and then off. The next one costs 50 us.
pub(super) const RETIRE_AFTER: Nanos = 2_000_000_000;

/// Where a machine sleeps.
struct Bed {
    /// Whose sockets it watches.
    home: &'static Home,
    /// When the first timer is due that is its business.
    until: Nanos,
}

impl Bed {
    fn timeout(&self, now: Nanos, most: Option<Nanos>) -> Option<Nanos> {
        let timer = (self.until != NEVER).then(|| self.until.saturating_sub(now));
        timer.into_iter().chain(most).min()
    }
}

impl Machine {
    /// A machine off duty waits for those that live on it, and for its duty. A spare that nothing lives on retires.
    pub(super) fn rest(&self) {
        let now = clock::now();
        self.fire_timers(now);
        if self.migrates() {
            // It will not run them.
            self.give_fresh_away();
        }
        if !self.homed.is_empty() {
            return;
        }
        let trims = !self.migrates() && self.has_stacks_to_trim();
        let may_retire = self.is_spare && self.tenants() == 0 && self.station.timers.len() == 0 && !trims;
        let most = if trims { Some(TRIM_AFTER) } else { may_retire.then_some(RETIRE_AFTER) };
        let awoken = self.lie_down(now, most, || {
            !self.home().inbox.is_empty()
                || self.station.placed.len() > 0
                || self.scheduler.is_leaving()
                || self.is_on_duty()
        });
        if awoken == Awoken::Drafted {
            // By somebody who saw it on duty. Another one has to search.
            self.pass_search_on();
        }
        if trims && awoken == Awoken::ByItself && clock::now() >= now + TRIM_AFTER {
            self.trim_idle();
        }
        if may_retire && awoken == Awoken::ByItself && clock::now() >= now + RETIRE_AFTER {
            self.retired.set(self.retire());
        }
    }

    /// Sleeps in epoll, until the next timer and for `most` at most, unless `must_not` finds after the announcement
    /// that there is work (M3 of parker.rs).
    pub(super) fn lie_down(
        &self,
        now: Nanos,
        most: Option<Nanos>,
        must_not: impl FnOnce() -> bool,
    ) -> Awoken {
        self.tell_stacks_cached();
        let bed = self.choose_bed();
        let parker = &self.home().parker;
        parker.prepare();
        if !must_not() && !self.should_poll_instead(&bed) {
            self.counters().pass(Transition::Sleep);
            // Whoever `poll` readies is queued before the machine is back.
            self.poll(bed.home, bed.timeout(now, most));
        }
        let awoken = parker.finish();
        self.leave_bed(bed);
        self.scheduler.monitor.ring();
        awoken
    }

    /// In its own instance until its own timers; where sockets and timers are common, one machine that is on duty looks
    /// after them, and who lies aside, on duty or off, sees to it that there is one that gets up in time.
    fn choose_bed(&self) -> Bed {
        let aside = Bed { home: self.home(), until: NEVER };
        let Some(commons) = self.commons() else { return Bed { until: self.timers().next(), ..aside } };
        let next = || commons.timers.next();
        let place = match self.station.duty.get() {
            Duty::Active => Some(commons.poller.settle(next)),
            // What it has run last may have set a deadline.
            _ => commons.poller.stand_aside(next),
        };
        match place {
            Some(Place::Poller(until)) => {
                self.home().lie_in(commons.home);
                return Bed { home: commons.home, until };
            }
            Some(Place::AsideOfSleeper) => commons.home.rouse(),
            Some(Place::Aside) => {}
            // It may have been this machine that polled for others, who have lain down aside.
            None => self.scheduler.call_for_poller(),
        }
        aside
    }

    /// Whoever polled when this machine chose to lie aside may have gone off duty since; and if it calls for another one,
    /// it does so after it has left the role, so either it finds this machine announced or this one finds the role free.
    fn should_poll_instead(&self, bed: &Bed) -> bool {
        let aside = bed.home.is(self.home()) && self.station.duty.get() == Duty::Active;
        aside && self.commons().is_some_and(|commons| commons.poller.is_free())
    }

    fn leave_bed(&self, bed: Bed) {
        if !bed.home.is(self.home())
            && let Some(commons) = self.commons()
        {
            commons.poller.leave();
            self.home().lie_in(self.home());
        }
    }

    /// This machine was made the searcher, and does not search.
    pub(super) fn pass_search_on(&self) {
        self.scheduler.idle.stop_searching();
        if self.fresh_anywhere() && self.scheduler.idle.wants_searcher() {
            self.wake_searcher();
        }
    }
}
