//! What the protocols need of the kernel.
//!
//! Between two scheduling points of loom nothing else runs, so plain cells do. They order nothing: who finds the
//! count raised already has seen nothing of what was written before, though a thread that sleeps and is woken has.
//! A protocol must not rely on the kernel for the order of its memory accesses.

use std::cell::{Cell, RefCell};

use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread::{self, Thread};

/// An eventfd and the epoll that one machine waits in for it.
#[derive(Debug, Default)]
pub struct EventFd {
    count: Cell<u32>,
    sleeper: RefCell<Option<Thread>>,
}

impl EventFd {
    /// Adds one to the count and wakes the sleeper.
    pub fn write(&self) {
        self.count.set(self.count.get() + 1);
        if let Some(sleeper) = self.sleeper.take() {
            sleeper.unpark();
        }
    }

    /// Sleeps until the count is not 0; clears it.
    pub fn wait(&self) {
        while self.count.get() == 0 {
            self.sleeper.replace(Some(thread::current()));
            thread::park();
        }
        self.count.set(0);
    }
}

/// A futex with one sleeper.
#[derive(Debug, Default)]
pub struct Futex {
    sleeper: RefCell<Option<Thread>>,
}

impl Futex {
    /// Sleeps until it is woken, if `word` is still `expected`.
    pub fn wait(&self, word: &AtomicU64, expected: u64) {
        // The kernel compares under its lock: it sees the newest value, as a read-modify-write does.
        if word.fetch_add(0, Ordering::Relaxed) == expected {
            self.sleeper.replace(Some(thread::current()));
            thread::park();
        }
    }

    /// Wakes the sleeper.
    pub fn wake(&self) {
        if let Some(sleeper) = self.sleeper.take() {
            sleeper.unpark();
        }
    }
}
