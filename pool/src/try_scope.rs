//! Tasks of which the first that fails ends the others, as Go's `errgroup`.

use std::fmt;
use std::sync::Arc;

use gopark_runtime::face::coroutine::ScopedJoinHandle;
use gopark_runtime::face::{Cancel, Context};
use parking_lot::Mutex;

use crate::pool::Pool;
use crate::scope::Scope;

/// What [`Pool::try_scope`] gives to its closure. A copy is the same scope.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark_pool::{Pool, TryScope};
///
/// fn check<'scope>(s: TryScope<'scope, '_, String>, word: &'scope str) {
///     s.submit(move || if word.is_ascii() { Ok(()) } else { Err(word.to_owned()) });
/// }
///
/// gopark::run(|| {
///     let pool = Pool::builder().build();
///     let words = ["go", "park", "geh\u{f6}rt"];
///     let outcome = pool.try_scope(|s| Ok(words.iter().for_each(|word| check(s, word))));
///     assert_eq!(outcome, Err(words[2].to_owned()));
/// });
/// ```
pub struct TryScope<'scope, 'env, E: 'static> {
    scope: Scope<'scope, 'env>,
    failure: &'scope Failure<E>,
}

/// The first error, and whom it ends.
pub(crate) struct Failure<E> {
    first: Mutex<Option<E>>,
    pub(crate) context: Context,
    cancel: Cancel,
}

impl Pool {
    /// Runs `f`, which may submit tasks that borrow from here and can fail, and returns when all of them have ended.
    ///
    /// The first that fails cancels the others: those that run fail in their next call that can (their
    /// [`Context`] is cancelled), and those that have not begun do not begin.
    ///
    /// # Errors
    /// That of the first task that failed; else that of `f`.
    ///
    /// # Panics
    /// As [`scope`](Pool::scope).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark_pool::Pool;
    /// use std::time::Duration;
    ///
    /// gopark::run(|| {
    ///     let pool = Pool::builder().build();
    ///     let outcome = pool.try_scope(|s| {
    ///         s.submit(|| "seven".parse::<u32>().map(drop));
    ///         s.submit(|| Ok(drop(gopark::time::try_sleep(Duration::from_secs(3600))))); // not for an hour
    ///         Ok(())
    ///     });
    ///     assert!(outcome.is_err());
    /// });
    /// ```
    pub fn try_scope<'env, F, T, E>(&'env self, f: F) -> Result<T, E>
    where
        F: for<'scope> FnOnce(TryScope<'scope, 'env, E>) -> Result<T, E>,
        E: Send + 'static,
    {
        let failure = Arc::new(Failure::new());
        let result = self.scope_with(failure.clone(), |scope, failure| f(TryScope { scope, failure }));
        failure.take().map_or(result, Err)
    }
}

impl<'scope, E: Send + 'static> TryScope<'scope, '_, E> {
    /// Has `f` run as a task, unless one has failed before it begins.
    ///
    /// # Panics
    /// As [`Pool::submit`].
    ///
    /// ```
    /// # gopark_runtime::face::run(|| {
    /// let pool = gopark_pool::Pool::builder().build();
    /// let lines = ["1", "2", "x"];
    /// let outcome = pool.try_scope(|s| {
    ///     for line in lines {
    ///         s.submit(move || line.parse::<u32>().map(drop));
    ///     }
    ///     Ok::<_, std::num::ParseIntError>(())
    /// });
    /// assert!(outcome.is_err());
    /// # });
    /// ```
    #[track_caller]
    pub fn submit<F>(self, f: F) -> ScopedJoinHandle<'scope, ()>
    where
        F: FnOnce() -> Result<(), E> + Send + 'scope,
    {
        let failure = self.failure;
        self.scope.submit(move || failure.heed(f))
    }

    /// What is cancelled by the first failure.
    ///
    /// ```
    /// # gopark_runtime::face::run(|| {
    /// let pool = gopark_pool::Pool::builder().build();
    /// let outcome = pool.try_scope(|s| {
    ///     s.submit(|| Err("no")).join().unwrap();
    ///     assert!(s.context().err().is_some());
    ///     Ok(())
    /// });
    /// assert_eq!(outcome, Err("no"));
    /// # });
    /// ```
    pub fn context(&self) -> &'scope Context {
        &self.failure.context
    }
}

impl<E> Failure<E> {
    pub(crate) fn new() -> Failure<E> {
        let (context, cancel) = Context::current().with_cancel();
        Failure { first: Mutex::new(None), context, cancel }
    }

    /// The first error.
    pub(crate) fn take(&self) -> Option<E> {
        self.first.lock().take()
    }

    /// Ends the others, unless one before has.
    pub(crate) fn note(&self, error: E) {
        self.first.lock().get_or_insert(error);
        self.cancel.cancel();
    }

    /// Runs `f`, unless one has failed; its error, if it is the first, ends the others.
    pub(crate) fn heed(&self, f: impl FnOnce() -> Result<(), E>) {
        if self.context.err().is_some() {
            return;
        }
        if let Err(error) = self.context.run(f) {
            self.note(error);
        }
    }
}

impl<E: 'static> Clone for TryScope<'_, '_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E: 'static> Copy for TryScope<'_, '_, E> {}

impl<E: 'static> fmt::Debug for TryScope<'_, '_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryScope").field("scope", &self.scope).finish_non_exhaustive()
    }
}
