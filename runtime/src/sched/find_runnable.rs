//! Finding the next coroutine to run. The order stands at the head of `sched/mod.rs`.

use super::execute::Work;
use super::machine::{Buffers, Machine};
use crate::coroutine::home::Home;
use crate::netpoll;
use crate::sys::clock::{self, Nanos};
use crate::trace::{Event, Transition};

/// Schedules between two looks at timers, sockets and the global queue, at most (Go's `schedtick%61`).
const LOOK_TICKS: u32 = 61;

/// Time between two looks where coroutines run long: fewer schedules then.
const LOOK_NANOS: Nanos = 200_000;

/// Every so many ticks the oldest goes before the one that was made ready last: a pair that wakes each other
/// keeps the others waiting for this many runs at most. Odd, so that both queues have such ticks: fresh ones go first on
/// odd ticks, started ones on even ticks.
const IN_TURN_TICKS: u32 = 15;

/// Of the global queue a machine takes its share, but no more than this.
const GLOBAL_BATCH: usize = 64;

impl Machine {
    /// What is at hand, without sleeping or stealing.
    #[inline]
    pub(super) fn next_at_hand(&self) -> Option<Work> {
        let tick = self.counters().bump(Transition::Tick) as u32;
        let on_duty = self.is_on_duty();
        let due = tick.wrapping_sub(self.look.due.get()) as i32 >= 0;
        if (due || self.station.glance.is_asked_to_look())
            && let Some(work) = self.look_around(on_duty)
        {
            return Some(work);
        }
        self.drain_inbox();
        let in_turn = tick.is_multiple_of(IN_TURN_TICKS);
        let processor = self.processor();
        let fresh = || {
            let placed = self.station.placed.take_one().map(Work::Placed);
            let taken = || if on_duty { processor.take(in_turn) } else { None };
            placed.or_else(|| taken().map(|entry| self.work_of(entry)))
        };
        let started = || match self.migrates() {
            false => self.homed.pop(in_turn).map(Work::Started),
            true if on_duty => self.take_from_backlog(),
            true => None,
        };
        let work = if tick % 2 == 1 { fresh().or_else(started) } else { started().or_else(fresh) };
        // Lazy wake: some is still queued while this machine turns to something else.
        let more = !processor.is_empty() || (self.migrates() && self.station.backlog.len() > 0);
        if work.is_some() && more && self.scheduler.idle.wants_searcher() {
            self.wake_searcher();
        }
        work
    }

    /// Timers, sockets, global queue; decides when to do it again.
    #[cold]
    fn look_around(&self, on_duty: bool) -> Option<Work> {
        let now = clock::now();
        self.station.glance.looks();
        let look = &self.look;
        let ticks = self.tick().wrapping_sub(look.last_tick.get()).max(1);
        let per_tick = now.saturating_sub(look.last_time.get()) / Nanos::from(ticks);
        let interval = (LOOK_NANOS / per_tick.max(1)).clamp(1, LOOK_TICKS.into()) as u32;
        look.last_tick.set(self.tick());
        look.last_time.set(now);
        self.time.set(now);
        look.due.set(self.tick().wrapping_add(interval));
        self.fire_timers(now);
        self.poll_in_passing();
        self.trim_some(now);
        self.tell_stacks_cached();
        self.sampling.renew(self.tick());
        if !on_duty {
            return None;
        }
        let work = self.scheduler.global.take_one().map(|entry| self.work_of(entry));
        if self.migrates() {
            self.take_share_of_woken();
        }
        // Somebody else may take the rest.
        if self.scheduler.global.len() > 0 && self.scheduler.idle.wants_searcher() {
            self.wake_searcher();
        }
        work
    }

    /// Readies the coroutines whose deadline has come.
    pub(super) fn fire_timers(&self, now: Nanos) {
        let timers = self.timers();
        if timers.next() > now {
            return;
        }
        self.note(|| Event::TimersBegin);
        let mut fired = 0;
        let mut buffers = self.buffers.take();
        loop {
            timers.expire(now, &mut buffers.tickets, &self.station.timings.timer_lateness);
            if buffers.tickets.is_empty() {
                break;
            }
            fired += buffers.tickets.len() as u64;
            self.counters().pass_many(Transition::Timer, buffers.tickets.len() as u64);
            buffers.runnables.extend(buffers.tickets.drain(..).filter_map(|ticket| ticket.wake()));
            self.ready_all(&mut buffers.runnables);
        }
        self.buffers.replace(buffers);
        self.note(|| Event::TimersEnd { fired });
    }

    /// The same for sockets, unless somebody sleeps until they are ready.
    pub(super) fn poll_in_passing(&self) {
        if self.commons().is_none_or(|commons| commons.poller.is_free()) {
            self.poll(self.home_of_coroutines(), Some(0));
            if let Some(commons) = self.commons()
                && !commons.poller.is_free()
            {
                // Who has taken the role since may have been called, and this look have swallowed the alarm.
                commons.home.rouse();
            }
        }
    }

    /// Readies the coroutines whose sockets, watched in `home`, are ready; waits for at most `timeout`.
    pub(super) fn poll(&self, home: &'static Home, timeout: Option<Nanos>) {
        self.note(|| Event::PollBegin { sleeps: timeout != Some(0) });
        let mut buffers = self.buffers.take();
        let Buffers { tickets, runnables } = &mut buffers;
        let events = netpoll::poll(home, timeout, tickets, runnables);
        self.counters().pass(Transition::Poll);
        self.counters().pass_many(Transition::Event, events as u64);
        self.station.timings.poll_batch.record(events as u64);
        self.ready_all(&mut buffers.runnables);
        self.buffers.replace(buffers);
        self.note(|| Event::PollEnd { events: events as u64 });
    }

    /// A share of the global queue: one to run, the others into the own ring.
    pub(super) fn take_from_global(&self) -> Option<Work> {
        let put = |entry| {
            // This machine searches, so its ring is empty and has room.
            self.processor().put(entry, |spilled| unreachable!("no room for {}", spilled.len()));
        };
        self.scheduler.global.take(self.share_of_global(), put).map(|entry| self.work_of(entry))
    }

    /// How many of the global queue are this machine's to take at once.
    pub(super) fn share_of_global(&self) -> usize {
        (self.scheduler.global.len() / self.scheduler.config.workers).min(GLOBAL_BATCH)
    }
}
