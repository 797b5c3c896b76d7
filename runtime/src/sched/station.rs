//! What the rest of the runtime may know of a machine while it is there.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::coroutine::entry::Ticket;
use crate::coroutine::home::Home;
use crate::sys::clock::{NEVER, Nanos};
use crate::timer::queue::{TimerKey, TimerQueue};
use crate::trace::Counters;

/// Shared with other threads: the machine itself is its thread's alone.
pub(crate) struct Station {
    pub(crate) home: &'static Home,
    pub(crate) counters: Counters,
    /// Locked although the machine is the one that uses them: deadlines of sockets are set from elsewhere too.
    timers: Mutex<TimerQueue<Ticket>>,
    /// When the first is due. Written under the lock, read without.
    next_timer: AtomicU64,
}

/// Timers that fire in one look.
const FIRE_AT_ONCE: usize = 256;

impl Station {
    pub(crate) fn new(home: &'static Home) -> Station {
        Station {
            home,
            counters: Counters::new(),
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
}
