//! What the protocols use of `std::sync::atomic`. `loom-tests` has a file of the same name with loom's.

pub(crate) use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence};

/// A sequentially consistent fence, right after a read-modify-write. On x86 that is one already: locked instructions are
/// ordered with all loads and stores (Intel SDM volume 3, 10.2.3.9).
#[inline]
pub(crate) fn fence_after_rmw() {
    if cfg!(any(target_arch = "x86", target_arch = "x86_64")) {
        std::sync::atomic::compiler_fence(Ordering::SeqCst);
    } else {
        fence(Ordering::SeqCst);
    }
}

/// Stores `value`, which releases, by the only one who may change what matters in `word`: read-modify-writes of others come
/// before it in the order of the word's values, and are overwritten, or after it, and see it.
#[inline]
pub(crate) fn overwrite(word: &AtomicU64, value: u64) {
    word.store(value, Ordering::Release);
}

/// Places in a ring of fresh coroutines. A model shrinks it; a power of two.
pub(crate) const RING_LEN: usize = 256;
