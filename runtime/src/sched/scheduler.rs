//! What the machines of one runtime share.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crossbeam::utils::CachePadded;
use parking_lot::RwLock;

use super::global::Global;
use super::processor::Processor;
use super::station::Station;
use crate::config::Config;
use crate::coroutine::entry::Entry;
use crate::lockfree::idle::Idle;
use crate::lockfree::parker::Parker;
use crate::stack::SizeClass;
use crate::trace::{Counters, Transition};

/// One runtime's scheduler.
pub(crate) struct Scheduler {
    pub(crate) config: Config,
    pub(crate) stack_class: SizeClass,
    pub(crate) processors: Box<[Arc<CachePadded<Processor>>]>,
    pub(crate) global: Global,
    pub(crate) idle: CachePadded<Idle>,
    /// The machines, in the order of their numbers.
    stations: RwLock<Vec<Arc<Station>>>,
    /// Where the next search for a sleeper begins.
    rotation: AtomicUsize,
    stopping: AtomicBool,
    /// Transitions caused by threads that are no machine of this runtime.
    pub(crate) outside: Counters,
}

impl Scheduler {
    pub(crate) fn new(config: Config) -> io::Result<Scheduler> {
        config.check()?;
        Ok(Scheduler {
            stack_class: SizeClass::for_size(config.stack_size)?,
            processors: (0..config.workers).map(|_| Arc::new(CachePadded::new(Processor::new()))).collect(),
            global: Global::new(),
            idle: CachePadded::new(Idle::new()),
            stations: RwLock::new(Vec::new()),
            rotation: AtomicUsize::new(0),
            stopping: AtomicBool::new(false),
            outside: Counters::new(),
            config,
        })
    }

    /// A machine joins.
    pub(crate) fn add(&self, station: Arc<Station>) {
        self.stations.write().push(station);
    }

    /// Runs `f` on the machines.
    pub(crate) fn with_stations<R>(&self, f: impl FnOnce(&[Arc<Station>]) -> R) -> R {
        f(&self.stations.read())
    }

    /// Whether the runtime is stopping.
    #[inline]
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// From now on nothing is spawned, and machines leave. True for the first caller.
    pub(crate) fn begin_stop(&self) -> bool {
        let first = !self.stopping.swap(true, Ordering::AcqRel);
        // The flag is published; `notify` fences (parker.rs).
        self.with_stations(|stations| {
            for station in stations {
                if station.home.parker.notify() {
                    station.home.epoll.wake();
                }
            }
        });
        first
    }

    /// A thread without a machine hands over a fresh coroutine. False: the runtime has stopped.
    #[must_use]
    pub(crate) fn inject(&self, entry: &'static Entry) -> bool {
        if !self.global.push([entry]) {
            return false;
        }
        self.outside.pass_shared(Transition::Spawn);
        // A machine that runs will look at the global queue; one that computes for long may not, so a deep
        // sleeper is woken as well. `draft` fences between the push and its look at the sleepers; a machine
        // that falls asleep meanwhile looks at the queue after its own fence.
        std::sync::atomic::fence(Ordering::SeqCst);
        let all_idle = self.idle.count() >= self.processors.len();
        if (all_idle && self.idle.wants_searcher()) || self.idle.wants_deep_searcher() {
            self.wake_searcher(&self.outside, Counters::pass_shared);
        }
        true
    }

    /// Wakes one sleeping machine to search for fresh work, if no other is searching.
    #[cold]
    pub(crate) fn wake_searcher(&self, counters: &Counters, pass: fn(&Counters, Transition)) {
        if !self.idle.try_search() {
            return;
        }
        let drafted = self.call_one(Parker::draft);
        if drafted || self.call_for_global() {
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

    /// Calls the next machine that sleeps. False: none does.
    fn call_one(&self, how: impl Fn(&Parker) -> bool) -> bool {
        self.with_stations(|stations| {
            let start = self.rotation.fetch_add(1, Ordering::Relaxed);
            let mut turn = (0..stations.len()).map(|i| &stations[(start + i) % stations.len()]);
            let sleeper = turn.find(|station| how(&station.home.parker));
            sleeper.inspect(|station| station.home.epoll.wake()).is_some()
        })
    }
}
