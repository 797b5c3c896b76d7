//! The handle of a pool.

use std::fmt;
use std::sync::Arc;

use crate::shared::Shared;
use crate::stats::Stats;

/// Runs tasks, so many at a time; the others wait in a queue, first come, first served, and who submits waits when that is
/// full.
///
/// A task is a coroutine: it has a stack, a name, and values of its own, it may wait, it can be joined and cancelled, and a
/// dump shows it, from its submission on. What a pool adds is the bound. A task costs what `go` costs and up to half as much
/// again, and nothing stays behind of workers without a task; for many small ones there are [`for_each`](Pool::for_each) and
/// [`map`](Pool::map).
///
/// # Nesting
/// A task that waits for others gives its place away meanwhile: in `join`, at the end of a scope, and when it submits to a
/// full pool. So tasks that submit to their own pool and wait for the result come to an end at any depth and in a pool
/// of any size. A task that comes back from such a wait goes on at once; if its place is taken there is one more for a while,
/// and none begins until there are fewer.
///
/// # The end
/// Clones are handles of the same pool. Dropping the last one changes nothing for tasks that were taken: they are
/// done. [`close`](Pool::close) waits for them.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark_pool::Pool;
///
/// gopark::run(|| {
///     let pool = Pool::builder().workers(1).build();
///     let inner = pool.clone();
///     let outer = pool.submit(move || inner.submit(|| 6 * 7).join().unwrap());
///     assert_eq!(outer.join().unwrap(), 42); // although there is one place
/// });
/// ```
#[derive(Clone)]
pub struct Pool {
    pub(crate) shared: Arc<Shared>,
}

impl Pool {
    pub(crate) fn of(shared: Arc<Shared>) -> Pool {
        Pool { shared }
    }

    /// Changes how many tasks run at a time. 0 is taken for 1.
    ///
    /// If there are more than before, those begin whose turn it is; if fewer, those that run go on, and none begins until
    /// there are fewer. Never waits.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     let pool = gopark_pool::Pool::builder().workers(1).build();
    ///     let busy = [pool.submit(gopark::coroutine::park), pool.submit(gopark::coroutine::park)];
    ///     assert_eq!(pool.stats().running, 1);
    ///     pool.resize(2);
    ///     assert_eq!(pool.stats().running, 2);
    ///     busy.iter().for_each(|task| task.coroutine().unpark());
    /// });
    /// ```
    pub fn resize(&self, workers: usize) {
        self.shared.resize(workers.max(1));
    }

    /// What the pool does, and has done. Never waits; some 100 ns.
    ///
    /// ```
    /// # gopark_runtime::face::run(|| {
    /// let pool = gopark_pool::Pool::builder().workers(3).build();
    /// let stats = pool.stats();
    /// assert_eq!((stats.workers, stats.running, stats.oldest_queued), (3, 0, None));
    /// # });
    /// ```
    pub fn stats(&self) -> Stats {
        let state = self.shared.lock();
        let (places, counts) = (&state.places, &state.counts);
        Stats {
            running: places.in_use(),
            lent: places.lent(),
            queued: places.queued().len(),
            oldest_queued: places.queued().front().map(|job| job.held.age()),
            workers: places.max(),
            submitted: counts.submitted,
            finished: counts.finished,
            panicked: counts.panicked,
            rejected: counts.rejected,
            cancelled: counts.cancelled,
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.shared.name.as_ref().map(|name| &***name);
        f.debug_struct("Pool").field("name", &name).field("stats", &self.stats()).finish_non_exhaustive()
    }
}
