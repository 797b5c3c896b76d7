//! How many coroutines live on a machine.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Three counters with one writer or few writers each.
#[derive(Debug, Default)]
pub(crate) struct Load {
    /// Started here by the machine's own choice. Written by the machine.
    started: AtomicUsize,
    /// Sent here by other machines, and not recalled.
    received: AtomicUsize,
    /// Ended here. Written by the machine.
    finished: AtomicUsize,
}

impl Load {
    /// Machine: one more of its own.
    #[inline]
    pub(super) fn start(&self) {
        // One writer: a load and a store instead of a locked addition.
        self.started.store(self.started.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    /// Machine: one has ended.
    #[inline]
    pub(super) fn finish(&self) {
        self.finished.store(self.finished.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    /// Another machine sends one.
    pub(super) fn receive(&self) {
        self.received.fetch_add(1, Ordering::Relaxed);
    }

    /// One that was sent here, and has not started, starts elsewhere.
    pub(super) fn recall(&self) {
        self.received.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many live here. A guess while others start and end.
    #[inline]
    pub(crate) fn live(&self) -> usize {
        // Read at different moments, the difference may come out just below zero.
        usize::try_from(self.balance()).unwrap_or(0)
    }

    /// Those that began here less those that ended here: where coroutines move, only the sum over all machines means
    /// something.
    #[inline]
    pub(super) fn balance(&self) -> isize {
        let finished = self.finished.load(Ordering::Relaxed);
        let begun = self.started.load(Ordering::Relaxed).wrapping_add(self.received.load(Ordering::Relaxed));
        begun.wrapping_sub(finished) as isize
    }
}
