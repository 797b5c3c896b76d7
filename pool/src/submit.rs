//! Submitting tasks.

use std::panic::Location;
use std::time::Duration;

use gopark_runtime::face::coroutine::JoinHandle;
use gopark_runtime::face::of_places::{Starter, no_coroutine};

use crate::errors::{SubmitTimeoutError, TrySubmitError};
use crate::pool::Pool;
use crate::task::Place;

impl Pool {
    /// Has `f` run as a task. Waits while the queue is full.
    ///
    /// The handle is that of `go`: it joins, tells of the end, and cancels. A task that is cancelled while it is queued
    /// does not begin. Dropping the handle detaches the task.
    ///
    /// # Cancellation
    /// If the caller is cancelled or past its ambient deadline while it waits for room, if the pool is closed, or if its
    /// oldest task has waited too long, then `f` is dropped, and `join` answers `Err(Box<Cancelled>)`.
    /// [`try_submit`](Pool::try_submit) and [`submit_timeout`](Pool::submit_timeout) give it back instead.
    ///
    /// # Panics
    /// Where no runtime is current, and none was where the pool was built; where there is no room for another coroutine; and
    /// inside `no_park`, if it has to wait.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark_pool::Pool;
    ///
    /// gopark::run(|| {
    ///     let pool = Pool::builder().workers(2).queue(1).build();
    ///     let tasks: Vec<_> = (0..10).map(|i| pool.submit(move || i * i)).collect();
    ///     let squares = tasks.into_iter().map(|task| task.join().unwrap());
    ///     assert_eq!(squares.sum::<i32>(), 285);
    /// });
    /// ```
    #[track_caller]
    pub fn submit<F, T>(&self, f: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let site = Location::caller();
        let starter = self.shared.starter();
        match self.shared.reserve_within(None) {
            Ok(slot) => self.take_in(starter, slot, f, site),
            // Dropped, without having begun.
            Err(_) => starter.hold(f, None, site).unwrap_or_else(|error| no_coroutine(&error)).1,
        }
    }

    /// The same, if there is room for it now. Never waits.
    ///
    /// # Errors
    /// There is none, the pool is closed, or its oldest task has waited too long: `f` comes back.
    ///
    /// # Panics
    /// As [`submit`](Pool::submit), but that it does not wait.
    ///
    /// ```
    /// # gopark_runtime::face::run(|| {
    /// let pool = gopark_pool::Pool::builder().build();
    /// assert_eq!(pool.try_submit(|| 7).unwrap().join().unwrap(), 7);
    /// # });
    /// ```
    #[track_caller]
    pub fn try_submit<F, T>(&self, f: F) -> Result<JoinHandle<T>, TrySubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let site = Location::caller();
        let starter = self.shared.starter();
        match self.shared.reserve() {
            Ok(slot) => Ok(self.take_in(starter, slot, f, site)),
            Err(refusal) => Err(TrySubmitError::new(refusal, f)),
        }
    }

    /// The same, and waits for room for `timeout` at most.
    ///
    /// # Errors
    /// There was none in time, the caller is cancelled or past its ambient deadline, the pool is closed, or its oldest task
    /// has waited too long: `f` comes back.
    ///
    /// # Panics
    /// As [`submit`](Pool::submit).
    ///
    /// ```
    /// # gopark_runtime::face::run(|| {
    /// use std::time::Duration;
    /// let pool = gopark_pool::Pool::builder().build();
    /// assert_eq!(pool.submit_timeout(Duration::from_secs(1), || 7).unwrap().join().unwrap(), 7);
    /// # });
    /// ```
    #[track_caller]
    pub fn submit_timeout<F, T>(
        &self,
        timeout: Duration,
        f: F,
    ) -> Result<JoinHandle<T>, SubmitTimeoutError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let site = Location::caller();
        let starter = self.shared.starter();
        match self.shared.reserve_within(Some(timeout)) {
            Ok(slot) => Ok(self.take_in(starter, slot, f, site)),
            Err(refusal) => Err(SubmitTimeoutError::new(refusal, f)),
        }
    }

    fn take_in<F, T>(
        &self,
        starter: Starter,
        slot: usize,
        f: F,
        site: &'static Location<'static>,
    ) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let place = Place::new(self.shared.clone(), slot, None);
        let held = starter.hold(move || place.run(f), self.shared.name.clone(), site);
        let (held, handle) = held.unwrap_or_else(|error| no_coroutine(&error));
        self.shared.enter(held, starter, slot);
        handle
    }
}
