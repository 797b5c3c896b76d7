//! Where a distribution is recorded.

use std::sync::atomic::{AtomicU64, Ordering};

use super::buckets::{BUCKETS, bucket_of};
use super::counters::add;
use super::histogram::Histogram;

/// Written by one thread with loads and stores, as [`Counters`](super::Counters) are; read by any.
#[derive(Debug)]
pub(crate) struct Distribution {
    buckets: [AtomicU64; BUCKETS],
    sum: AtomicU64,
    max: AtomicU64,
}

/// What is recorded of one machine; the fields of `MachineMetrics` say what each is.
#[derive(Debug, Default)]
pub(crate) struct Timings {
    pub(crate) run_slice: Distribution,
    pub(crate) scheduling_latency: Distribution,
    pub(crate) timer_lateness: Distribution,
    pub(crate) poll_batch: Distribution,
}

impl Default for Distribution {
    fn default() -> Distribution {
        Distribution {
            buckets: [const { AtomicU64::new(0) }; BUCKETS],
            sum: AtomicU64::new(0),
            max: AtomicU64::new(0),
        }
    }
}

impl Distribution {
    /// Owner: one more.
    pub(crate) fn record(&self, value: u64) {
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
