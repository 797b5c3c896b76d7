//! The error of what was cancelled.

use std::error::Error;
use std::fmt;

/// The coroutine, or the call, was cancelled, or is past its ambient deadline.
///
/// [`JoinHandle::join`](crate::face::coroutine::JoinHandle::join) answers `Err(Box<Cancelled>)` for a coroutine whose
/// runtime stopped before it could start or end.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// gopark::run(|| {
///     let sleeper = gopark::go(|| gopark::time::try_sleep(std::time::Duration::from_secs(3600)));
///     sleeper.cancel();
///     let error = sleeper.join().unwrap().unwrap_err();
///     assert_eq!(error, gopark::Cancelled);
///     assert_eq!(error.to_string(), "cancelled");
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

/// Why a coroutine was cancelled, as [`cancelled`](crate::face::coroutine::cancelled) tells.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::coroutine::{Reason, cancelled};
///
/// gopark::run(|| {
///     let worker = gopark::go(|| loop {
///         if let Some(reason) = cancelled() {
///             break reason;
///         }
///         gopark::yield_now();
///     });
///     worker.cancel();
///     assert_eq!(worker.join().unwrap(), Reason::Cancelled);
///     assert_eq!(gopark::with_timeout(std::time::Duration::ZERO, cancelled), Some(Reason::DeadlineExceeded));
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// By [`JoinHandle::cancel`](crate::face::coroutine::JoinHandle::cancel), or because its runtime stops; or the
    /// [`Context`](crate::face::Context) inside which the question is asked was cancelled.
    Cancelled,
    /// The deadline of [`with_deadline`](crate::face::with_deadline) or [`with_timeout`](crate::face::with_timeout), or
    /// of a context, inside which the question is asked, has passed.
    DeadlineExceeded,
}

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cancelled")
    }
}

impl Error for Cancelled {}
