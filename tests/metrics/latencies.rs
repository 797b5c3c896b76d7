//! How long coroutines are ready before they run.

use crate::eventually::eventually;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::park;
use gopark::runtime::Runtime;
use gopark::{Histogram, JoinHandle, Metrics, go, yield_now};
use std::time::{Duration, Instant};

/// One wake-up in 256 is measured: of so many about fifty.
const MANY: u64 = 12_800;

fn latencies(metrics: &Metrics) -> Histogram {
    metrics.merged(|machine| &machine.scheduling_latency_ns)
}

fn parked_once(runtime: &Runtime) -> Vec<JoinHandle<()>> {
    let handles = (0..MANY).map(|_| runtime.spawn(park)).collect();
    eventually("all wait", || runtime.metrics().waiting == MANY);
    handles
}

#[test]
fn those_who_are_woken_behind_one_who_computes_wait_for_that_one() {
    const LONG: Duration = Duration::from_millis(1);
    bounded(|| {
        let runtime = runtime(1);
        let parked = parked_once(&runtime);
        let seen = runtime.run(move || {
            let before = latencies(&gopark::metrics());
            parked.iter().for_each(|handle| handle.coroutine().unpark());
            let begun = Instant::now();
            while begun.elapsed() < LONG {
                std::hint::spin_loop();
            }
            parked.into_iter().for_each(|handle| handle.join().expect("no panic"));
            latencies(&gopark::metrics()).since(&before)
        });
        let long = LONG.as_nanos() as u64;
        let waited = seen.buckets().filter(|&(upper, _)| upper >= long).map(|(_, count)| count).sum::<u64>();
        assert!((20..=100).contains(&waited), "{waited} of {seen:?}");
    });
}

#[test]
fn wake_ups_by_plain_threads_are_measured_too() {
    bounded(|| {
        let runtime = runtime(2);
        let parked = parked_once(&runtime);
        let before = latencies(&runtime.metrics()).count();
        parked.iter().for_each(|handle| handle.coroutine().unpark());
        parked.into_iter().for_each(|handle| handle.join().expect("no panic"));
        let measured = latencies(&runtime.metrics()).count() - before;
        assert!((20..=100).contains(&measured), "{measured}");
    });
}

#[test]
fn those_who_yield_are_ready_from_then_on() {
    bounded(|| {
        let seen = runtime(1).run(|| {
            let other = go(|| (0..MANY).for_each(|_| yield_now()));
            (0..MANY).for_each(|_| yield_now());
            other.join().expect("no panic");
            latencies(&gopark::metrics())
        });
        assert!((50..=200).contains(&seen.count()), "{seen:?}");
    });
}
