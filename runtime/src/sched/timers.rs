//! Deadlines: those of one machine, or of all of them.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::coroutine::entry::Ticket;
use crate::sys::clock::{NEVER, Nanos};
use crate::timer::queue::{TimerKey, TimerQueue};
use crate::trace::Distribution;

/// Timers that fire in one look.
const FIRE_AT_ONCE: usize = 256;

/// A queue of timers behind a lock. Locked although a machine is the one that uses its own: deadlines of sockets are
/// set from elsewhere too.
pub(crate) struct Timers {
    queue: Mutex<TimerQueue<Ticket>>,
    /// When the first is due. Written under the lock, read without.
    next: AtomicU64,
}

impl Timers {
    pub(super) fn new() -> Timers {
        Timers { queue: Mutex::new(TimerQueue::new()), next: AtomicU64::new(NEVER) }
    }

    /// Wakes `ticket` at `deadline`, if it still waits then: by the timer `kept`, if that has not fired, else by another
    /// one. Returns which.
    pub(crate) fn arm(&self, kept: Option<TimerKey>, deadline: Nanos, ticket: Ticket) -> TimerKey {
        let mut queue = self.queue.lock();
        if deadline < self.next.load(Ordering::Relaxed) {
            self.next.store(deadline, Ordering::Release);
        }
        match kept {
            Some(kept) if queue.renew(kept, deadline, ticket) => kept,
            _ => queue.insert(deadline, ticket),
        }
    }

    /// Whether a timer has not fired yet.
    pub(crate) fn is_armed(&self, key: TimerKey) -> bool {
        self.queue.lock().is_armed(key)
    }

    /// Takes a timer back. Leaves `next` as it is: looking once too early is cheaper than finding the next one at every
    /// cancel.
    pub(crate) fn disarm(&self, key: TimerKey) {
        self.queue.lock().cancel(key);
    }

    /// When somebody has to look again; may be too early, never too late.
    #[inline]
    pub(super) fn next(&self) -> Nanos {
        self.next.load(Ordering::Acquire)
    }

    /// Appends the tickets that are due, and records how late they are found so.
    pub(super) fn expire(&self, now: Nanos, due: &mut Vec<Ticket>, lateness: &Distribution) {
        let mut queue = self.queue.lock();
        queue.expire(now, FIRE_AT_ONCE, |deadline, ticket| {
            lateness.record(now - deadline);
            ticket.prefetch();
            due.push(ticket);
        });
        let next = queue.next_deadline().unwrap_or(NEVER);
        self.next.store(next, Ordering::Release);
    }

    /// How many are armed.
    pub(crate) fn len(&self) -> usize {
        self.queue.lock().len()
    }
}
