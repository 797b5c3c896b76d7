//! Where a distribution is recorded.

use std::sync::atomic::{AtomicU64, Ordering};

use super::buckets::{BUCKETS, bucket_of};
use super::histogram::Histogram;

/// Written by one thread with loads and stores, as [`Counters`](super::Counters) are; read by any.
#[derive(Debug)]
pub(crate) struct Recorder {
    buckets: [AtomicU64; BUCKETS],
    sum: AtomicU64,
    max: AtomicU64,
}

/// What is recorded of one machine; the fields of `MachineMetrics` say what each is.
#[derive(Debug, Default)]
pub(crate) struct Timings {
    pub(crate) run_slice: Recorder,
    pub(crate) scheduling_latency: Recorder,
    pub(crate) timer_lateness: Recorder,
    pub(crate) poll_batch: Recorder,
}

impl Default for Recorder {
    fn default() -> Recorder {
        Recorder {
            buckets: [const { AtomicU64::new(0) }; BUCKETS],
            sum: AtomicU64::new(0),
            max: AtomicU64::new(0),
        }
    }
}

impl Recorder {
    /// Owner: one more.
    pub(crate) fn record(&self, value: u64) {
        let add = |to: &AtomicU64, more: u64| {
            to.store(to.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
        };
        add(&self.buckets[bucket_of(value)], 1);
        add(&self.sum, value);
        if value > self.max.load(Ordering::Relaxed) {
            self.max.store(value, Ordering::Relaxed);
        }
    }

    /// What has been recorded so far. One that is being recorded may be in the buckets and not yet in the sum.
    pub(crate) fn snapshot(&self) -> Histogram {
        let read = |of: &AtomicU64| of.load(Ordering::Relaxed);
        Histogram::new(self.buckets.iter().map(read), read(&self.sum), read(&self.max))
    }
}
