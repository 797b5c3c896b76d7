//! What `runtime/src/sync/statics.rs` has as `const`, for those who wait to be told.

use super::listeners::{Listeners, Queue};
use super::rt::Lock;
use crate::atomic::AtomicUsize;

impl Listeners {
    pub(crate) fn new() -> Listeners {
        Listeners { has_any: AtomicUsize::new(0), queue: Lock::new(Queue::new()) }
    }
}
