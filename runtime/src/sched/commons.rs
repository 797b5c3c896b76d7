//! What the machines of a runtime have in common where started coroutines move between them: their home, their
//! sockets, their timers.
//!
//! Under the default policy each machine has these for itself, and there are no commons.

use std::io;

use super::timers::Timers;
use crate::coroutine::home::Home;
use crate::lockfree::poller_role::PollerRole;
use crate::sys::clock::Nanos;

/// One runtime's.
pub(crate) struct Commons {
    /// Of all its coroutines. No machine lives there; one at a time sleeps in its instance of epoll.
    pub(super) home: &'static Home,
    pub(crate) timers: Timers,
    pub(super) poller: PollerRole,
}

impl Commons {
    /// # Errors
    /// No descriptors.
    pub(super) fn new(runtime: u64) -> io::Result<Commons> {
        let home = Home::acquire(runtime)?;
        Ok(Commons { home, timers: Timers::new(), poller: PollerRole::new() })
    }

    /// Whether timers are overdue.
    pub(super) fn is_late(&self, now: Nanos) -> bool {
        self.timers.next() <= now
    }
}
