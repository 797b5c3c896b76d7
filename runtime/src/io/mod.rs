//! Blocking-style I/O on descriptors that must not block: what `gopark-net` stands on.

use std::io;

use crate::park::cancellation;

mod direction;
mod on_thread;
mod source;

pub use direction::Direction;
pub use source::Source;

/// What a call that can fail asks before it begins; [`Source`] does so itself.
///
/// # Errors
/// The running coroutine was cancelled: kind `Other`, with [`Cancelled`](crate::face::Cancelled) as its source.
pub fn check_cancelled() -> io::Result<()> {
    cancellation::check_cancelled().map_err(io::Error::other)
}
