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

    /// Ends the wait of one. False: nobody waits.
    #[inline]
    pub fn notify_one(&self) -> bool {
        self.listeners.tell_one()
    }

    /// Ends the waits of all who wait now, and tells how many they were.
    #[inline]
    pub fn notify_all(&self) -> usize {
        self.listeners.tell_all()
    }

    /// Gives the mutex back, waits until told, and takes the mutex again.
    ///
    /// # Panics
    /// See [`Condvar`].
    pub fn wait<T: ?Sized>(&self, guard: &mut MutexGuard<'_, T>) {
        self.wait_with(guard, NEVER);
    }

    /// The same until `timeout`.
    ///
    /// # Panics
    /// See [`Condvar`].
    pub fn wait_until<T: ?Sized>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        timeout: Instant,
    ) -> WaitTimeoutResult {
        self.wait_with(guard, clock::at(timeout))
    }

    /// The same for `timeout` at most.
    ///
    /// # Panics
    /// See [`Condvar`].
    pub fn wait_for<T: ?Sized>(&self, guard: &mut MutexGuard<'_, T>, timeout: Duration) -> WaitTimeoutResult {
        self.wait_with(guard, clock::after(timeout))
    }

    /// Waits until `condition` is false: looks at once, and whenever told.
    ///
    /// # Panics
    /// If `condition` does, and see [`Condvar`].
    pub fn wait_while<T, F>(&self, guard: &mut MutexGuard<'_, T>, condition: F)
    where
        T: ?Sized,
        F: FnMut(&mut T) -> bool,
    {
        self.wait_while_with(guard, condition, NEVER);
    }

    /// The same until `timeout`: then the result says that the time was over.
    ///
    /// # Panics
    /// As [`wait_while`](Condvar::wait_while).
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

    /// The same for `timeout` at most.
    ///
    /// # Panics
    /// As [`wait_while`](Condvar::wait_while).
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
