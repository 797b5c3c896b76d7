//! The same names as in `runtime/src/lockfree/atomic.rs`, from loom.

pub(crate) use loom::sync::atomic::{AtomicUsize, Ordering};
