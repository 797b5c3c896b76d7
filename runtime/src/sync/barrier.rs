//! A point that nobody passes before all have come, with std's names.

use std::fmt;

use super::condvar::Condvar;
use super::mutex::Mutex;

/// A point that nobody passes before so many have come: as `std::sync::Barrier`, but who waits there leaves its worker to
/// others. It can be used again and again. Waiting does not care for cancellation.
///
/// # Panics
/// Waiting panics inside [`no_park`](crate::face::coroutine::no_park).
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let barrier = std::sync::Arc::new(gopark::sync::Barrier::new(3));
/// gopark::run(|| {
///     let comes = || {
///         let barrier = barrier.clone();
///         gopark::go(move || barrier.wait().is_leader())
///     };
///     let others = [comes(), comes()];
///     let leads = barrier.wait().is_leader();
///     let leaders = others.into_iter().filter_map(|other| other.join().unwrap().then_some(())).count();
///     assert_eq!(leaders + usize::from(leads), 1);
/// });
/// ```
pub struct Barrier {
    state: Mutex<State>,
    passed: Condvar,
    members: usize,
}

struct State {
    /// How many have come since they last passed.
    came: usize,
    /// How often they have passed.
    generation: usize,
}

/// Whether this one was the leader: the last one who came.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let barrier = gopark::sync::Barrier::new(1);
/// let result: gopark::sync::BarrierWaitResult = barrier.wait();
/// assert!(result.is_leader()); // there is nobody else
/// ```
pub struct BarrierWaitResult(bool);

impl Barrier {
    /// One for `members`; with 0 it is as with 1, and nobody waits.
    #[must_use]
    pub const fn new(members: usize) -> Barrier {
        Barrier {
            state: Mutex::from_raw(lock_api::RawMutex::INIT, State { came: 0, generation: 0 }),
            passed: Condvar::new(),
            members,
        }
    }

    /// Waits until all have come. One of them is told that it is the leader. Counts who comes, not whom: one that comes
    /// twice is two.
    ///
    /// # Panics
    /// See [`Barrier`].
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
    ///
    /// let (ready, barrier) = (AtomicU32::new(0), gopark::sync::Barrier::new(2));
    /// gopark::run(|| {
    ///     gopark::scope(|s| {
    ///         for _ in 0..2 {
    ///             s.go(|| {
    ///                 ready.fetch_add(1, Relaxed);
    ///                 barrier.wait();
    ///                 assert_eq!(ready.load(Relaxed), 2); // both were before it
    ///             });
    ///         }
    ///     });
    /// });
    /// ```
    pub fn wait(&self) -> BarrierWaitResult {
        let mut state = self.state.lock();
        let generation = state.generation;
        state.came += 1;
        if state.came < self.members {
            self.passed.wait_while(&mut state, |state| state.generation == generation);
            return BarrierWaitResult(false);
        }
        state.came = 0;
        state.generation = generation.wrapping_add(1);
        drop(state);
        self.passed.notify_all();
        BarrierWaitResult(true)
    }
}

impl BarrierWaitResult {
    /// Whether this one was the leader.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier").finish_non_exhaustive()
    }
}

impl fmt::Debug for BarrierWaitResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BarrierWaitResult").field("is_leader", &self.is_leader()).finish()
    }
}
