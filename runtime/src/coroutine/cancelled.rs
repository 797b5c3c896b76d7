//! The error of what was cancelled.

use std::error::Error;
use std::fmt;

/// The coroutine, or the call, was cancelled.
///
/// [`JoinHandle::join`](crate::face::coroutine::JoinHandle::join) answers `Err(Box<Cancelled>)` for a coroutine whose
/// runtime stopped before it could start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cancelled")
    }
}

impl Error for Cancelled {}
