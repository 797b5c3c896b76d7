//! `const` constructors. Kept apart from the protocols because loom's atomics have none.

use super::atomic::{AtomicPtr, AtomicU64, AtomicUsize};
use super::inbox::{Inbox, Link};
use super::request::{NONE, Request};
use super::spin_flag::{FREE, SpinFlag};
use super::status::Status;

impl<T> Link<T> {
    pub(crate) const fn new() -> Link<T> {
        Link { next: AtomicPtr::new(std::ptr::null_mut()) }
    }
}

impl<T> Inbox<T> {
    pub(crate) const fn new() -> Inbox<T> {
        Inbox { head: AtomicPtr::new(std::ptr::null_mut()) }
    }
}

impl Status {
    /// A place that no coroutine has.
    pub(crate) const fn vacant() -> Status {
        Status { word: AtomicU64::new(super::status::VACANT) }
    }
}

impl Request {
    pub(crate) const fn new() -> Request {
        Request { word: AtomicU64::new(NONE) }
    }
}

impl SpinFlag {
    pub(crate) const fn new() -> SpinFlag {
        SpinFlag { word: AtomicUsize::new(FREE) }
    }
}
