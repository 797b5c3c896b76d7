//! The end of a pool.

use std::time::Duration;

use gopark_runtime::face::coroutine::Coroutine;
use gopark_runtime::face::of_places::{cancel, current_id, lend};
use gopark_runtime::face::shield;

use crate::pool::Pool;
use crate::room::takes;
use crate::shared::{Phase, Shared};

/// How a pool has come to its end.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark_pool::{Closed, Pool};
/// use std::time::Duration;
///
/// gopark::run(|| {
///     let pool = Pool::builder().build();
///     let task = pool.submit(|| 7);
///     assert_eq!(pool.close(Duration::from_secs(60)), Closed::default()); // all are done
///     assert!(task.is_finished());
/// });
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closed {
    /// Tasks that were queued when the grace was over, and have not begun.
    pub cancelled: u64,
    /// Tasks that ran when the grace was over, were cancelled, and have ended since.
    pub stopped: usize,
    /// Tasks that run on although they were cancelled.
    pub left: Vec<Coroutine>,
}

/// Who was cancelled gets so long to end.
const LAST_GRACE: Duration = Duration::from_millis(100);

impl Pool {
    /// Takes no more tasks, and waits until those that were taken are done, for `grace` at most. Then drops those that have
    /// not begun, cancels those that run, gives them another 100 ms, and tells what became of them.
    ///
    /// May be called by one of the pool's own tasks, which does not wait for itself. Another call after the first does the
    /// same with what is left.
    ///
    /// # Cancellation
    /// If the caller is cancelled or past its ambient deadline, the rest of the grace is left out.
    ///
    /// # Panics
    /// Inside `no_park`, if it has to wait.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use gopark_pool::Pool;
    /// use std::time::Duration;
    ///
    /// gopark::run(|| {
    ///     let pool = Pool::builder().workers(1).build();
    ///     let quick = pool.submit(|| 7);
    ///     let (sender, receiver) = gopark::chan::bounded::<()>(0);
    ///     let endless = pool.submit(move || receiver.recv().is_err()); // until it is cancelled
    ///     let late = pool.submit(|| 8);
    ///
    ///     let closed = pool.close(Duration::from_millis(5));
    ///     assert_eq!((closed.cancelled, closed.stopped, closed.left.len()), (1, 1, 0));
    ///     assert_eq!(quick.join().unwrap(), 7);
    ///     assert!(endless.join().unwrap());
    ///     assert!(late.join().unwrap_err().is::<gopark::Cancelled>());
    ///     drop(sender);
    /// });
    /// ```
    pub fn close(&self, grace: Duration) -> Closed {
        let shared = &self.shared;
        shared.close();
        if shared.wait_until_idle(grace) {
            return Closed::default();
        }
        let before = shared.lock().counts.cancelled;
        shared.drop_queued();
        let running = shared.running();
        running.iter().for_each(cancel);
        shield(|| shared.wait_until_idle(LAST_GRACE));
        let left = shared.running();
        let stopped = running.iter().filter(|coroutine| !left.contains(coroutine)).count();
        Closed { cancelled: shared.lock().counts.cancelled - before, stopped, left }
    }
}

impl Shared {
    /// No task is taken from now on; who waits for room is told.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        let told = state.places.admit_all();
        if told > 0 {
            self.room.add_permits(told);
        }
    }

    /// What is queued does not begin any more.
    pub(crate) fn drop_queued(&self) {
        let queued = {
            let mut state = self.lock();
            state.is_cancelling = true;
            state.places.empty()
        };
        drop(queued);
        self.settle(self.lock());
    }

    /// Who runs, but for the caller.
    pub(crate) fn running(&self) -> Vec<Coroutine> {
        let state = self.lock();
        let running = state.tasks.iter().filter(|(_, task)| task.phase == Phase::Placed);
        let others = |coroutine: &Coroutine| coroutine.id() != current_id();
        running.filter_map(|(_, task)| task.coroutine.clone()).filter(others).collect()
    }

    /// Waits until no task is left; false: the time was over, or the caller is cancelled or past its deadline. Lends the
    /// caller's place, which so does not count.
    pub(crate) fn wait_until_idle(&self, timeout: Duration) -> bool {
        let _lent = lend(self.end);
        {
            let mut state = self.lock();
            if state.places.is_idle(self.end) {
                return true;
            }
            state.closers += 1;
        }
        let told = self.idle.acquire_timeout(timeout);
        let mut state = self.lock();
        takes(told.ok(), &self.idle, || {
            let waits = state.closers > 0;
            state.closers -= usize::from(waits);
            waits
        })
    }
}
