//! What `runtime/src/lockfree/statics.rs` has as `const`, for a request to a thread.

use super::request::{NONE, Request};
use crate::atomic::AtomicU64;

impl Request {
    pub(crate) fn new() -> Request {
        Request { word: AtomicU64::new(NONE) }
    }
}
