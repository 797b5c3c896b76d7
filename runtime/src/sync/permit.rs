//! What a semaphore gives, and takes back.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::semaphore::{AcquireError, Semaphore};
use crate::live::things::{self, Kind, Noted};

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
    /// Among the things that are alive.
    _noted: Noted,
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
    _noted: Noted,
}

impl Semaphore {
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
    #[track_caller]
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
    #[track_caller]
    pub fn acquire_many(&self, many: usize) -> Permit<'_> {
        self.take(many);
        self.permit(many)
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
    #[track_caller]
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
    #[track_caller]
    pub fn try_acquire_many(&self, many: usize) -> Option<Permit<'_>> {
        if self.permits.try_take(many) { Some(self.permit(many)) } else { None }
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
    #[track_caller]
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<Permit<'_>, AcquireError> {
        self.take_timeout(1, timeout)?;
        Ok(self.permit(1))
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
    #[track_caller]
    pub fn acquire_owned(self: &Arc<Self>) -> OwnedPermit {
        self.take(1);
        self.owned_permit()
    }

    /// As [`try_acquire`](Semaphore::try_acquire), with a share of the semaphore.
    #[track_caller]
    pub fn try_acquire_owned(self: &Arc<Self>) -> Option<OwnedPermit> {
        if self.permits.try_take(1) { Some(self.owned_permit()) } else { None }
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
    #[track_caller]
    pub fn acquire_owned_timeout(self: &Arc<Self>, timeout: Duration) -> Result<OwnedPermit, AcquireError> {
        self.take_timeout(1, timeout)?;
        Ok(self.owned_permit())
    }

    /// What was taken.
    #[track_caller]
    #[inline]
    fn permit(&self, many: usize) -> Permit<'_> {
        Permit { semaphore: self, many, _noted: self.note(many) }
    }

    #[track_caller]
    fn owned_permit(self: &Arc<Self>) -> OwnedPermit {
        OwnedPermit { semaphore: self.clone(), many: 1, _noted: self.note(1) }
    }

    #[track_caller]
    #[inline]
    fn note(&self, many: usize) -> Noted {
        let semaphore = std::ptr::from_ref(self).addr();
        things::note(|| Kind::Permits { semaphore, many }, Location::caller())
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
