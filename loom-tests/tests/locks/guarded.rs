//! What locks are for: data that loom watches.

use loom::cell::UnsafeCell;

/// Data that one at a time may change; loom fails if two do, or if one has not seen what another has done.
pub(crate) struct Guarded {
    data: UnsafeCell<usize>,
}

impl Guarded {
    pub(crate) fn new() -> Guarded {
        Guarded { data: UnsafeCell::new(0) }
    }

    pub(crate) fn add(&self) {
        // SAFETY: loom checks it.
        self.data.with_mut(|data| unsafe { *data += 1 });
    }

    pub(crate) fn get(&self) -> usize {
        // SAFETY: loom checks it.
        self.data.with(|data| unsafe { *data })
    }
}
