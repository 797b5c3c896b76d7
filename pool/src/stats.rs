//! What a pool has done so far.

use std::time::Duration;

/// What a pool does, and has done.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// gopark::run(|| {
///     let pool = gopark_pool::Pool::builder().workers(2).build();
///     pool.submit(|| ()).join().unwrap();
///     let stats = pool.stats();
///     assert_eq!((stats.submitted, stats.finished, stats.running, stats.queued), (1, 1, 0, 0));
/// });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Tasks that have a place. More than `workers` for a while, where tasks have come back from waiting for others.
    pub running: usize,
    /// Tasks that wait for other tasks or coroutines, and have given their places away meanwhile.
    pub lent: usize,
    /// Tasks that wait for a place.
    pub queued: usize,
    /// For how long the oldest of them has waited; up to 10 ms too much.
    pub oldest_queued: Option<Duration>,
    /// How many may run at a time.
    pub workers: usize,
    /// Tasks that were taken.
    pub submitted: u64,
    /// Tasks that have returned.
    pub finished: u64,
    /// Tasks that have panicked.
    pub panicked: u64,
    /// Tasks that were not taken: there was no room in time, the oldest in the queue had waited too long, or the pool was
    /// closed.
    pub rejected: u64,
    /// Tasks that were taken and have not begun: they were cancelled before, had waited
    /// too long, or the pool or their runtime was stopped.
    pub cancelled: u64,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Finished,
    Panicked,
    /// It has not begun.
    Dropped,
}

/// What is counted.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) submitted: u64,
    pub(crate) finished: u64,
    pub(crate) panicked: u64,
    pub(crate) rejected: u64,
    pub(crate) cancelled: u64,
}

impl Counts {
    pub(crate) fn of(&mut self, ending: Ending) -> &mut u64 {
        match ending {
            Ending::Finished => &mut self.finished,
            Ending::Panicked => &mut self.panicked,
            Ending::Dropped => &mut self.cancelled,
        }
    }
}
