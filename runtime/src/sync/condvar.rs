//! Condition variables, with `parking_lot`'s names.
#![allow(unsafe_code)]

use std::fmt;
use std::time::{Duration, Instant};

use lock_api::RawMutex as _;

use super::listeners::Listeners;
use super::mutex::MutexGuard;
use super::mutex_word::RawMutex;
use crate::sys::clock::{self, NEVER, Nanos};

/// A condition that is waited for with a [`Mutex`](super::Mutex): waiting gives the mutex back, and takes it again
/// afterwards.
///
/// Who waits leaves its worker to others. Who has waited longest is told first. Telling never switches, needs no lock,
/// and costs one load if nobody waits. No wait ends by itself, except by its time.
///
/// `wait` does not care for cancellation, and neither do the timed calls: they wait until their time is over. The mutex
/// takes as long as it takes.
///
/// # Panics
/// Waiting panics if others wait with another mutex at the same time, and inside
/// [`no_park`](crate::face::coroutine::no_park); the mutex is held then as before.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::sync::{Condvar, Mutex};
/// use std::sync::Arc;
///
/// gopark::run(|| {
///     let shared = Arc::new((Mutex::new(false), Condvar::new()));
///     let sets = shared.clone();
///     gopark::go(move || {
///         *sets.0.lock() = true;
///         sets.1.notify_one();
///     });
///     let mut is_set = shared.0.lock();
///     shared.1.wait_while(&mut is_set, |is_set| !*is_set);
///     assert!(*is_set);
/// });
/// ```
pub struct Condvar {
    listeners: Listeners,
}

/// Whether a wait has ended because its time was over.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::sync::{Condvar, Mutex};
///
/// let (lock, told) = (Mutex::new(()), Condvar::new());
/// let result = told.wait_for(&mut lock.lock(), std::time::Duration::from_millis(1));
/// assert!(result.timed_out());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// Whether the time was over. Then nobody has told it.
    #[must_use]
    pub fn timed_out(self) -> bool {
        self.0
    }
}

impl Condvar {
    /// One for which nobody waits.
    #[must_use]
    pub const fn new() -> Condvar {
        Condvar { listeners: Listeners::new() }
    }

    /// Ends the wait of the one who has waited longest. False: nobody waits. Never switches.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::sync::{Condvar, Mutex};
    ///
    /// gopark::run(|| {
    ///     let (ready, told) = (Mutex::new(false), Condvar::new());
    ///     assert!(!told.notify_one()); // nobody waits, and it is not kept for later
    ///     gopark::scope(|s| {
    ///         let mut is_ready = ready.lock();
    ///         s.go(|| {
    ///             *ready.lock() = true;
    ///             assert!(told.notify_one());
    ///         });
    ///         told.wait(&mut is_ready);
    ///         assert!(*is_ready);
    ///     });
    /// });
    /// ```
    #[inline]
    pub fn notify_one(&self) -> bool {
        self.listeners.tell_one()
    }

    /// Ends the waits of all who wait now, and tells how many they were. Never switches.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::sync::{Condvar, Mutex};
    ///
    /// gopark::run(|| {
    ///     let (waiting, told) = (Mutex::new(0), Condvar::new());
    ///     gopark::scope(|s| {
    ///         for _ in 0..2 {
    ///             s.go(|| {
    ///                 let mut waiting = waiting.lock();
    ///                 *waiting += 1;
    ///                 told.wait(&mut waiting);
    ///             });
    ///         }
    ///         while *waiting.lock() < 2 {
    ///             gopark::yield_now();
    ///         }
    ///         assert_eq!(told.notify_all(), 2);
    ///     });
    /// });
    /// ```
    #[inline]
    pub fn notify_all(&self) -> usize {
        self.listeners.tell_all()
    }

    /// Gives the mutex back, waits until told, and takes the mutex again.
    ///
    /// # Panics
    /// See [`Condvar`].
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::sync::{Condvar, Mutex};
    ///
    /// gopark::run(|| {
    ///     let (jobs, told) = (Mutex::new(Vec::new()), Condvar::new());
    ///     gopark::scope(|s| {
    ///         s.go(|| {
    ///             jobs.lock().push("a job");
    ///             told.notify_one();
    ///         });
    ///         let mut jobs = jobs.lock();
    ///         while jobs.is_empty() {
    ///             told.wait(&mut jobs);
    ///         }
    ///         assert_eq!(jobs.pop(), Some("a job"));
    ///     });
    /// });
    /// ```
    pub fn wait<T: ?Sized>(&self, guard: &mut MutexGuard<'_, T>) {
        self.wait_with(guard, NEVER);
    }

    /// As [`wait`](Condvar::wait), until `timeout` at most.
    ///
    /// # Panics
    /// See [`Condvar`].
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::sync::{Condvar, Mutex};
    /// use std::time::{Duration, Instant};
    ///
    /// let (lock, told) = (Mutex::new(()), Condvar::new());
    /// let until = Instant::now() + Duration::from_millis(1);
    /// assert!(told.wait_until(&mut lock.lock(), until).timed_out());
    /// assert!(Instant::now() >= until);
    /// ```
    pub fn wait_until<T: ?Sized>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        timeout: Instant,
    ) -> WaitTimeoutResult {
        self.wait_with(guard, clock::at(timeout))
    }

    /// As [`wait`](Condvar::wait), for `timeout` at most.
    ///
    /// # Panics
    /// See [`Condvar`].
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::sync::{Condvar, Mutex};
    ///
    /// let (count, told) = (Mutex::new(1), Condvar::new());
    /// let mut guard = count.lock();
    /// assert!(told.wait_for(&mut guard, std::time::Duration::from_millis(1)).timed_out());
    /// *guard += 1; // the mutex is held again
    /// assert!(count.is_locked());
    /// ```
    pub fn wait_for<T: ?Sized>(&self, guard: &mut MutexGuard<'_, T>, timeout: Duration) -> WaitTimeoutResult {
        self.wait_with(guard, clock::after(timeout))
    }

    /// Waits until `condition` is false: looks at once, and whenever told.
    ///
    /// # Panics
    /// If `condition` does, and see [`Condvar`].
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::sync::{Condvar, Mutex};
    ///
    /// let (count, told) = (Mutex::new(3), Condvar::new());
    /// gopark::run(|| {
    ///     gopark::scope(|s| {
    ///         for _ in 0..3 {
    ///             s.go(|| {
    ///                 *count.lock() -= 1;
    ///                 told.notify_one();
    ///             });
    ///         }
    ///         told.wait_while(&mut count.lock(), |count| *count > 0);
    ///         assert_eq!(*count.lock(), 0);
    ///     });
    /// });
    /// ```
    pub fn wait_while<T, F>(&self, guard: &mut MutexGuard<'_, T>, condition: F)
    where
        T: ?Sized,
        F: FnMut(&mut T) -> bool,
    {
        self.wait_while_with(guard, condition, NEVER);
    }

    /// As [`wait_while`](Condvar::wait_while), until `timeout` at most: then the result says that the time was over.
    ///
    /// # Panics
    /// As [`wait_while`](Condvar::wait_while).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::sync::{Condvar, Mutex};
    /// use std::time::Instant;
    ///
    /// let (ready, told) = (Mutex::new(true), Condvar::new());
    /// let mut ready = ready.lock();
    /// let result = told.wait_while_until(&mut ready, |ready| !*ready, Instant::now());
    /// assert!(!result.timed_out()); // it did not have to wait
    /// ```
    pub fn wait_while_until<T, F>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        condition: F,
        timeout: Instant,
    ) -> WaitTimeoutResult
    where
        T: ?Sized,
        F: FnMut(&mut T) -> bool,
    {
        self.wait_while_with(guard, condition, clock::at(timeout))
    }

    /// As [`wait_while`](Condvar::wait_while), for `timeout` at most: then the result says that the time was over.
    ///
    /// # Panics
    /// As [`wait_while`](Condvar::wait_while).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark::sync::{Condvar, Mutex};
    /// use std::time::Duration;
    ///
    /// let (ready, told) = (Mutex::new(false), Condvar::new());
    /// let mut ready = ready.lock();
    /// let result = told.wait_while_for(&mut ready, |ready| !*ready, Duration::from_millis(1));
    /// assert!(result.timed_out() && !*ready);
    /// ```
    pub fn wait_while_for<T, F>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        condition: F,
        timeout: Duration,
    ) -> WaitTimeoutResult
    where
        T: ?Sized,
        F: FnMut(&mut T) -> bool,
    {
        self.wait_while_with(guard, condition, clock::after(timeout))
    }

    fn wait_while_with<T, F>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        mut condition: F,
        deadline: Nanos,
    ) -> WaitTimeoutResult
    where
        T: ?Sized,
        F: FnMut(&mut T) -> bool,
    {
        let mut result = WaitTimeoutResult(false);
        while !result.timed_out() && condition(guard) {
            result = self.wait_with(guard, deadline);
        }
        result
    }

    fn wait_with<T: ?Sized>(&self, guard: &mut MutexGuard<'_, T>, deadline: Nanos) -> WaitTimeoutResult {
        // SAFETY: the guard, which is borrowed until this ends, holds the mutex: it is given back once, and taken again
        // before anybody can use the guard. `wait` does not unwind after it has given the mutex back.
        let raw: &RawMutex = unsafe { MutexGuard::mutex(guard).raw() };
        // SAFETY: as above.
        let give_back = || unsafe { raw.unlock() };
        let Ok(told) = self.listeners.wait(std::ptr::from_ref(raw).addr(), give_back, deadline) else {
            panic!("attempted to use a condition variable with more than one mutex");
        };
        raw.lock();
        WaitTimeoutResult(!told)
    }
}

impl Default for Condvar {
    fn default() -> Condvar {
        Condvar::new()
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar").finish_non_exhaustive()
    }
}
