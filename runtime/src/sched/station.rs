//! What the rest of the runtime may know of a machine.

use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use crossbeam::utils::CachePadded;

use super::duty::{Duty, DutyCell};
use super::entry_list::EntryList;
use super::load::Load;
use super::processor::Processor;
use super::timers::Timers;
use crate::coroutine::entry::Entry;
use crate::coroutine::home::Home;
use crate::sys::clock::Nanos;
use crate::trace::{Counters, Timings, Track};

/// Shared with other threads: the machine itself is its thread's alone.
pub(crate) struct Station {
    pub(crate) home: &'static Home,
    /// Its number in the runtime.
    pub(crate) number: usize,
    /// The fresh coroutines that were spawned here; any machine may steal them.
    pub(crate) processor: CachePadded<Processor>,
    /// Fresh ones that were sent here to start (balance.rs).
    pub(crate) placed: EntryList,
    /// Started ones that it has made ready in numbers, where they may move (migrate.rs); any machine may take them.
    pub(crate) backlog: EntryList,
    pub(crate) load: CachePadded<Load>,
    pub(crate) duty: DutyCell,
    pub(crate) counters: Counters,
    pub(crate) timings: Box<Timings>,
    /// Free stacks that the machine keeps for itself, when it looked around last.
    pub(crate) stacks_cached: AtomicUsize,
    pub(crate) track: Track,
    pub(crate) glance: Glance,
    pub(crate) timers: Timers,
}

/// What the monitor sees of a machine, and what it asks of it.
pub(crate) struct Glance {
    /// The coroutine on its thread now. Written by the machine at every switch, so it lies beside the counters.
    running: AtomicPtr<Entry>,
    /// Its thread, as the kernel numbers it. 0: none.
    thread: AtomicI32,
    /// When the monitor saw the present run first; 0: it has not been seen for long.
    since: AtomicU64,
    asked: CachePadded<Asked>,
}

/// What the monitor asks for. Hardly ever written, so the machine reads it for nothing.
struct Asked {
    /// The tick in which the coroutine shall let others run.
    preempted_tick: AtomicU32,
    /// The machine shall look at its timers and sockets.
    look: AtomicBool,
}

impl Station {
    pub(crate) fn new(home: &'static Home, number: usize, duty: Duty) -> Station {
        Station {
            home,
            number,
            processor: CachePadded::new(Processor::new()),
            placed: EntryList::new(),
            backlog: EntryList::new(),
            load: CachePadded::default(),
            duty: DutyCell::new(duty),
            counters: Counters::new(),
            timings: Box::default(),
            stacks_cached: AtomicUsize::new(0),
            track: Track::new(home.runtime(), number),
            glance: Glance {
                running: AtomicPtr::new(ptr::null_mut()),
                thread: AtomicI32::new(0),
                since: AtomicU64::new(0),
                asked: CachePadded::new(Asked {
                    preempted_tick: AtomicU32::new(0),
                    look: AtomicBool::new(false),
                }),
            },
            timers: Timers::new(),
        }
    }

    /// How many are queued that others may take, or that are to start here.
    pub(crate) fn queued(&self) -> usize {
        self.processor.len() + self.placed.len() + self.backlog.len()
    }

    /// Monitor: another machine is on duty in its place. It may be back already, and asleep: then it looks at its duty.
    pub(super) fn tell_relieved(&self) {
        self.duty.set(Duty::Relieved);
        self.home.call();
    }

    /// Whether what is sent here to start is started soon, as far as is known.
    pub(super) fn is_able_to_start(&self) -> bool {
        self.duty.get() == Duty::Active && !self.home.is_stalled()
    }

    /// Whether coroutines seem to wait here that others could run.
    pub(super) fn has_work(&self) -> bool {
        self.has_work_to_steal() || self.placed.len() > 0
    }

    /// Whether another machine may help itself.
    #[inline]
    pub(super) fn has_work_to_steal(&self) -> bool {
        !self.processor.is_empty() || self.backlog.len() > 0
    }
}

impl Glance {
    /// Machine: `entry` has the thread; null: no coroutine has.
    #[inline]
    pub(super) fn set_running(&self, entry: *const Entry) {
        // Relaxed: the monitor compares; whose it is it reads from the entry, which is never freed.
        self.running.store(entry.cast_mut(), Ordering::Relaxed);
    }

    /// Who has the thread; by now it may be another one.
    pub(crate) fn running(&self) -> Option<&'static Entry> {
        Entry::of_pointer(self.running.load(Ordering::Relaxed))
    }

    /// Monitor: the coroutine that has the thread has had it since then; 0: it is another one now.
    pub(super) fn set_since(&self, since: Nanos) {
        self.since.store(since, Ordering::Relaxed);
    }

    /// When the monitor saw the present run first; `None`: there was no run that lasted between two of its looks.
    pub(crate) fn since(&self) -> Option<Nanos> {
        Some(self.since.load(Ordering::Relaxed)).filter(|since| *since != 0)
    }

    /// Machine: the calling thread is its own.
    pub(super) fn set_thread(&self, number: i32) {
        self.thread.store(number, Ordering::Relaxed);
    }

    /// Monitor: its thread.
    pub(crate) fn thread(&self) -> i32 {
        self.thread.load(Ordering::Relaxed)
    }

    /// Monitor: whoever runs in `tick` shall let others run.
    pub(super) fn preempt(&self, tick: u32) {
        self.asked.preempted_tick.store(tick, Ordering::Relaxed);
    }

    /// Machine: whether that is asked of the one that runs in `tick`.
    #[inline]
    pub(super) fn is_preempted(&self, tick: u32) -> bool {
        self.asked.preempted_tick.load(Ordering::Relaxed) == tick
    }

    /// Monitor: timers and sockets have waited for long.
    pub(super) fn ask_to_look(&self) {
        self.asked.look.store(true, Ordering::Relaxed);
    }

    /// Machine: whether they have.
    #[inline]
    pub(super) fn is_asked_to_look(&self) -> bool {
        self.asked.look.load(Ordering::Relaxed)
    }

    /// Machine: it looks.
    pub(super) fn looks(&self) {
        self.asked.look.store(false, Ordering::Relaxed);
    }
}
