//! More hogs than workers: who is spawned meanwhile runs, and every hog is named.

use crate::one_at_a_time::{alone, compute};
use crate::reports::{says_system_calls, watched};
use crate::watchdog::bounded;
use gopark::coroutine;
use gopark::runtime::{Runtime, StallCause};
use std::collections::HashSet;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

const HOGS: usize = 4;
const HOGGED: Duration = Duration::from_millis(1500);
/// Twenty times what is promised, 20 ms. Without the promise it is nearly `HOGGED`.
const AT_MOST: Duration = Duration::from_millis(400);

/// Spawns one after the other, about a millisecond apart, for `time`; returns how late each of them ran.
fn spawn_to_run(runtime: &Runtime, time: Duration) -> Vec<Duration> {
    let (ran, times) = channel();
    let begun = Instant::now();
    let mut spawned = 0;
    while begun.elapsed() < time {
        let ran = ran.clone();
        let at = Instant::now();
        drop(runtime.spawn(move || ran.send(at.elapsed())));
        spawned += 1;
        thread::sleep(Duration::from_millis(1));
    }
    drop(ran);
    let times: Vec<_> = times.iter().collect();
    assert_eq!(times.len(), spawned, "all of them ran");
    times
}

fn hogged(what: &str, hog: fn(Duration), is_cause: fn(StallCause) -> bool, says: &str) {
    let (runtime, reports) = watched(crate::policy::builder().workers(2));
    let entered = runtime.enter();
    let mut hogs = Vec::new();
    let mut lines = HashSet::new();
    for number in 0..HOGS {
        let builder = coroutine::Builder::new().name(format!("hog-{number}"));
        lines.insert(line!() + 1);
        hogs.push(builder.spawn(move || hog(HOGGED)).expect("a coroutine"));
    }
    drop(entered);
    assert_eq!(lines.len(), 1);

    let mut times = spawn_to_run(&runtime, HOGGED - Duration::from_millis(100));
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let (p50, p99, max) = (at(0.5), at(0.99), at(1.0));
    println!(
        "spawn to run beside {HOGS} hogs, {what}: p50 {p50:?}, p99 {p99:?}, max {max:?} of {}",
        times.len()
    );
    assert!(p99 < AT_MOST, "{what}: {p99:?}");
    hogs.into_iter().for_each(|hog| hog.join().expect("no panic"));

    let metrics = runtime.metrics();
    assert!(metrics.stalls >= HOGS as u64, "{metrics:?}");
    assert!(metrics.replacements >= 2, "two hogs have the workers, and the other two ran: {metrics:?}");
    drop(runtime);

    let told = reports.rest();
    let mut workers = HashSet::new();
    for number in 0..HOGS {
        let name = format!("hog-{number}");
        let of_it: Vec<_> = told.iter().filter(|stall| stall.coroutine.name() == Some(&name)).collect();
        // After 10 ms, 100 ms and 1 s.
        assert!((2..=3).contains(&of_it.len()), "{name}: {told:?}");
        assert!(of_it.is_sorted_by(|one, next| one.duration < next.duration), "{of_it:?}");
        for stall in of_it {
            assert!(stall.duration >= Duration::from_millis(10), "{stall:?}");
            assert!(is_cause(stall.cause), "{stall:?}");
            assert_eq!(stall.behind, 0, "nobody lives with a hog: {stall:?}");
            workers.insert((stall.worker, number));
            let site = stall.spawned_at.expect("it lives");
            assert!(site.file().ends_with("fresh_meanwhile.rs") && lines.contains(&site.line()), "{site}");
            let (line, site) = (stall.to_string(), site.to_string());
            for part in [format!("'{name}'"), site, format!("worker thread {}", stall.worker), says.into()] {
                assert!(line.contains(&part), "{part} is not in: {line}");
            }
            assert!(!line.contains('\n'), "{line}");
        }
    }
    let numbers: HashSet<_> = workers.iter().map(|(worker, _)| worker).collect();
    assert_eq!((workers.len(), numbers.len()), (HOGS, HOGS), "each had one thread, for itself: {workers:?}");
}

#[test]
fn four_hogs_that_sleep_on_two_workers() {
    let _turn = alone();
    bounded(|| {
        let sleeps = |cause| match cause {
            StallCause::Blocked { system_call: Some(number) } => {
                [libc::SYS_nanosleep, libc::SYS_clock_nanosleep].contains(&number)
            }
            StallCause::Blocked { system_call: None } => !says_system_calls(),
            _ => false,
        };
        hogged("in std::thread::sleep", thread::sleep, sleeps, "asleep in");
    });
}

#[test]
fn four_hogs_that_compute_on_two_workers() {
    let _turn = alone();
    bounded(|| {
        hogged("spinning", compute, |cause| cause == StallCause::Spinning, "it computes");
    });
}
