//! The same names as in `runtime/src/lockfree/atomic.rs`, from loom.

pub(crate) use loom::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence};

/// No model is of x86.
pub(crate) fn fence_after_rmw() {
    fence(Ordering::SeqCst);
}

/// By a read-modify-write, which is the last of the word's values then, as the store is: loom lets a thread that has stored see a
/// read-modify-write of another one that came before.
pub(crate) fn overwrite(word: &AtomicU64, value: u64) {
    word.swap(value, Ordering::Release);
}

/// Small, so that a model can fill the ring and go round.
pub(crate) const RING_LEN: usize = 4;
