//! How long coroutines run at a time.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::{Histogram, go, yield_now};
use std::time::{Duration, Instant};

/// One run in so many is measured on average, and one in twice as many at least.
const ONE_IN: u64 = 256;

fn slices() -> Histogram {
    gopark::metrics().merged(|machine| &machine.run_slice_ns)
}

fn compute_for(length: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < length {
        std::hint::spin_loop();
    }
}

#[test]
fn one_in_256_is_measured() {
    const YIELDS: u64 = 256_000;
    bounded(|| {
        let before = runtime(1).run(|| {
            let before = slices();
            (0..YIELDS).for_each(|_| yield_now());
            slices().since(&before)
        });
        let measured = before.count();
        // 1000, and 18 is one standard deviation.
        assert!((YIELDS / ONE_IN * 4 / 5..YIELDS / ONE_IN * 5 / 4).contains(&measured), "{measured}");
        assert!(before.quantile(0.0) <= before.quantile(0.5) && before.quantile(0.5) <= before.max());
    });
}

/// Of two that take turns, one computing and one not, about as many runs of each are seen.
#[test]
fn nobody_is_in_step_with_the_samples() {
    const TURNS: u64 = 25_600;
    const LONG: Duration = Duration::from_micros(20);
    bounded(|| {
        let seen = runtime(1).run(|| {
            let before = slices();
            let other = go(|| (0..TURNS).for_each(|_| yield_now()));
            for _ in 0..TURNS {
                compute_for(LONG);
                yield_now();
            }
            other.join().expect("no panic");
            slices().since(&before)
        });
        let long = LONG.as_nanos() as u64;
        let of_the_long =
            seen.buckets().filter(|&(upper, _)| upper >= long).map(|(_, count)| count).sum::<u64>();
        // Half of 200. Some short ones are interrupted, and become long.
        assert!((50..=180).contains(&of_the_long), "{of_the_long} of {seen:?}");
        assert!(seen.sum() >= of_the_long * long);
    });
}

#[test]
fn a_long_run_is_seen_if_it_comes_often_enough() {
    const LONG: Duration = Duration::from_micros(500);
    bounded(|| {
        let seen = runtime(1).run(|| {
            for _ in 0..4 * ONE_IN {
                compute_for(LONG);
                yield_now();
            }
            slices()
        });
        assert!(seen.max() >= Some(LONG.as_nanos() as u64), "{seen:?}");
    });
}
