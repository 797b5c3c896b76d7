//! What the protocols use of `std::sync::atomic`. `loom-tests` has a file of the same name with loom's.

pub(crate) use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence};

/// Places in a ring of fresh coroutines. A model shrinks it; a power of two.
pub(crate) const RING_LEN: usize = 256;
