//! Threads that go on until another one has had enough, or has failed.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

/// Whether it is enough.
#[derive(Default)]
pub(crate) struct Enough(AtomicBool);

/// When this is dropped it is.
pub(crate) struct Going<'a>(&'a Enough);

impl Enough {
    pub(crate) fn not_yet(&self) -> Going<'_> {
        Going(self)
    }

    pub(crate) fn is_it(&self) -> bool {
        self.0.load(SeqCst)
    }
}

impl Drop for Going<'_> {
    fn drop(&mut self) {
        self.0.0.store(true, SeqCst);
    }
}
