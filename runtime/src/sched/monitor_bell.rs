//! Waking the monitor, which sleeps while all machines do.
//!
//! It sleeps as a machine does (parker.rs): it says so, fences, and looks whether a machine is awake. A machine that
//! wakes up says so in its own parker, fences, and looks whether the monitor sleeps. One of the two sees the other,
//! so no machine runs unwatched.

use std::sync::OnceLock;
use std::thread::{self, Thread};

use crate::lockfree::parker::{Awoken, Parker};

/// The monitor's sleep.
pub(crate) struct MonitorBell {
    parker: Parker,
    monitor: OnceLock<Thread>,
}

impl MonitorBell {
    pub(super) fn new() -> MonitorBell {
        MonitorBell { parker: Parker::new(), monitor: OnceLock::new() }
    }

    /// Anybody: something has changed that the monitor should see. A fence and a load while it is awake.
    #[inline]
    pub(super) fn ring(&self) {
        if self.parker.notify()
            && let Some(monitor) = self.monitor.get()
        {
            monitor.unpark();
        }
    }

    /// The runtime stops: ends the pause between two looks as well.
    pub(super) fn ring_out(&self) {
        let _ = self.parker.notify();
        if let Some(monitor) = self.monitor.get() {
            monitor.unpark();
        }
    }

    /// The monitor takes its place: the calling thread is it.
    pub(super) fn answer(&self) {
        assert!(self.monitor.set(thread::current()).is_ok(), "a runtime has one monitor");
    }

    /// Monitor: sleeps until it rings, unless `must_not` says after the announcement that there is something to
    /// watch.
    pub(super) fn sleep_unless(&self, must_not: impl FnOnce() -> bool) {
        self.parker.prepare();
        if must_not() {
            let _ = self.parker.finish();
            return;
        }
        // A token of `unpark` that is left over ends one wait for nothing.
        while self.parker.is_asleep() {
            thread::park();
        }
        let awoken = self.parker.finish();
        debug_assert_ne!(awoken, Awoken::Drafted);
    }
}
