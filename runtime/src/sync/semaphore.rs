//! Semaphores, and the permits that they give.

use std::fmt;
use std::time::Duration;

use super::rt::{NEVER, Wait};
use super::semaphore_word::Permits;
use crate::coroutine::cancelled::Reason;
use crate::park::ambient;
use crate::park::cancellation::{Caller, check};
use crate::park::suspension::preemption_point;
use crate::sys::clock;

/// The most permits that may be free.
const MOST: usize = usize::MAX / 4;

/// A number of permits: who has one may go on, the others wait, first come, first served.
///
/// To bound how many do something at a time. Permits come back when they are dropped; a permit may be held across a wait,
/// and dropped by another coroutine or thread. Who needs many is not passed by those who come later and need few.
///
/// A permit that is there is taken in one atomic instruction and given back in one, together about 16 ns. Giving back
/// never switches, `try_` calls neither.
///
/// # Cancellation
/// [`acquire_timeout`](Semaphore::acquire_timeout) and [`acquire_owned_timeout`](Semaphore::acquire_owned_timeout) fail
/// if the coroutine is cancelled, or past its ambient deadline; the others do not care for it.
///
/// # Panics
/// Calls that have to wait panic inside [`no_park`](crate::face::coroutine::no_park).
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::sync::Semaphore;
///
/// static AT_ONCE: Semaphore = Semaphore::new(2);
///
/// gopark::run(|| {
///     let workers: Vec<_> = (0..10)
///         .map(|_| {
///             gopark::go(|| {
///                 let _permit = AT_ONCE.acquire();
///                 gopark::yield_now(); // two at a time are here
///             })
///         })
///         .collect();
///     workers.into_iter().for_each(|worker| worker.join().unwrap());
///     assert_eq!(AT_ONCE.available(), 2);
/// });
/// ```
pub struct Semaphore {
    pub(super) permits: Permits,
}

/// Why there was no permit.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::sync::{AcquireError, Semaphore};
/// use std::time::Duration;
///
/// static NONE: Semaphore = Semaphore::new(0);
///
/// gopark::run(|| {
///     let waits = gopark::go(|| NONE.acquire_timeout(Duration::from_secs(3600)).map(drop));
///     waits.cancel();
///     assert_eq!(waits.join().unwrap(), Err(AcquireError::Cancelled));
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcquireError {
    /// The time was over, or the ambient deadline has passed.
    TimedOut,
    /// The coroutine was cancelled.
    Cancelled,
}

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AcquireError::TimedOut => "no permit became free in time",
            AcquireError::Cancelled => "cancelled while waiting for a permit",
        })
    }
}

impl std::error::Error for AcquireError {}

impl Semaphore {
    /// One with so many permits.
    ///
    /// # Panics
    /// If these are more than `usize::MAX / 4`.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let semaphore = gopark::sync::Semaphore::new(2);
    /// assert_eq!(semaphore.available(), 2);
    /// assert!(std::panic::catch_unwind(|| gopark::sync::Semaphore::new(usize::MAX)).is_err());
    /// ```
    #[must_use]
    pub const fn new(permits: usize) -> Semaphore {
        assert!(permits <= MOST, "too many permits");
        Semaphore { permits: Permits::new(permits) }
    }

    /// Adds so many permits to those that there are. Never switches.
    ///
    /// # Panics
    /// If more than `usize::MAX / 4` are free then.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let semaphore = gopark::sync::Semaphore::new(0);
    /// gopark::run(|| {
    ///     gopark::scope(|s| {
    ///         s.go(|| semaphore.acquire().forget()); // waits
    ///         semaphore.add_permits(3);
    ///     });
    /// });
    /// assert_eq!(semaphore.available(), 2);
    /// ```
    pub fn add_permits(&self, many: usize) {
        assert!(many <= MOST && self.permits.count() <= MOST - many, "too many permits");
        self.permits.put(many);
    }

    /// How many permits are free at the moment.
    #[must_use]
    pub fn available(&self) -> usize {
        self.permits.count()
    }

    #[inline]
    pub(super) fn take(&self, many: usize) {
        preemption_point();
        if !self.permits.try_take(many) {
            self.permits.take_contended(many, Wait::Plain, NEVER, || false);
        }
    }

    pub(super) fn take_timeout(&self, many: usize, timeout: Duration) -> Result<(), AcquireError> {
        let caller = Caller::enter().map_err(AcquireError::from)?;
        if self.permits.try_take(many) {
            caller.leave();
            return Ok(());
        }
        let stopped = std::cell::Cell::new(None);
        let is_stopped = || {
            stopped.set(check().err());
            stopped.get().is_some()
        };
        let deadline = ambient::bounds().limit(clock::after(timeout));
        match self.permits.take_contended(many, Wait::Open, deadline, is_stopped) {
            true => Ok(()),
            false => Err(stopped.get().map_or(AcquireError::TimedOut, AcquireError::from)),
        }
    }
}

impl From<Reason> for AcquireError {
    fn from(reason: Reason) -> AcquireError {
        match reason {
            Reason::Cancelled => AcquireError::Cancelled,
            Reason::DeadlineExceeded => AcquireError::TimedOut,
        }
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore").field("available", &self.available()).finish()
    }
}
