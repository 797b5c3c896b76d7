//! What a worker has slept before a run does not count as part of it.

use crate::policy::builder;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Each wakes a worker that has slept for longer than the monitor's patience.
const RUNS: u32 = 200;

/// A monitor that the kernel keeps from its look between the beginning of a run and our own look at the clock is not
/// wrong; it does not happen twice.
const BY_BAD_LUCK: u64 = 1;

#[test]
fn a_worker_that_has_slept_is_not_stuck() {
    let begun = Arc::new(Mutex::new(Instant::now()));
    let wrong = Arc::new(AtomicU64::new(0));
    let (since, counts) = (begun.clone(), wrong.clone());
    let runtime = builder()
        .workers(2)
        .on_stall(move |stall| {
            let has_run = since.lock().unwrap().elapsed();
            counts
                .fetch_add(u64::from(stall.duration > has_run + Duration::from_millis(5)), Ordering::Relaxed);
        })
        .build()
        .unwrap();
    for _ in 0..RUNS {
        let begins = begun.clone();
        let run = runtime.spawn(move || {
            let now = Instant::now();
            *begins.lock().unwrap() = now;
            while now.elapsed() < Duration::from_millis(1) {}
        });
        run.join().unwrap();
        // It is the sleep before a run that is tested.
        thread::sleep(Duration::from_millis(12));
    }
    let wrong = wrong.load(Ordering::Relaxed);
    assert!(wrong <= BY_BAD_LUCK, "{wrong} of {RUNS} runs of 1 ms were taken for stalls");
}
