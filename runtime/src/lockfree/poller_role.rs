//! Who sleeps in the epoll instance that all machines of a runtime share, and until when.
//!
//! # Why
//! Where started coroutines move between machines, their sockets and timers belong to all of these. Of the machines
//! that have nothing to do one *polls*: it sleeps in the shared instance, until the first timer. The others sleep
//! without a timer, each in an instance of its own, so that an event wakes one machine and not all.
//!
//! # The word
//! 0: nobody polls. Else somebody does, and gets up by itself at that time at the latest; all ones: at no time.
//!
//! | call | from => to |
//! |---|---|
//! | `settle` | 0 => the next deadline; back to 0, if an earlier one has come meanwhile |
//! | `stand_aside` | looks only |
//! | `leave` | that => 0 |
//!
//! # Invariants
//! 1. The word leaves 0 by a compare-and-swap, so one machine polls at a time.
//! 2. No deadline is overslept: of a machine that has set an earlier one and lies down, and the poller, one sees what
//!    the other has written:
//!
//! ```text
//!   who has set a deadline               poller
//!   S1 next = deadline                   P1 word = next, as it was
//!   S2 fence(SeqCst)                     P2 fence(SeqCst)
//!   S3 word > next ? wake the poller     P3 next < word ? up again
//! ```
//! If S3 finds 0, the machine takes the role itself; one that is off duty, and so does not poll, calls for another one. A
//! machine that has set a deadline and runs on looks at the timers in passing; if it is stuck, the monitor sees that one
//! is overdue.

use super::atomic::{AtomicU64, Ordering, fence};

const FREE: u64 = 0;

/// What a machine that lies down does.
#[must_use = "a poller polls; one that oversleeps is woken"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It polls, until this time; then it leaves.
    Poller(u64),
    /// Somebody else does, and gets up in time.
    Aside,
    /// Somebody else does, and would oversleep: to be woken.
    AsideOfSleeper,
}

/// The role of the poller.
#[derive(Debug)]
pub(crate) struct PollerRole {
    until: AtomicU64,
}

impl PollerRole {
    pub(crate) fn new() -> PollerRole {
        PollerRole { until: AtomicU64::new(FREE) }
    }

    /// Whether nobody polls.
    pub(crate) fn is_free(&self) -> bool {
        self.until.load(Ordering::Relaxed) == FREE
    }

    /// A machine lies down; `next` reads when the first timer is due.
    pub(crate) fn settle(&self, next: impl Fn() -> u64) -> Place {
        loop {
            let until = next().max(FREE + 1);
            // FREE => until (invariant 1)
            if self.until.compare_exchange(FREE, until, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                fence(Ordering::SeqCst); // P2
                if next() >= until {
                    return Place::Poller(until);
                }
                self.leave();
                continue;
            }
            if let Some(place) = self.stand_aside(&next) {
                return place;
            }
        }
    }

    /// The same for a machine that is not to poll. `None`: nobody does.
    pub(crate) fn stand_aside(&self, next: impl Fn() -> u64) -> Option<Place> {
        fence(Ordering::SeqCst); // S2
        match self.until.load(Ordering::Relaxed) {
            FREE => None,
            until if next() < until => Some(Place::AsideOfSleeper),
            _ => Some(Place::Aside),
        }
    }

    /// The poller has got up.
    pub(crate) fn leave(&self) {
        self.until.store(FREE, Ordering::Release); // until => FREE
    }
}
