//! `const` constructors. Kept apart from the protocols because loom's atomics have none.

use super::atomic::AtomicUsize;
use super::mutex_word::{FREE, Queue, RawMutex};
use super::rt::Lock;

impl RawMutex {
    pub(super) const fn new() -> RawMutex {
        RawMutex { word: AtomicUsize::new(FREE), queue: Lock::new(Queue::new()) }
    }
}
