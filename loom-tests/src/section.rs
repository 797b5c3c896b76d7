//! A lock whose critical sections are short.

use std::cell::RefCell;

use loom::sync::atomic::{AtomicUsize, Ordering};

/// Data under a lock. To loom it is one step: at the entrance another thread may go first, and from there to the
/// exit none runs. So nobody ever waits for it, and it cannot be part of a deadlock.
#[derive(Debug, Default)]
pub struct Section<T> {
    entries: AtomicUsize,
    data: RefCell<T>,
}

impl<T> Section<T> {
    /// Runs `inside`, which must not use loom's atomics: others would get in.
    ///
    /// # Panics
    /// If it does, and one gets in.
    pub fn with<R>(&self, inside: impl FnOnce(&mut T) -> R) -> R {
        // Acquires what the one before has released, and releases to the one behind.
        self.entries.fetch_add(1, Ordering::AcqRel);
        inside(&mut self.data.borrow_mut())
    }

    /// Reads what nobody else can change at present: no step at all.
    pub fn peek<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.data.borrow())
    }
}
