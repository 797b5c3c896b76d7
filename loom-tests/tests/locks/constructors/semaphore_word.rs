//! What `runtime/src/sync/statics.rs` has as `const`, for permits.

use super::rt::{Lock, WaitList};
use super::semaphore_word::{ONE, Permits};
use crate::atomic::AtomicUsize;

impl Permits {
    pub(crate) fn new(many: usize) -> Permits {
        Permits { word: AtomicUsize::new(many * ONE), waiters: Lock::new(WaitList::new()) }
    }
}
