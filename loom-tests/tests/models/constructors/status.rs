//! What `runtime/src/lockfree/statics.rs` has as `const`, for status words.

use super::status::{Status, VACANT};
use crate::atomic::AtomicU64;

impl Status {
    pub(crate) fn vacant() -> Status {
        Status { word: AtomicU64::new(VACANT) }
    }
}
