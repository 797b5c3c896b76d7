//! Coroutines that other threads made ready, on their way to the machine that is their home.
//!
//! # Why
//! A homed coroutine runs on one machine only, so a waker elsewhere hands it over: many producers, one consumer,
//! no bound, no allocation. Treiber's stack (IBM RJ 5118, 1986) with the links inside the entries; the consumer
//! takes the whole stack at once and turns it round, so that the oldest comes first and ABA cannot happen.
//!
//! # Invariants
//! 1. An entry is in at most one inbox, once: only the winner of `Status::wake` pushes it (status.rs, 3).
//! 2. The link of an entry belongs to whoever holds the entry; a push gives it away with the CAS that publishes
//!    it, `drain` gets it with the swap.
//!
//! # No entry is lost
//! The pusher publishes first and then looks whether the machine sleeps; the machine announces its sleep first
//! and then looks here once more. parker.rs shows why one of them sees the other.
//!
//! # Orderings
//! The push releases the entry and its link, the swap acquires them.

use super::atomic::{AtomicPtr, Ordering};

/// The link inside an entry. Also used by lists that hold the entry at other times.
#[derive(Debug)]
pub(crate) struct Link<T> {
    pub(super) next: AtomicPtr<T>,
}

impl<T> Link<T> {
    /// Only for whoever holds the entry.
    pub(crate) fn set(&self, next: *mut T) {
        self.next.store(next, Ordering::Relaxed);
    }

    /// Only for whoever holds the entry.
    pub(crate) fn get(&self) -> *mut T {
        self.next.load(Ordering::Relaxed)
    }
}

/// The stack of handed-over entries.
#[derive(Debug)]
pub(crate) struct Inbox<T> {
    pub(super) head: AtomicPtr<T>,
}

impl<T> Inbox<T> {
    /// Hands `entry` over; `link` is its link.
    pub(crate) fn push(&self, entry: *mut T, link: &Link<T>) {
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            link.set(head);
            match self.head.compare_exchange_weak(head, entry, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Whether nothing waits here, as far as this thread can see.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.head.load(Ordering::Relaxed).is_null()
    }

    /// Consumer: takes everything and returns the oldest; the others follow through their links.
    /// `link_of` must return the link that was given with the entry.
    pub(crate) fn drain<'a>(&self, link_of: impl Fn(*mut T) -> &'a Link<T>) -> *mut T
    where
        T: 'a,
    {
        let mut newer = self.head.swap(std::ptr::null_mut(), Ordering::Acquire);
        let mut oldest = std::ptr::null_mut();
        while !newer.is_null() {
            let link = link_of(newer);
            let older = link.get();
            link.set(oldest);
            oldest = newer;
            newer = older;
        }
        oldest
    }
}
