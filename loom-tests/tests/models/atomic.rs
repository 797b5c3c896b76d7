//! The same names as in `runtime/src/lockfree/atomic.rs`, from loom.

pub(crate) use loom::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence};

/// No model is of x86.
pub(crate) fn fence_after_rmw() {
    fence(Ordering::SeqCst);
}

/// Small, so that a model can fill the ring and go round.
pub(crate) const RING_LEN: usize = 4;
