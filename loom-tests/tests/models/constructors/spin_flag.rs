//! What `runtime/src/lockfree/statics.rs` has as `const`, for the lock of a channel.

use super::spin_flag::{FREE, SpinFlag};
use crate::atomic::AtomicUsize;

impl SpinFlag {
    pub(crate) fn new() -> SpinFlag {
        SpinFlag { word: AtomicUsize::new(FREE) }
    }
}
