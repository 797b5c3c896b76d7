//! What `runtime/src/sync/statics.rs` has as `const`.

use super::rt::{Holder, Lock};
use super::rwlock_word::{FREE, Queue, RawRwLock};
use crate::atomic::AtomicUsize;

impl RawRwLock {
    pub(crate) fn new() -> RawRwLock {
        RawRwLock { word: AtomicUsize::new(FREE), holder: Holder::nobody(), queue: Lock::new(Queue::new()) }
    }
}
