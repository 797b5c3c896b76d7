//! One call for each item, so many at a time: tasks of the pool share one iterator.
//!
//! A task takes an item when it has done the one before, so nothing is queued, and an iterator that produces faster than
//! the pool works is not run ahead of. Tasks join in one after the other: each that has taken an item brings in the next,
//! as long as there may be more items and the pool has room. So few items need few tasks, and an item that
//! follows costs a lock and no coroutine.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use gopark_runtime::face::Context;
use gopark_runtime::face::sync::Mutex;

use crate::pool::Pool;
use crate::scope::Scope;
use crate::try_scope::Failure;

/// What the tasks share. `A` is what each of them gathers.
struct Crew<'a, I, A, F> {
    /// `None`: exhausted, or nobody is to take more.
    items: Mutex<Option<std::iter::Enumerate<I>>>,
    /// The same, for who has the lock next.
    is_over: AtomicBool,
    /// Tasks that may still join in.
    may_join: AtomicUsize,
    /// Inside of what they work.
    context: Option<&'a Context>,
    /// What is done with an item; false: nothing more is to be done.
    act: F,
    gathered: Mutex<Vec<A>>,
}

impl<'a, I, A, F> Crew<'a, I, A, F>
where
    I: Iterator + Send,
    I::Item: Send,
    A: Default + Send,
    F: Fn(&mut A, usize, I::Item) -> bool + Sync,
{
    /// Does it all; returns what each has gathered.
    fn work(pool: &Pool, items: I, context: Option<&'a Context>, act: F) -> Vec<A> {
        let most = items.size_hint().1.unwrap_or(usize::MAX).min(pool.stats().workers);
        let crew = Crew {
            items: Mutex::new(Some(items.enumerate())),
            is_over: AtomicBool::new(false),
            may_join: AtomicUsize::new(most),
            context,
            act,
            gathered: Mutex::default(),
        };
        if most > 0 {
            pool.scope(|scope| {
                let crew = &crew;
                crew.join();
                drop(scope.submit(move || crew.take_part(Some(scope))));
            });
        }
        // What is left is done here, if the pool has taken nobody: it is closed.
        crew.take_part(None);
        crew.gathered.into_inner()
    }

    /// Whether one more may join in.
    fn join(&self) -> bool {
        self.may_join.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    fn take_part<'scope>(&'scope self, scope: Option<Scope<'scope, '_>>) {
        match self.context {
            Some(context) => context.run(|| self.act_on_items(scope)),
            None => self.act_on_items(scope),
        }
    }

    fn act_on_items<'scope>(&'scope self, scope: Option<Scope<'scope, '_>>) {
        let mut gathered = A::default();
        // Caught: another one may have the lock while it waits for an item, and a wait while the stack unwinds would block
        // the thread.
        let result = catch_unwind(AssertUnwindSafe(|| self.act_until_over(scope, &mut gathered)));
        self.is_over.store(true, Ordering::Relaxed);
        *self.items.lock() = None;
        match result {
            Ok(()) => self.gathered.lock().push(gathered),
            Err(payload) => resume_unwind(payload),
        }
    }

    fn act_until_over<'scope>(&'scope self, mut scope: Option<Scope<'scope, '_>>, gathered: &mut A) {
        while let Some((index, item)) = self.next() {
            // Who has not found another one to join in leaves it to those who have come after.
            if let Some(scope) = scope.take()
                && self.join()
            {
                drop(scope.try_submit(move || self.take_part(Some(scope))));
            }
            if !(self.act)(gathered, index, item) {
                break;
            }
        }
    }

    fn next(&self) -> Option<(usize, I::Item)> {
        let mut items = self.items.lock();
        if self.is_over.load(Ordering::Relaxed) { None } else { items.as_mut()?.next() }
    }
}

impl Pool {
    /// Calls `f` with each item, in tasks of the pool, and returns when all are done. The items are taken when somebody is
    /// free for them: an iterator over a channel may be endless, or slow.
    ///
    /// As many tasks take part as the pool may run and has room for; between two items a task costs some 40 ns. Gives
    /// the caller's place away meanwhile, if it is a task. On a closed pool the caller does it all.
    ///
    /// # Panics
    /// If `f` or the iterator does: then no more items are taken. Inside `no_park`.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// gopark::run(|| {
    ///     let pool = gopark_pool::Pool::builder().workers(4).build();
    ///     let sum = AtomicU64::new(0);
    ///     pool.for_each(1..=100, |n| drop(sum.fetch_add(n, Ordering::Relaxed)));
    ///     assert_eq!(sum.into_inner(), 5050);
    /// });
    /// ```
    pub fn for_each<I, F>(&self, items: I, f: F)
    where
        I: IntoIterator<IntoIter: Send, Item: Send>,
        F: Fn(I::Item) + Sync,
    {
        Crew::work(self, items.into_iter(), None, |(): &mut (), _, item| {
            f(item);
            true
        });
    }

    /// The same, until one fails. Then no more items are taken, and those who are at work fail in their next call that can.
    ///
    /// # Errors
    /// The first.
    ///
    /// # Panics
    /// As [`for_each`](Pool::for_each).
    ///
    /// ```
    /// # gopark_runtime::face::run(|| {
    /// let pool = gopark_pool::Pool::builder().build();
    /// let outcome = pool.try_for_each(["1", "2", "x"], |line| line.parse::<u32>().map(drop));
    /// assert!(outcome.is_err());
    /// # });
    /// ```
    pub fn try_for_each<I, E, F>(&self, items: I, f: F) -> Result<(), E>
    where
        I: IntoIterator<IntoIter: Send, Item: Send>,
        E: Send,
        F: Fn(I::Item) -> Result<(), E> + Sync,
    {
        self.try_map(items, f).map(drop)
    }

    /// Calls `f` with each item, as [`for_each`](Pool::for_each) does, and returns what it returned, in the order of the
    /// items.
    ///
    /// # Panics
    /// As [`for_each`](Pool::for_each).
    ///
    /// ```
    /// # gopark_runtime::face::run(|| {
    /// let pool = gopark_pool::Pool::builder().workers(3).build();
    /// assert_eq!(pool.map(["a", "bb", "ccc"], str::len), [1, 2, 3]);
    /// # });
    /// ```
    pub fn map<I, R, F>(&self, items: I, f: F) -> Vec<R>
    where
        I: IntoIterator<IntoIter: Send, Item: Send>,
        R: Send,
        F: Fn(I::Item) -> R + Sync,
    {
        in_order(Crew::work(self, items.into_iter(), None, |results: &mut Vec<_>, index, item| {
            results.push((index, f(item)));
            true
        }))
    }

    /// The same, until one fails. Then no more items are taken, and those who are at work fail in their next call that can.
    ///
    /// # Errors
    /// The first.
    ///
    /// # Panics
    /// As [`for_each`](Pool::for_each).
    ///
    /// ```
    /// # gopark_runtime::face::run(|| {
    /// let pool = gopark_pool::Pool::builder().build();
    /// assert_eq!(pool.try_map(["1", "2"], str::parse::<u32>), Ok(vec![1, 2]));
    /// assert!(pool.try_map(["1", "x"], str::parse::<u32>).is_err());
    /// # });
    /// ```
    pub fn try_map<I, R, E, F>(&self, items: I, f: F) -> Result<Vec<R>, E>
    where
        I: IntoIterator<IntoIter: Send, Item: Send>,
        R: Send,
        E: Send,
        F: Fn(I::Item) -> Result<R, E> + Sync,
    {
        let failure = Failure::new();
        let context = Some(&failure.context);
        let gathered = Crew::work(self, items.into_iter(), context, |results: &mut Vec<_>, index, item| {
            match f(item) {
                Ok(result) => results.push((index, result)),
                Err(error) => {
                    failure.note(error);
                    return false;
                }
            }
            true
        });
        failure.take().map_or_else(|| Ok(in_order(gathered)), Err)
    }
}

fn in_order<R>(gathered: Vec<Vec<(usize, R)>>) -> Vec<R> {
    let mut results: Vec<_> = gathered.into_iter().flatten().collect();
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
