//! What the machines of one runtime share.

use std::io;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering, fence};
use std::sync::{OnceLock, Weak};

use crossbeam::utils::CachePadded;

use super::commons::Commons;
use super::departure::Departures;
use super::duty::{Duties, Duty};
use super::global_queue::GlobalQueue;
use super::holders::{Holders, Holds};
use super::monitor_bell::MonitorBell;
use super::stall::StallHook;
use super::station::Station;
use super::stations::Stations;
use super::timers::Timers;
use crate::config::Config;
use crate::coroutine::home::Home;
use crate::lockfree::idle::Idle;
use crate::lockfree::parker::Parker;
use crate::stack::SizeClass;
use crate::trace::{Counters, Distribution, Transition};

/// One runtime's scheduler.
pub(crate) struct Scheduler {
    /// Names the runtime in the process.
    pub(crate) id: u64,
    pub(crate) config: Config,
    pub(crate) stack_class: SizeClass,
    pub(crate) stations: Stations,
    /// The global queue.
    pub(crate) global: GlobalQueue,
    pub(crate) idle: CachePadded<Idle>,
    pub(super) duties: Duties,
    pub(super) monitor: CachePadded<MonitorBell>,
    pub(crate) departures: Departures,
    pub(super) on_stall: StallHook,
    /// Only where started coroutines move.
    pub(crate) commons: Option<Commons>,
    /// Where fresh ones wait, once one does (lobby.rs).
    pub(super) lobby: OnceLock<&'static Home>,
    holders: Holders,
    /// Where the next search for a sleeper begins.
    rotation: AtomicUsize,
    phase: AtomicU8,
    /// Transitions caused by threads that are no machine of this runtime.
    pub(crate) outside: Counters,
    /// Of stalls that are over. Written by the monitor.
    pub(crate) stall_length: Distribution,
}

/// How far a runtime has come with stopping (shutdown.rs).
const RUNNING: u8 = 0;
const CLOSING: u8 = 1;
const LEAVING: u8 = 2;

impl Scheduler {
    pub(crate) fn new(config: Config, on_stall: StallHook) -> io::Result<Scheduler> {
        static IDS: AtomicU64 = AtomicU64::new(1);
        config.check()?;
        let id = IDS.fetch_add(1, Ordering::Relaxed);
        Ok(Scheduler {
            id,
            commons: config.migrates.then(|| Commons::new(id)).transpose()?,
            lobby: OnceLock::new(),
            stack_class: SizeClass::for_size(config.stack_size)?,
            stations: Stations::new(config.max_machines),
            global: GlobalQueue::new(),
            idle: CachePadded::new(Idle::new()),
            duties: Duties::default(),
            monitor: CachePadded::new(MonitorBell::new()),
            departures: Departures::default(),
            on_stall,
            holders: Holders::new(),
            rotation: AtomicUsize::new(0),
            phase: AtomicU8::new(RUNNING),
            outside: Counters::new(),
            stall_length: Distribution::default(),
            config,
        })
    }

    /// How many coroutines live on that machine, and can go on there alone.
    pub(crate) fn homed_on(&self, station: &Station) -> usize {
        if self.config.migrates { 0 } else { station.load.live() }
    }

    /// How many timers are armed.
    pub(crate) fn timers_armed(&self) -> usize {
        let own: usize = self.stations.iter().map(|station| station.timers.len()).sum();
        own + self.commons.as_ref().map_or(0, |commons| commons.timers.len())
    }

    /// The timers that machine `number` looks after.
    pub(super) fn timers_of(&self, number: usize) -> &Timers {
        self.commons.as_ref().map_or_else(|| &self.stations.get(number).timers, |commons| &commons.timers)
    }

    /// Somebody who polls, for a thread that has no machine.
    pub(crate) fn any_poller(&self) -> &'static Home {
        self.commons.as_ref().map_or_else(|| self.stations.get(0).home, |commons| commons.home)
    }

    /// A thread without a machine has armed one of these.
    pub(super) fn call_for_timer(&self, number: usize) {
        match &self.commons {
            Some(commons) => commons.home.rouse(),
            None => drop(self.stations.get(number).home.call()),
        }
    }

    /// Whether the runtime is stopping: nothing is spawned, and nothing fresh is started.
    #[inline]
    pub(crate) fn is_stopping(&self) -> bool {
        self.phase.load(Ordering::Relaxed) != RUNNING
    }

    /// Whether its machines leave.
    #[inline]
    pub(super) fn is_leaving(&self) -> bool {
        self.phase.load(Ordering::Relaxed) == LEAVING
    }

    /// From now on `holder` is told when the runtime stops. False: it does already.
    pub(crate) fn add_holder(&self, holder: Weak<dyn Holds>) -> bool {
        self.holders.add(holder)
    }

    /// Tells those who hold coroutines that these will not begin.
    pub(crate) fn tell_holders(&self) {
        self.holders.tell();
    }

    /// From now on nothing is spawned. True for the first caller.
    pub(crate) fn begin_stop(&self) -> bool {
        let first =
            self.phase.compare_exchange(RUNNING, CLOSING, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        if first {
            self.call_all();
        }
        first
    }

    /// From now on machines leave.
    pub(crate) fn begin_leaving(&self) {
        self.phase.store(LEAVING, Ordering::Release);
        self.call_all();
        self.monitor.ring_out();
    }

    /// Makes every machine look at the phase. It is published; `notify` fences (parker.rs).
    fn call_all(&self) {
        for station in self.stations.iter() {
            station.home.call();
        }
    }

    /// Fresh work is in the global queue. A machine that runs will look there; one that computes for long may not,
    /// so a deep sleeper is woken as well.
    pub(super) fn call_for_injected(&self) {
        // Between the push and the look at the sleepers; a machine that falls asleep meanwhile looks at the queue
        // after its own fence.
        fence(Ordering::SeqCst);
        let all_idle = self.idle.count() >= self.config.workers;
        if (all_idle && self.idle.wants_searcher()) || self.idle.wants_deep_searcher() {
            self.wake_searcher(&self.outside, Counters::pass_shared);
        }
    }

    /// Wakes one sleeping machine to search for fresh work, if no other is searching.
    #[cold]
    pub(crate) fn wake_searcher(&self, counters: &Counters, pass: fn(&Counters, Transition)) {
        if !self.idle.try_search() {
            return;
        }
        if self.call_one(Parker::draft) || self.call_for_global() {
            pass(counters, Transition::WakeMachine);
        }
    }

    /// There was no sleeper to be the searcher. Whoever pushed meanwhile saw a searcher and woke nobody (idle.rs,
    /// invariant 3). Its work is safe in the ring of a machine that runs; but nobody runs for the global queue.
    /// True: somebody was woken for it.
    fn call_for_global(&self) -> bool {
        self.idle.stop_searching();
        self.global.len() > 0 && self.call_one(Parker::notify)
    }

    /// Nobody polls: a machine that sleeps on duty is to do so.
    pub(super) fn call_for_poller(&self) {
        self.call_one(Parker::notify);
    }

    /// Calls the next machine on duty that sleeps. False: none does.
    fn call_one(&self, how: impl Fn(&Parker) -> bool) -> bool {
        let start = self.rotation.fetch_add(1, Ordering::Relaxed);
        let mut turn = self.stations.from(start).filter(|station| station.duty.get() == Duty::Active);
        let sleeper = turn.find(|station| how(&station.home.parker));
        sleeper.inspect(|station| station.home.rouse()).is_some()
    }
}
