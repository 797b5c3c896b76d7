//! What both ends of a channel hold.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::core::Core;

/// A channel and how many handles there are.
pub(super) struct Shared<T> {
    pub(super) core: Core<T>,
    senders: AtomicUsize,
    receivers: AtomicUsize,
}

impl<T> Shared<T> {
    pub(super) fn new(core: Core<T>) -> Arc<Shared<T>> {
        Arc::new(Shared { core, senders: AtomicUsize::new(1), receivers: AtomicUsize::new(1) })
    }

    pub(super) fn has_receivers(&self) -> bool {
        self.receivers.load(Ordering::Relaxed) > 0
    }

    pub(super) fn add_sender(&self) {
        count_up(&self.senders);
    }

    pub(super) fn add_receiver(&self) {
        count_up(&self.receivers);
    }

    pub(super) fn remove_sender(&self) {
        // AcqRel: the last one comes after everything that the others did.
        if self.senders.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.core.close_senders();
        }
    }

    pub(super) fn remove_receiver(&self) {
        if self.receivers.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.core.close_receivers();
        }
    }
}

fn count_up(handles: &AtomicUsize) {
    // As `Arc` does it: so many can only come from leaking them in a loop.
    if handles.fetch_add(1, Ordering::Relaxed) > isize::MAX as usize {
        std::process::abort();
    }
}
