//! What `runtime/src/sync/statics.rs` has as `const`, for mutexes.

use super::mutex_word::{FREE, Queue, RawMutex};
use super::rt::{Holder, Lock, NEVER, WaitList};
use crate::atomic::AtomicUsize;

impl RawMutex {
    /// One that is handed over as soon as somebody waits, or never.
    pub(crate) fn new(hands_over: bool) -> RawMutex {
        let fair_at = if hands_over { 0 } else { NEVER };
        let queue = Lock::new(Queue { waiters: WaitList::new(), fair_at });
        RawMutex { word: AtomicUsize::new(FREE), holder: Holder::nobody(), queue }
    }
}
