//! Semaphores, and the permits that they give.

use std::fmt;
use std::sync::Arc;
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
    permits: Permits,
}

/// Permits of a [`Semaphore`], which come back when this is dropped.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let semaphore = gopark::sync::Semaphore::new(3);
/// let permit = semaphore.acquire_many(2);
/// assert_eq!(semaphore.available(), 1);
/// drop(permit);
/// assert_eq!(semaphore.available(), 3);
/// ```
#[must_use = "the permit comes back when this is dropped"]
#[derive(Debug)]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
    many: usize,
}

/// Permits of a [`Semaphore`], with a share of it: they can be sent where it is not.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::sync::{OwnedPermit, Semaphore};
/// use std::sync::Arc;
///
/// struct Connection(OwnedPermit);
///
/// let semaphore = Arc::new(Semaphore::new(1));
/// let connection = Connection(semaphore.acquire_owned());
/// assert!(Arc::ptr_eq(connection.0.semaphore(), &semaphore));
/// drop(connection);
/// assert_eq!(semaphore.available(), 1);
/// ```
#[must_use = "the permit comes back when this is dropped"]
#[derive(Debug)]
pub struct OwnedPermit {
    semaphore: Arc<Semaphore>,
    many: usize,
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

    /// Waits for a permit.
    ///
    /// # Panics
    /// Inside `no_park`, if it has to wait.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let semaphore = gopark::sync::Semaphore::new(1);
    /// gopark::run(|| {
    ///     gopark::scope(|s| {
    ///         let permit = semaphore.acquire();
    ///         let next = s.go(|| drop(semaphore.acquire())); // waits for the first one
    ///         assert_eq!(semaphore.available(), 0);
    ///         drop(permit);
    ///         next.join().unwrap();
    ///     });
    /// });
    /// ```
    #[inline]
    pub fn acquire(&self) -> Permit<'_> {
        self.acquire_many(1)
    }

    /// Waits for so many permits, and takes them together. For ever, if there will never be so many.
    ///
    /// # Panics
    /// As [`acquire`](Semaphore::acquire).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let semaphore = gopark::sync::Semaphore::new(3);
    /// let all = semaphore.acquire_many(3);
    /// assert!(semaphore.try_acquire().is_none());
    /// drop(all);
    /// assert_eq!(semaphore.available(), 3);
    /// ```
    #[inline]
    pub fn acquire_many(&self, many: usize) -> Permit<'_> {
        self.take(many);
        Permit { semaphore: self, many }
    }

    /// Takes a permit if one is there and nobody waits.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let semaphore = gopark::sync::Semaphore::new(1);
    /// let permit = semaphore.try_acquire();
    /// assert!(permit.is_some() && semaphore.try_acquire().is_none());
    /// ```
    #[inline]
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.try_acquire_many(1)
    }

    /// Takes so many permits if they are there and nobody waits.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let semaphore = gopark::sync::Semaphore::new(2);
    /// assert!(semaphore.try_acquire_many(3).is_none());
    /// assert!(semaphore.try_acquire_many(2).is_some());
    /// ```
    #[inline]
    pub fn try_acquire_many(&self, many: usize) -> Option<Permit<'_>> {
        self.permits.try_take(many).then(|| Permit { semaphore: self, many })
    }

    /// Waits for a permit, for `timeout` at most.
    ///
    /// # Errors
    /// The time was over, or the coroutine is cancelled or past its ambient deadline. A permit that was given before
    /// one of these is returned; one that is there is taken, whatever the timeout, but not by a coroutine that was
    /// cancelled before.
    ///
    /// # Panics
    /// As [`acquire`](Semaphore::acquire).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::sync::{AcquireError, Semaphore};
    /// use std::time::Duration;
    ///
    /// let semaphore = Semaphore::new(1);
    /// let permit = semaphore.acquire_timeout(Duration::ZERO);
    /// let late = semaphore.acquire_timeout(Duration::from_millis(1));
    /// assert_eq!(late.unwrap_err(), AcquireError::TimedOut);
    /// assert!(permit.is_ok());
    /// ```
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<Permit<'_>, AcquireError> {
        self.take_timeout(1, timeout)?;
        Ok(Permit { semaphore: self, many: 1 })
    }

    /// As [`acquire`](Semaphore::acquire), with a share of the semaphore.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let semaphore = std::sync::Arc::new(gopark::sync::Semaphore::new(1));
    /// gopark::run(|| {
    ///     let permit = semaphore.acquire_owned();
    ///     gopark::go(move || drop(permit)).join().unwrap();
    ///     assert_eq!(semaphore.available(), 1);
    /// });
    /// ```
    pub fn acquire_owned(self: &Arc<Self>) -> OwnedPermit {
        self.take(1);
        OwnedPermit { semaphore: self.clone(), many: 1 }
    }

    /// As [`try_acquire`](Semaphore::try_acquire), with a share of the semaphore.
    pub fn try_acquire_owned(self: &Arc<Self>) -> Option<OwnedPermit> {
        self.permits.try_take(1).then(|| OwnedPermit { semaphore: self.clone(), many: 1 })
    }

    /// As [`acquire_timeout`](Semaphore::acquire_timeout), with a share of the semaphore.
    ///
    /// # Errors
    /// As there.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::sync::{AcquireError, Semaphore};
    ///
    /// let semaphore = std::sync::Arc::new(Semaphore::new(0));
    /// let late = semaphore.acquire_owned_timeout(std::time::Duration::from_millis(1));
    /// assert_eq!(late.unwrap_err(), AcquireError::TimedOut);
    /// ```
    pub fn acquire_owned_timeout(self: &Arc<Self>, timeout: Duration) -> Result<OwnedPermit, AcquireError> {
        self.take_timeout(1, timeout)?;
        Ok(OwnedPermit { semaphore: self.clone(), many: 1 })
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
    fn take(&self, many: usize) {
        preemption_point();
        if !self.permits.try_take(many) {
            self.permits.take_contended(many, Wait::Plain, NEVER, || false);
        }
    }

    fn take_timeout(&self, many: usize, timeout: Duration) -> Result<(), AcquireError> {
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

impl Permit<'_> {
    /// The permit does not come back: there is one less from now on.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let semaphore = gopark::sync::Semaphore::new(2);
    /// semaphore.acquire().forget();
    /// assert_eq!(semaphore.available(), 1);
    /// ```
    pub fn forget(mut self) {
        self.many = 0;
    }
}

impl Drop for Permit<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.many > 0 {
            self.semaphore.permits.put(self.many);
        }
    }
}

impl OwnedPermit {
    /// The permit does not come back: there is one less from now on.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let semaphore = std::sync::Arc::new(gopark::sync::Semaphore::new(2));
    /// semaphore.acquire_owned().forget();
    /// assert_eq!(semaphore.available(), 1);
    /// ```
    pub fn forget(mut self) {
        self.many = 0;
    }

    /// Whose permit it is.
    #[must_use]
    pub fn semaphore(&self) -> &Arc<Semaphore> {
        &self.semaphore
    }
}

impl Drop for OwnedPermit {
    fn drop(&mut self) {
        if self.many > 0 {
            self.semaphore.permits.put(self.many);
        }
    }
}
