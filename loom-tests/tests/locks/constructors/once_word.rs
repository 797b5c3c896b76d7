//! What `runtime/src/sync/statics.rs` has as `const`.

use super::once_word::{NEW, OnceWord, Queue};
use super::rt::Lock;
use crate::atomic::AtomicUsize;

impl OnceWord {
    pub(crate) fn new() -> OnceWord {
        OnceWord { word: AtomicUsize::new(NEW), queue: Lock::new(Queue::new()) }
    }
}
