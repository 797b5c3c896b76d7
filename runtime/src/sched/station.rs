//! What the rest of the runtime may know of a machine.

use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, AtomicU64, Ordering};

use crossbeam::utils::CachePadded;
use parking_lot::Mutex;

use super::duty::{Duty, DutyCell};
use super::fresh_list::FreshList;
use super::processor::Processor;
use crate::coroutine::entry::{Entry, Ticket};
use crate::coroutine::home::Home;
use crate::sys::clock::{NEVER, Nanos};
use crate::timer::queue::{TimerKey, TimerQueue};
use crate::trace::Counters;

/// Shared with other threads: the machine itself is its thread's alone.
pub(crate) struct Station {
    pub(crate) home: &'static Home,
    /// Its number in the runtime.
    pub(crate) number: usize,
    /// The fresh coroutines that were spawned here; any machine may steal them.
    pub(crate) processor: CachePadded<Processor>,
    /// Fresh ones that were sent here to start (balance.rs).
    pub(crate) placed: FreshList,
    pub(crate) duty: DutyCell,
    pub(crate) counters: Counters,
    pub(crate) glance: Glance,
    /// Locked although the machine is the one that uses them: deadlines of sockets are set from elsewhere too.
    timers: Mutex<TimerQueue<Ticket>>,
    /// When the first is due. Written under the lock, read without.
    next_timer: AtomicU64,
}

/// What the monitor sees of a machine, and what it asks of it.
pub(crate) struct Glance {
    /// The coroutine on its thread now. Written by the machine at every switch, so it lies beside the counters.
    running: AtomicPtr<Entry>,
    /// Its thread, as the kernel numbers it. 0: none.
    thread: AtomicI32,
    asked: CachePadded<Asked>,
}

/// What the monitor asks for. Hardly ever written, so the machine reads it for nothing.
struct Asked {
    /// The tick in which the coroutine shall let others run.
    preempted_tick: AtomicU32,
    /// The machine shall look at its timers and sockets.
    look: AtomicBool,
}

/// Timers that fire in one look.
const FIRE_AT_ONCE: usize = 256;

impl Station {
    pub(crate) fn new(home: &'static Home, number: usize, duty: Duty) -> Station {
        Station {
            home,
            number,
            processor: CachePadded::new(Processor::new()),
            placed: FreshList::new(),
            duty: DutyCell::new(duty),
            counters: Counters::new(),
            glance: Glance {
                running: AtomicPtr::new(ptr::null_mut()),
                thread: AtomicI32::new(0),
                asked: CachePadded::new(Asked {
                    preempted_tick: AtomicU32::new(0),
                    look: AtomicBool::new(false),
                }),
            },
            timers: Mutex::new(TimerQueue::new()),
            next_timer: AtomicU64::new(NEVER),
        }
    }

    /// Wakes `ticket` at `deadline`, if it still waits then. About 50 ns.
    pub(crate) fn arm(&self, deadline: Nanos, ticket: Ticket) -> TimerKey {
        let mut timers = self.timers.lock();
        if deadline < self.next_timer.load(Ordering::Relaxed) {
            self.next_timer.store(deadline, Ordering::Release);
        }
        timers.insert(deadline, ticket)
    }

    /// Takes a timer back. False: it has fired. Leaves `next_timer` as it is: looking once too early is cheaper
    /// than finding the next one at every cancel.
    pub(crate) fn disarm(&self, key: TimerKey) -> bool {
        self.timers.lock().cancel(key).is_some()
    }

    /// When the machine has to look again; may be too early, never too late.
    #[inline]
    pub(crate) fn next_timer(&self) -> Nanos {
        self.next_timer.load(Ordering::Acquire)
    }

    /// Appends the tickets that are due.
    pub(crate) fn expire(&self, now: Nanos, due: &mut Vec<Ticket>) {
        let mut timers = self.timers.lock();
        timers.expire(now, FIRE_AT_ONCE, due);
        let next = timers.next_deadline().unwrap_or(NEVER);
        self.next_timer.store(next, Ordering::Release);
    }

    /// How many timers are armed.
    pub(crate) fn timers(&self) -> usize {
        self.timers.lock().len()
    }

    /// Whether what is sent here to start is started soon, as far as is known.
    pub(super) fn is_able_to_start(&self) -> bool {
        self.duty.get() == Duty::Active && !self.home.is_stalled()
    }

    /// Whether fresh coroutines seem to wait here.
    pub(super) fn has_fresh(&self) -> bool {
        !self.processor.is_empty() || self.placed.len() > 0
    }
}

impl Glance {
    /// Machine: `entry` has the thread; null: no coroutine has.
    #[inline]
    pub(super) fn set_running(&self, entry: *const Entry) {
        // Relaxed: the monitor compares; whose it is it reads from the entry, which is never freed.
        self.running.store(entry.cast_mut(), Ordering::Relaxed);
    }

    /// Monitor: who has the thread.
    pub(super) fn running(&self) -> Option<&'static Entry> {
        Entry::of_pointer(self.running.load(Ordering::Relaxed))
    }

    /// Machine: the calling thread is its own.
    pub(super) fn set_thread(&self, number: i32) {
        self.thread.store(number, Ordering::Relaxed);
    }

    /// Monitor: its thread.
    pub(super) fn thread(&self) -> i32 {
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
