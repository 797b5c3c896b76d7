//! How long messages took, counted on each worker thread apart.

use std::cell::OnceCell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

/// Microseconds with three digits: 140 KB a worker; one for each connection would be more than a gigabyte.
type Microseconds = Arc<Mutex<Histogram<u64>>>;

thread_local! {
    /// The counts of this worker thread. A coroutine stays on the thread on which it was started, so a thread-local
    /// is as good here as in code with threads; coroutines on the same thread share it, which is the point.
    static OF_THIS_WORKER: OnceCell<Microseconds> = const { OnceCell::new() };
}

/// The counts of all worker threads. There is one in the process.
#[derive(Default)]
pub(crate) struct Latencies {
    of_workers: Mutex<Vec<Microseconds>>,
}

impl Latencies {
    /// Counts one. The lock is free: others take it only to merge, in the end. No call in here can park, so it is
    /// never held across a park either.
    pub(crate) fn record(&self, took: Duration) {
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        OF_THIS_WORKER.with(|counts| {
            let counts = counts.get_or_init(|| self.add_worker());
            lock(counts).saturating_record(microseconds);
        });
    }

    fn add_worker(&self) -> Microseconds {
        let counts = Arc::new(Mutex::new(empty()));
        lock(&self.of_workers).push(counts.clone());
        counts
    }

    /// All of them.
    pub(crate) fn merged(&self) -> Histogram<u64> {
        let mut all = empty();
        for counts in lock(&self.of_workers).iter() {
            all.add(&*lock(counts)).expect("all have the same bounds");
        }
        all
    }
}

/// Counts from a microsecond to a minute; what is longer counts as a minute.
fn empty() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).expect("valid bounds")
}

/// Counts are whole at any time, whoever panics.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
