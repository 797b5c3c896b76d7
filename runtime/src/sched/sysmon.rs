//! The monitor: one thread that sees which machines are stuck, and helps (Go's `sysmon`).
//!
//! # What it does, each look
//! 1. A machine whose tick has not moved between two looks, with a coroutine on its thread, has run that one
//!    coroutine for the time between. After [`SLICE`] the coroutine is asked to let others run (`preempt`), which
//!    it does at its next suspension point.
//! 2. The machine is *stuck* after [`SLICE`]; earlier, if fresh coroutines wait and its thread sleeps in the kernel.
//! 3. The fresh coroutines of a stuck machine go to the global queue, and an idle machine is woken for them. If none
//!    is idle, the stuck one is relieved (relief.rs).
//! 4. The stall is told: at once, after 100 ms, after 1 s, and so on.
//!
//! A machine that does move, but has not asked epoll since the last look, is asked to.
//!
//! # When it looks
//! Every 10 ms; every millisecond while fresh coroutines wait and a machine has been on one coroutine since the last
//! look. When all machines have slept for a few looks, it sleeps until one wakes up (monitor_bell.rs).

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::duty::Duty;
use super::note::note_elsewhere;
use super::processor::Processor;
use super::relief::Relief;
use super::scheduler::Scheduler;
use super::stall::Stall;
use super::station::Station;
use super::thread::start_spare;
use crate::coroutine::entry::Entry;
use crate::sys::clock::{self, Nanos};
use crate::sys::thread_state;
use crate::trace::{Counters, Distribution, Event, Transition};

/// How long a coroutine may run before it is asked to let others run (Go's `forcePreemptNS`).
const SLICE: Nanos = 10_000_000;

/// Between two looks.
const PERIOD: Duration = Duration::from_millis(10);

/// While somebody waits for a machine that may be stuck.
const SHORT_PERIOD: Duration = Duration::from_millis(1);

/// A sleep of a thread that is shorter than this is no stall.
const BLOCKED_AFTER: Nanos = 800_000;

/// Looks at machines that all sleep, before the monitor sleeps too.
const QUIET_LOOKS: u32 = 3;

/// The monitor's own thread.
pub(super) struct Sysmon {
    scheduler: Arc<Scheduler>,
    seen: Vec<Seen>,
    /// Where it puts what it takes out of other processors, for a moment.
    hands: Processor,
}

/// What it knows of one machine.
#[derive(Clone, Copy, Default)]
struct Seen {
    tick: u64,
    polls: u64,
    /// When this tick was seen first.
    since: Nanos,
    /// The age at which its stall is told next.
    told_next: Nanos,
}

/// What a look has found.
#[derive(Default)]
struct Findings {
    /// Some machine is awake.
    awake: bool,
    /// Some machine has been on the same coroutine since the last look, and fresh ones wait.
    pressing: bool,
}

/// Starts the monitor of a runtime.
///
/// # Errors
/// No thread.
pub(crate) fn start(scheduler: &Arc<Scheduler>) -> io::Result<thread::JoinHandle<()>> {
    let mut sysmon = Sysmon { scheduler: scheduler.clone(), seen: Vec::new(), hands: Processor::new() };
    let name = format!("{}-monitor", scheduler.config.thread_name);
    thread::Builder::new().name(name).spawn(move || sysmon.watch())
}

impl Sysmon {
    fn watch(&mut self) {
        self.scheduler.monitor.answer();
        let mut quiet = 0;
        while !self.scheduler.is_leaving() {
            let findings = self.look(clock::now());
            quiet = if findings.awake { 0 } else { quiet + 1 };
            if quiet > QUIET_LOOKS {
                self.scheduler.monitor.sleep_unless(|| self.anyone_awake() || self.scheduler.is_leaving());
                quiet = 0;
            } else {
                thread::park_timeout(if findings.pressing { SHORT_PERIOD } else { PERIOD });
            }
        }
    }

    fn anyone_awake(&self) -> bool {
        let mut with_thread =
            self.scheduler.stations.iter().filter(|station| station.duty.get() != Duty::Gone);
        // A machine whose coroutine waits in its way, during a panic, sleeps as well and is to be watched (block.rs).
        with_thread.any(|station| !station.home.parker.is_asleep() || station.glance.running().is_some())
    }

    fn look(&mut self, now: Nanos) -> Findings {
        let stations = &self.scheduler.stations;
        self.seen.resize(stations.len(), Seen::default());
        let mut findings = Findings { awake: self.anyone_awake(), pressing: false };
        let fresh_waits = self.scheduler.global.len() > 0
            || stations.iter().any(|s| s.has_work())
            || self.scheduler.commons.as_ref().is_some_and(|commons| commons.is_late(now));
        for number in 0..self.seen.len() {
            let station = self.scheduler.stations.get(number).clone();
            self.seen[number].ask_to_look(&station);
            let Some(age) = self.seen[number].age(&station, now, &self.scheduler.stall_length) else {
                continue;
            };
            findings.pressing |= fresh_waits;
            self.judge(&station, age, fresh_waits);
        }
        findings
    }

    /// A machine has been on one coroutine for `age`.
    fn judge(&mut self, station: &Station, age: Nanos, fresh_waits: bool) {
        let seen = &mut self.seen[station.number];
        if age < SLICE && !(fresh_waits && age >= BLOCKED_AFTER) {
            return;
        }
        let thread = station.glance.thread();
        if age < SLICE && !thread_state::is_asleep(thread) {
            return;
        }
        station.home.set_stalled(true);
        if age >= SLICE {
            station.glance.preempt(seen.tick as u32);
        }
        if age >= seen.told_next.max(SLICE) {
            if seen.told_next == 0 {
                let id = station.glance.running().map_or(0, Entry::id);
                let event = Event::Stall { id, at: station.track.machine() };
                self.scheduler.pass_outside(Transition::Stall, || event);
            }
            // The next step beyond it: a monitor that comes late has missed some.
            while seen.told_next.max(SLICE) <= age {
                seen.told_next = seen.told_next.max(SLICE) * 10;
            }
            self.tell(station, age);
        }
        if fresh_waits || self.scheduler.commons.as_ref().is_some_and(|commons| commons.poller.is_free()) {
            self.help(station);
        }
    }

    /// Sees to it that somebody starts what waits behind a stuck machine.
    fn help(&self, stuck: &Station) {
        let scheduler = &self.scheduler;
        scheduler.carry_over(stuck, &self.hands);
        if scheduler.idle.count() > 0 {
            return scheduler.wake_searcher(&scheduler.outside, Counters::pass_shared);
        }
        // An error leaves things as they are: no thread or no descriptor to be had. It is tried again.
        let relief = scheduler.relieve(stuck);
        if let Ok(Relief::NeedsThread(substitute)) = relief {
            match start_spare(scheduler, &substitute) {
                Ok(()) => {
                    let by = substitute.track.machine();
                    scheduler.pass_outside(Transition::Replace, || Event::Replace { by });
                }
                Err(_) => scheduler.take_back(stuck, &substitute),
            }
        }
    }

    fn tell(&self, station: &Station, age: Nanos) {
        let Some(entry) = station.glance.running() else { return };
        let behind = self.scheduler.homed_on(station).saturating_sub(1);
        let age = Duration::from_nanos(age);
        let stall = Stall::of(entry, age, behind, station.number, station.glance.thread());
        // The user's code, mostly: what it throws ends here.
        let told = catch_unwind(AssertUnwindSafe(|| (self.scheduler.on_stall.0)(&stall)));
        if let Err(payload) = told {
            std::mem::forget(payload);
        }
    }
}

impl Seen {
    /// A machine that moves on and has not looked at its timers and sockets since the last look is asked to. It
    /// reckons by the length of former ticks, and coroutines may have begun to run longer.
    fn ask_to_look(&mut self, station: &Station) {
        let polls = station.counters.count(Transition::Poll);
        if polls == self.polls && station.counters.count(Transition::Tick) != self.tick {
            station.glance.ask_to_look();
        }
        self.polls = polls;
    }

    /// For how long the machine has been on one coroutine; `None`: it has moved since the last look, or runs none. If it
    /// was a stall, that is recorded: from the look that saw the run first to this one.
    fn age(&mut self, station: &Station, now: Nanos, lengths: &Distribution) -> Option<Nanos> {
        let tick = station.counters.count(Transition::Tick);
        if station.glance.running().is_some() && self.tick == tick && self.since != 0 {
            station.glance.set_since(self.since);
            return Some(now.saturating_sub(self.since));
        }
        if self.told_next != 0 || station.home.is_stalled() {
            station.home.set_stalled(false);
        }
        if self.told_next != 0 {
            lengths.record(now.saturating_sub(self.since));
            note_elsewhere(|| Event::StallEnd { at: station.track.machine() });
        }
        station.glance.set_since(0);
        // One that begins in this tick later has not run since now: a machine may wake up and run in the tick in which it slept.
        let since = if station.glance.running().is_some() { now } else { 0 };
        *self = Seen { tick, since, told_next: 0, ..*self };
        None
    }
}
