//! A deadline that may be changed while somebody waits under it.
//!
//! # Why
//! Go's deadlines: absolute, moved on with each message, and one that is moved to the past ends the wait at once. Moving
//! one on is a store. Who waits finds that out when the old one has come, and waits again; so only who moves one back has
//! anybody to wake.
//!
//! # How both meet
//! ```text
//!   who waits                              who changes it
//!   announce (ready_slot.rs), fence        `change`
//!   `get`: wait until then                 moved back: `call` (ready_slot.rs), which begins with a fence
//! ```
//! By invariant 4 of ready_slot.rs either `get` finds what `change` has left, or `call` finds who waits.
//!
//! # Invariant
//! 1. Of changes at the same time each knows the one before it: so if the last one moves it back, seen from what a
//!    caller may have read, then that one or one in between has called.

use super::atomic::{AtomicU64, Ordering};

/// A moment in nanoseconds; `u64::MAX` is never.
#[derive(Debug)]
pub(crate) struct Deadline {
    nanos: AtomicU64,
}

impl Deadline {
    /// None.
    pub(crate) fn new() -> Deadline {
        Deadline { nanos: AtomicU64::new(u64::MAX) }
    }

    /// For a caller that has announced its wait, or does not wait yet.
    #[inline]
    pub(crate) fn get(&self) -> u64 {
        self.nanos.load(Ordering::Relaxed)
    }

    /// Returns whether it was moved back: then those who wait are to be called.
    #[must_use]
    #[inline]
    pub(crate) fn change(&self, nanos: u64) -> bool {
        nanos < self.nanos.swap(nanos, Ordering::AcqRel)
    }
}
