//! What things took.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

const WARM_UP: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_secs(2);

/// Warms up for a while, and then measures for a while.
pub struct Stopwatch {
    /// Tenths of microseconds.
    times: Histogram<u64>,
    begin: Instant,
    is_warm: bool,
}

impl Stopwatch {
    pub fn new() -> Stopwatch {
        let times = Histogram::new_with_bounds(1, 60_000_000, 3).expect("bounds that are in order");
        Stopwatch { times, begin: Instant::now(), is_warm: false }
    }

    pub fn record(&mut self, since: Instant) {
        self.times.saturating_record(since.elapsed().as_nanos() as u64 / 100);
    }

    /// Whether all was measured. When it is warm it says so, and what was before does not count.
    pub fn is_over(&mut self) -> bool {
        let now = Instant::now();
        if !self.is_warm && now - self.begin >= WARM_UP {
            (self.is_warm, self.begin) = (true, now);
            self.times.reset();
            println!("warm");
        }
        self.is_warm && now - self.begin >= MEASURED
    }

    /// Says what there was, of so many events each.
    pub fn tell(&self, events_each: u32) {
        let at = |quantile| self.times.value_at_quantile(quantile) as f64 / 10.0;
        let events = self.times.len() * u64::from(events_each);
        println!("{events} {} {} {}", self.begin.elapsed().as_secs_f64(), at(0.5), at(0.99));
    }
}
