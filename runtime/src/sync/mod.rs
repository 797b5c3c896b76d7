//! Locks and what else coroutines and threads wait for each other with.
//!
//! A protocol has a file of its own (`mutex_word`), which knows of the runtime what is in `rt` and takes its atomics
//! from `atomic`: the loom models put their own in these places. What users see stands beside it (`mutex`).
//!
//! **Invariant:** giving back, telling and dropping never switch; what waits does so by way of `park/waiter.rs`, and one
//! whose runtime has stopped passes on what it was given meanwhile.

mod mutex;
mod mutex_word;
mod rt;
mod statics;

use crate::lockfree::atomic;

pub use mutex::{ArcMutexGuard, MappedMutexGuard, Mutex, MutexGuard};
pub use mutex_word::RawMutex;
