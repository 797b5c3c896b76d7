//! A machine with nothing to do: it searches, spins a little if that pays, and sleeps.
//!
//! # Spinning
//! Waking a sleeping CPU takes 40 to 70 us, so two coroutines apart that answer each other at once want their
//! machines awake: 67 us a round trip without spinning, 1.2 us with. But a machine that spins in vain takes a
//! quarter of an I/O server's throughput. So spinning has to be earned: each sleep that an inbox ended earns
//! credit, each spin in vain loses some. It looks at memory only, for 20 us, and only the searcher does it. A machine
//! that finds another one searching waits 2 us to succeed it: of two that answer each other, the one is awake but has
//! not stopped searching yet when the other begins.
//!
//! # Sleeping lightly, then deep
//! While other machines run, the first sleep is light: it ends after [`LIGHT`], for a look at fresh coroutines
//! that a computing spawner has left in its queue. If there are none, the next sleep is deep, without end: from
//! then on every spawn wakes it (idle.rs). So an idle runtime makes no wake-ups at all.

use std::ptr;

use super::duty::Duty;
use super::execute::Work;
use super::machine::Machine;
use super::rest::RETIRE_AFTER;
use super::trim::TRIM_AFTER;
use crate::lockfree::parker::Awoken;
use crate::sys::clock::{self, Nanos};
use crate::trace::Transition;

/// How long a spin lasts.
const SPIN: Nanos = 20_000;

/// How long a machine waits to become the searcher after another one.
const SUCCESSION: Nanos = 2_000;

/// The most credit.
const FULL_CREDIT: u8 = 8;

/// How long a light sleep lasts.
const LIGHT: Nanos = 200_000;

impl Machine {
    /// Waits until there is something to run, or returns `None` where it has slept and should look at everything
    /// anew.
    pub(super) fn wait_for_work(&self) -> Option<Work> {
        // Not after each run: until the next one has begun, this tick is still that of the last.
        self.station.glance.set_running(ptr::null());
        if !self.is_on_duty() {
            self.rest();
            return None;
        }
        let found = self.search();
        if found.is_some() || self.has_ready() {
            return found;
        }
        // A drafted machine is the searcher, and has to search before anything else: as long as it is, no other
        // machine is woken for fresh work.
        if self.sleep() == Awoken::Drafted { self.search() } else { None }
    }

    /// Looks for fresh coroutines everywhere. Afterwards this machine is not the searcher.
    fn search(&self) -> Option<Work> {
        // A socket or a timer may have brought one from the lobby.
        let own = self.processor().take(true).map(|entry| self.work_of(entry));
        let found = own.or_else(|| self.take_from_global()).or_else(|| {
            if !self.start_searching() && !self.succeed_searcher() {
                return None;
            }
            self.steal().or_else(|| self.spin())
        });
        self.stop_searching();
        if found.is_some() {
            self.idleness.slept_lightly.set(false);
            // What it leaves behind, and what it has brought along, may wait for long while the first one runs.
            if self.fresh_anywhere() && self.scheduler.idle.wants_searcher() {
                self.wake_searcher();
            }
        }
        found
    }

    /// Waits for the present searcher to stop, if spinning pays. True: this machine is the searcher.
    fn succeed_searcher(&self) -> bool {
        let credit = self.idleness.spin_credit.get();
        if credit == 0 {
            return false;
        }
        self.counters().pass(Transition::Spin);
        let end = clock::now() + SUCCESSION;
        while clock::now() < end {
            if self.pause_for_inbox() {
                return false;
            }
            if self.start_searching() {
                return true;
            }
        }
        self.idleness.spin_credit.set(credit - 1);
        false
    }

    /// Spins for about a microsecond at most. True: somebody has handed something over.
    fn pause_for_inbox(&self) -> bool {
        // A pause takes up to 140 cycles; the inbox is one cache line of our own until somebody pushes.
        let came = (0..16).any(|_| {
            std::hint::spin_loop();
            self.drain_inbox()
        });
        if came {
            self.counters().pass(Transition::SpinHit);
            self.idleness.spin_credit.set(FULL_CREDIT);
        }
        came
    }

    fn spin(&self) -> Option<Work> {
        let credit = self.idleness.spin_credit.get();
        if credit == 0 || self.scheduler.stations.len() == 1 {
            return None;
        }
        self.counters().pass(Transition::Spin);
        let end = clock::now() + SPIN;
        loop {
            if self.pause_for_inbox() {
                return None;
            }
            if self.fresh_anywhere()
                && let Some(work) = self.take_from_global().or_else(|| self.steal())
            {
                self.counters().pass(Transition::SpinHit);
                return Some(work);
            }
            if clock::now() >= end || self.scheduler.is_leaving() {
                self.idleness.spin_credit.set(credit - 1);
                return None;
            }
        }
    }

    fn sleep(&self) -> Awoken {
        let now = clock::now();
        self.fire_timers(now);
        if self.has_ready() {
            return Awoken::ByItself;
        }
        let idle = &self.scheduler.idle;
        let others_run = idle.count() + 1 < self.scheduler.config.workers;
        let deep = self.idleness.slept_lightly.get() || !others_run;
        let trim = deep && self.has_stacks_to_trim();
        let most = match (deep, trim) {
            (false, _) => Some(LIGHT),
            (true, true) => Some(TRIM_AFTER),
            // So that it notices that it is not needed any more.
            (true, false) => self.is_spare.then_some(RETIRE_AFTER),
        };

        idle.enter(deep);
        let awoken = self.lie_down(now, most, || self.must_not_sleep());
        idle.leave(deep);
        self.time.set(clock::now());

        let idleness = &self.idleness;
        idleness.searching.set(awoken == Awoken::Drafted);
        match awoken {
            Awoken::Notified => {
                let credit = idleness.spin_credit.get();
                idleness.spin_credit.set((credit + 2).min(FULL_CREDIT));
                idleness.slept_lightly.set(false);
            }
            Awoken::Drafted => idleness.slept_lightly.set(false),
            Awoken::ByItself if self.has_ready() => idleness.slept_lightly.set(false),
            Awoken::ByItself => {
                idleness.slept_lightly.set(true);
                if trim && self.time.get() >= now + TRIM_AFTER {
                    self.trim_idle();
                }
            }
        }
        awoken
    }

    /// Whether something at hand has been made ready.
    pub(super) fn has_ready(&self) -> bool {
        !self.homed.is_empty()
            || !self.processor().is_empty()
            || (self.migrates() && self.station.has_work_to_steal())
    }

    /// M3 of parker.rs: the look after the announcement.
    fn must_not_sleep(&self) -> bool {
        !self.home().inbox.is_empty()
            || self.station.placed.len() > 0
            || self.fresh_anywhere()
            || self.scheduler.is_leaving()
            || self.station.duty.get() == Duty::Relieved
    }
}
