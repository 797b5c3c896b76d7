//! Something that one thread of a model publishes and another waits for.

use std::cell::RefCell;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread::{self, Thread};

/// Given once. What came before it is known to whoever has waited for it: unlike the eventfd of
/// [`kernel`](crate::kernel), it orders memory.
#[derive(Debug, Default)]
pub struct Signal {
    given: AtomicUsize,
    sleeper: RefCell<Option<Thread>>,
}

impl Signal {
    /// Lets the waiting one go.
    pub fn give(&self) {
        self.given.fetch_add(1, Ordering::Release);
        if let Some(sleeper) = self.sleeper.take() {
            sleeper.unpark();
        }
    }

    /// Sleeps until it is given. For one thread.
    pub fn wait(&self) {
        // A read-modify-write sees the newest value; until the thread sleeps, nothing else runs.
        if self.given.fetch_add(0, Ordering::Acquire) == 0 {
            self.sleeper.replace(Some(thread::current()));
            thread::park();
        }
    }
}
