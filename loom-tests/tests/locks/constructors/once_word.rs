//! What `runtime/src/sync/statics.rs` has as `const`.

use super::once_word::{NEW, OnceWord, Queue};
use super::rt::{Holder, Lock};
use crate::atomic::AtomicUsize;

impl OnceWord {
    pub(crate) fn new() -> OnceWord {
        OnceWord { word: AtomicUsize::new(NEW), holder: Holder::nobody(), queue: Lock::new(Queue::new()) }
    }
}
