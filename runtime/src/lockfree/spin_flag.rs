//! A lock without a queue: one word, taken by a swap and given back by a store.
//!
//! | call | from => to |
//! |---|---|
//! | `try_take` | FREE => TAKEN |
//! | `give_back` | TAKEN => FREE |
//!
//! **Invariant:** of several callers of `try_take` one finds FREE, and it is the holder until `give_back`. What it wrote
//! before is seen by the next holder: `give_back` releases, `try_take` acquires.

use super::atomic::{AtomicUsize, Ordering};

pub(super) const FREE: usize = 0;
const TAKEN: usize = 1;

/// The word.
#[derive(Debug)]
pub(crate) struct SpinFlag {
    pub(super) word: AtomicUsize,
}

impl SpinFlag {
    /// True: the caller holds it now.
    #[inline]
    pub(crate) fn try_take(&self) -> bool {
        self.word.compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_ok() // FREE => TAKEN
    }

    /// Whether somebody seems to hold it.
    pub(crate) fn is_taken(&self) -> bool {
        self.word.load(Ordering::Relaxed) == TAKEN
    }

    /// The holder holds it no more.
    #[inline]
    pub(crate) fn give_back(&self) {
        self.word.store(FREE, Ordering::Release); // TAKEN => FREE
    }
}
