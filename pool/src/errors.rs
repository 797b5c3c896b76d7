//! Why a task was not taken; each gives it back.

use std::error::Error;
use std::fmt;

use crate::room::Refusal;

/// [`try_submit`](crate::Pool::try_submit) has not taken a task, which is in here.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark_pool::{Pool, TrySubmitError};
///
/// gopark::run(|| {
///     let pool = Pool::builder().workers(1).queue(0).build();
///     let busy = pool.submit(gopark::coroutine::park);
///     match pool.try_submit(|| 7) {
///         Err(TrySubmitError::Full(task)) => assert_eq!(task(), 7), // done here then
///         other => panic!("{other:?}"),
///     }
///     busy.coroutine().unpark();
/// });
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrySubmitError<F> {
    /// Every place is taken, and the queue is full.
    Full(F),
    /// The oldest task in the queue has waited for longer than the pool allows.
    Overloaded(F),
    /// The pool is closed.
    Closed(F),
}

/// [`submit_timeout`](crate::Pool::submit_timeout) has not taken a task, which is in here.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark_pool::Pool;
/// use std::time::Duration;
///
/// gopark::run(|| {
///     let pool = Pool::builder().workers(1).queue(0).build();
///     let busy = pool.submit(gopark::coroutine::park);
///     let refused = pool.submit_timeout(Duration::from_millis(1), || 7).unwrap_err();
///     assert!(refused.is_timeout());
///     assert_eq!(refused.into_inner()(), 7);
///     busy.coroutine().unpark();
/// });
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubmitTimeoutError<F> {
    /// There was no room in time; or the caller is cancelled or past its ambient deadline, which
    /// `coroutine::cancelled` tells.
    Timeout(F),
    /// The oldest task in the queue has waited for longer than the pool allows.
    Overloaded(F),
    /// The pool is closed.
    Closed(F),
}

impl<F> TrySubmitError<F> {
    pub(crate) fn new(refusal: Refusal, task: F) -> TrySubmitError<F> {
        match refusal {
            Refusal::Full => TrySubmitError::Full(task),
            Refusal::Overloaded => TrySubmitError::Overloaded(task),
            Refusal::Closed => TrySubmitError::Closed(task),
        }
    }

    /// The task.
    ///
    /// ```
    /// assert_eq!(gopark_pool::TrySubmitError::Full(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> F {
        match self {
            TrySubmitError::Full(task) | TrySubmitError::Overloaded(task) | TrySubmitError::Closed(task) => {
                task
            }
        }
    }

    /// Whether there was no room.
    ///
    /// ```
    /// assert!(gopark_pool::TrySubmitError::Full(()).is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        matches!(self, TrySubmitError::Full(_))
    }

    /// Whether the oldest in the queue had waited too long.
    ///
    /// ```
    /// assert!(gopark_pool::TrySubmitError::Overloaded(()).is_overloaded());
    /// ```
    pub fn is_overloaded(&self) -> bool {
        matches!(self, TrySubmitError::Overloaded(_))
    }

    /// Whether the pool is closed.
    ///
    /// ```
    /// assert!(gopark_pool::TrySubmitError::Closed(()).is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        matches!(self, TrySubmitError::Closed(_))
    }

    fn says(&self) -> &'static str {
        match self {
            TrySubmitError::Full(_) => "the pool is full",
            TrySubmitError::Overloaded(_) => "the pool is overloaded: its oldest task has waited too long",
            TrySubmitError::Closed(_) => "the pool is closed",
        }
    }
}

impl<F> SubmitTimeoutError<F> {
    pub(crate) fn new(refusal: Refusal, task: F) -> SubmitTimeoutError<F> {
        match refusal {
            Refusal::Full => SubmitTimeoutError::Timeout(task),
            Refusal::Overloaded => SubmitTimeoutError::Overloaded(task),
            Refusal::Closed => SubmitTimeoutError::Closed(task),
        }
    }

    /// The task.
    ///
    /// ```
    /// assert_eq!(gopark_pool::SubmitTimeoutError::Timeout(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> F {
        match self {
            SubmitTimeoutError::Timeout(task)
            | SubmitTimeoutError::Overloaded(task)
            | SubmitTimeoutError::Closed(task) => task,
        }
    }

    /// Whether there was no room in time.
    ///
    /// ```
    /// assert!(gopark_pool::SubmitTimeoutError::Timeout(()).is_timeout());
    /// ```
    pub fn is_timeout(&self) -> bool {
        matches!(self, SubmitTimeoutError::Timeout(_))
    }

    /// Whether the pool is closed.
    ///
    /// ```
    /// assert!(gopark_pool::SubmitTimeoutError::Closed(()).is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        matches!(self, SubmitTimeoutError::Closed(_))
    }

    fn says(&self) -> &'static str {
        match self {
            SubmitTimeoutError::Timeout(_) => "the pool was full for too long",
            SubmitTimeoutError::Overloaded(_) => {
                "the pool is overloaded: its oldest task has waited too long"
            }
            SubmitTimeoutError::Closed(_) => "the pool is closed",
        }
    }
}

impl<F> fmt::Debug for TrySubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            TrySubmitError::Full(_) => "Full(..)",
            TrySubmitError::Overloaded(_) => "Overloaded(..)",
            TrySubmitError::Closed(_) => "Closed(..)",
        };
        f.write_str(name)
    }
}

impl<F> fmt::Debug for SubmitTimeoutError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            SubmitTimeoutError::Timeout(_) => "Timeout(..)",
            SubmitTimeoutError::Overloaded(_) => "Overloaded(..)",
            SubmitTimeoutError::Closed(_) => "Closed(..)",
        };
        f.write_str(name)
    }
}

impl<F> fmt::Display for TrySubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.says())
    }
}

impl<F> fmt::Display for SubmitTimeoutError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.says())
    }
}

impl<F> Error for TrySubmitError<F> {}

impl<F> Error for SubmitTimeoutError<F> {}
