//! A ring that overflows and goes round all the time.

mod atomic {
    pub(crate) use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

    pub(crate) const RING_LEN: usize = 4;
}

#[allow(
    unfulfilled_lint_expectations,
    reason = "what is said of the size of a ring is not true of a small one"
)]
#[path = "../../../runtime/src/lockfree/run_queue.rs"]
mod run_queue;

#[path = "sequences.rs"]
mod sequences;
