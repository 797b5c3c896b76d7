//! What `runtime/src/lockfree/statics.rs` has as `const`, for inboxes.

use std::ptr;

use super::inbox::{Inbox, Link};
use crate::atomic::AtomicPtr;

impl<T> Link<T> {
    pub(crate) fn new() -> Link<T> {
        Link { next: AtomicPtr::new(ptr::null_mut()) }
    }
}

impl<T> Inbox<T> {
    pub(crate) fn new() -> Inbox<T> {
        Inbox { head: AtomicPtr::new(ptr::null_mut()) }
    }
}
