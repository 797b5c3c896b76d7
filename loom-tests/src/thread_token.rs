//! The token of `std::thread::park` and `unpark`.

use std::cell::RefCell;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread::{self, Thread};

/// The token of one thread. As std promises, what came before `unpark` is known to whoever has taken the token, also
/// if it did not have to sleep for it.
#[derive(Debug, Default)]
pub struct ThreadToken {
    there: AtomicUsize,
    sleeper: RefCell<Option<Thread>>,
}

impl ThreadToken {
    /// Leaves the token, and wakes the thread if it sleeps.
    pub fn unpark(&self) {
        self.there.swap(1, Ordering::Release);
        if let Some(sleeper) = self.sleeper.take() {
            sleeper.unpark();
        }
    }

    /// Sleeps until the token is there, and takes it. For one thread.
    pub fn park(&self) {
        // A read-modify-write sees the newest value; until the thread sleeps, nothing else runs.
        while self.there.swap(0, Ordering::Acquire) == 0 {
            self.sleeper.replace(Some(thread::current()));
            thread::park();
        }
    }
}
