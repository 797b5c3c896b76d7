//! Blocking-style I/O on descriptors that must not block: what `gopark-net` stands on.

use std::error::Error;
use std::{io, iter};

use crate::coroutine::cancelled::{Cancelled, Reason};
use crate::park::cancellation;
use crate::spawn::current_scheduler;
use crate::sys::disposition;

mod appointment;
mod asking;
mod direction;
mod limits;
mod on_thread;
mod readiness;
mod source;

pub use appointment::{on_readable, when_ready};
pub use direction::Direction;
pub use limits::{Deadline, Limits};
pub(crate) use readiness::Readiness;
pub use readiness::Selectable;
pub use source::Source;

/// What a call that can fail asks before it begins; [`Source`] does so itself.
///
/// # Errors
/// The running coroutine was cancelled: kind `Other`; or its ambient deadline has passed: kind `TimedOut`. Both have
/// [`Cancelled`] as their source.
pub fn check_cancelled() -> io::Result<()> {
    cancellation::check().map_err(|reason| match reason {
        Reason::Cancelled => io::Error::other(Cancelled),
        Reason::DeadlineExceeded => io::Error::new(io::ErrorKind::TimedOut, Cancelled),
    })
}

/// Whether `error` says that the coroutine was cancelled: a call on a socket has failed for that reason, which may stand
/// behind others ([`source`](std::error::Error::source)).
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let error = std::io::Error::other(gopark::Cancelled);
/// assert!(gopark::is_cancelled(&error) && !gopark::is_timeout(&error));
/// ```
pub fn is_cancelled(error: &io::Error) -> bool {
    let is_it = |inside: &(dyn Error + 'static)| {
        inside.is::<Cancelled>() || inside.downcast_ref().is_some_and(is_cancelled)
    };
    let inside = error.get_ref().map(|inside| inside as &(dyn Error + 'static));
    error.kind() != io::ErrorKind::TimedOut && iter::successors(inside, |&inside| inside.source()).any(is_it)
}

/// Whether a runtime is current, in which coroutines can begin.
pub fn has_runtime() -> bool {
    current_scheduler().is_some()
}

/// Whether SIGPIPE ends the process now. One system call.
pub fn sigpipe_kills() -> bool {
    disposition::is_default(libc::SIGPIPE)
}

/// Whether `error` says that a deadline has passed: the ambient one, one of the socket's, or that of a peer that does
/// not answer. A read timeout is none of these: it answers `WouldBlock`, as std does.
///
/// ```
/// assert!(gopark_runtime::face::is_timeout(&std::io::ErrorKind::TimedOut.into()));
/// ```
pub fn is_timeout(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut
}
