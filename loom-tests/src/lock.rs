//! The lock of a list, as `runtime/src/wait/spin.rs` offers it.

use loom::sync::{Mutex, MutexGuard};

/// Who has it.
pub type Guard<'a, T> = MutexGuard<'a, T>;

/// Data behind it. Unlike a [`Section`](crate::section::Section) it can be held while others run.
#[derive(Debug)]
pub struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    /// An open one.
    pub fn new(data: T) -> Lock<T> {
        Lock(Mutex::new(data))
    }

    /// Waits until it is open, and closes it.
    ///
    /// # Panics
    /// If whoever had it has panicked.
    pub fn lock(&self) -> Guard<'_, T> {
        self.0.lock().expect("no panic")
    }
}
