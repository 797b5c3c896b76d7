//! Tasks that borrow from who starts them.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};

use gopark_runtime::face::coroutine::{self, ScopedJoinHandle};
use gopark_runtime::face::of_places::{Starter, no_coroutine};
use gopark_runtime::face::scope;

use crate::group::Group;
use crate::pool::Pool;
use crate::room::Refusal;
use crate::task::Place;

/// What [`Pool::scope`] gives to its closure: submits tasks that borrow. A copy is the same scope.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark_pool::{Pool, Scope};
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// fn count_down<'scope>(s: Scope<'scope, '_>, calls: &'scope AtomicU32, from: u32) {
///     calls.fetch_add(1, Ordering::Relaxed);
///     if from > 0 {
///         s.submit(move || count_down(s, calls, from - 1));
///     }
/// }
///
/// gopark::run(|| {
///     let (pool, calls) = (Pool::builder().workers(1).build(), AtomicU32::new(0));
///     pool.scope(|s| count_down(s, &calls, 9));
///     assert_eq!(calls.into_inner(), 10);
/// });
/// ```
#[derive(Clone, Copy)]
pub struct Scope<'scope, 'env> {
    pool: &'env Pool,
    group: &'scope Group,
    children: &'scope coroutine::Scope<'scope, 'env>,
}

impl Pool {
    /// Runs `f`, which may submit tasks that borrow from here, and returns when all of them have ended.
    ///
    /// While it waits it gives the caller's place away, if that is a task.
    ///
    /// # Panics
    /// If `f` does; if a task does that nobody has joined; inside `no_park`.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark_pool::Pool;
    ///
    /// gopark::run(|| {
    ///     let pool = Pool::builder().workers(2).build();
    ///     let mut halves = [0, 0];
    ///     let numbers: Vec<u64> = (0..100).collect();
    ///     pool.scope(|s| {
    ///         for (sum, part) in halves.iter_mut().zip(numbers.chunks(50)) {
    ///             s.submit(move || *sum = part.iter().sum());
    ///         }
    ///     });
    ///     assert_eq!(halves, [1225, 3725]);
    /// });
    /// ```
    pub fn scope<'env, F, T>(&'env self, f: F) -> T
    where
        F: for<'scope> FnOnce(Scope<'scope, 'env>) -> T,
    {
        self.scope_with((), |s, ()| f(s))
    }

    /// The same, with something that lives as long as the scope.
    pub(crate) fn scope_with<'env, X, F, T>(&'env self, with: X, f: F) -> T
    where
        X: Any + Send + Sync,
        F: for<'scope> FnOnce(Scope<'scope, 'env>, &'scope X) -> T,
    {
        scope(|children| {
            let (group, with) = children.attach((Group::new(), with));
            // Caught: a wait while the stack unwinds would block the thread, on which the tasks may live.
            let result = catch_unwind(AssertUnwindSafe(|| f(Scope { pool: self, group, children }, with)));
            group.wait();
            result.unwrap_or_else(|payload| resume_unwind(payload))
        })
    }
}

impl<'scope, 'env> Scope<'scope, 'env> {
    /// As [`Pool::submit`], for what borrows from outside of the scope.
    ///
    /// # Panics
    /// As there.
    ///
    /// ```
    /// # gopark_runtime::face::run(|| {
    /// let name = String::from("gopark");
    /// let pool = gopark_pool::Pool::builder().build();
    /// assert_eq!(pool.scope(|s| s.submit(|| name.len()).join().unwrap()), 6);
    /// # });
    /// ```
    #[track_caller]
    pub fn submit<F, T>(self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let site = Location::caller();
        // First: it panics where there is no runtime, and with a reservation that would be too late.
        let starter = self.pool.shared.starter();
        match self.pool.shared.reserve_within(None) {
            Ok(slot) => self.take_in(starter, slot, f, site),
            // Dropped, without having begun.
            Err(_) => {
                self.children.hold(&starter, f, None, site).unwrap_or_else(|error| no_coroutine(&error)).1
            }
        }
    }

    /// The same, if there is room for it now.
    #[track_caller]
    pub(crate) fn try_submit<F, T>(self, f: F) -> Result<ScopedJoinHandle<'scope, T>, Refusal>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let starter = self.pool.shared.starter();
        Ok(self.take_in(starter, self.pool.shared.reserve()?, f, Location::caller()))
    }

    fn take_in<F, T>(
        self,
        starter: Starter,
        slot: usize,
        f: F,
        site: &'static Location<'static>,
    ) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let shared = &self.pool.shared;
        let place = Place::new(shared.clone(), slot, Some(self.group));
        let held = self.children.hold(&starter, move || place.run(f), shared.name.clone(), site);
        let (held, handle) = held.unwrap_or_else(|error| no_coroutine(&error));
        shared.enter(held, starter, slot);
        handle
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("pool", self.pool).finish_non_exhaustive()
    }
}
