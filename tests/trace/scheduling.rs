//! What the machines do among themselves: steals, placements, stalls, preemption.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use gopark::coroutine::Builder;
use gopark::{go, yield_now};

use crate::eventually::eventually;
use crate::traced::trace;
use crate::workers::runtime;

/// Nothing is left that needs it.
const GRACE: Duration = Duration::from_secs(30);

#[test]
fn steals_say_from_whom() {
    let mut stolen = 0;
    let trace = trace(|| {
        let runtime = runtime(2);
        runtime.run(|| {
            let (tells, told) = channel();
            // This worker is kept, so the other one has to take them.
            for _ in 0..64 {
                let tells = tells.clone();
                drop(go(move || tells.send(()).unwrap_or_default()));
            }
            told.recv().unwrap();
        });
        // Those that were still queued may be stolen until the end.
        runtime.shutdown(GRACE);
        stolen = runtime.metrics().machines.iter().map(|machine| machine.stolen).sum();
    });
    let counted: u64 = trace.named("i", "steal").map(|steal| steal.count()).sum();
    assert_eq!(counted, stolen);
    for steal in trace.named("i", "steal") {
        assert_ne!(steal.arg("machine"), Some(trace.track(steal.tid)), "{steal:?}");
    }
}

#[test]
fn a_stalled_worker() {
    let mut counts = (0, 0);
    let trace = trace(|| {
        let runtime = runtime(1);
        let (release, released) = channel::<()>();
        let hog = {
            let _current = runtime.enter();
            Builder::new().name("hog").spawn(move || assert!(released.recv().is_err())).unwrap()
        };
        eventually("it is noticed", || runtime.metrics().stalls > 0);
        // Somebody else starts what is fresh.
        runtime.run(|| ());
        drop(release);
        hog.join().unwrap();
        runtime.shutdown(GRACE);
        let metrics = runtime.metrics();
        counts = (metrics.stalls, metrics.replacements);
    });
    let stall = trace.named("i", "stall").next().expect("it is there");
    assert_eq!(trace.named("i", "stall").count() as u64, counts.0);
    assert_eq!(trace.track(stall.tid), "monitor");
    let hog = trace.runs().find(|run| run.name == "hog").unwrap();
    assert_eq!(stall.coroutine(), hog.coroutine());
    assert!((hog.begin..=hog.end).contains(&stall.begin), "{stall:?} and {hog:?}");
    assert_eq!(trace.named("i", "replacement").count() as u64, counts.1);
    assert!(counts.1 > 0);
}

#[test]
fn who_runs_for_long_is_preempted() {
    let mut preempted = 0;
    let trace = trace(|| {
        let runtime = runtime(1);
        runtime.run(|| {
            let begun = Instant::now();
            // Joins of what has ended: calls that may wait, and do not.
            let ended = go(|| ());
            while gopark::metrics().machines[0].preemptions == 0 {
                assert!(begun.elapsed() < Duration::from_secs(30), "nobody asks");
                ended.join_timeout(Duration::from_secs(1));
            }
        });
        runtime.shutdown(GRACE);
        preempted = runtime.metrics().machines.iter().map(|machine| machine.preemptions).sum();
    });
    assert_eq!(trace.runs_that("preempted") as u64, preempted);
}

#[test]
fn several_runtimes_in_one_file() {
    let trace = trace(|| {
        let (first, second) = (runtime(1), runtime(1));
        first.run(yield_now);
        let handle = second.spawn(gopark::coroutine::park);
        first.run(|| {
            handle.coroutine().unpark();
            handle.join().unwrap();
        });
    });
    let mut tracks: Vec<_> = trace.runs().map(|run| trace.track(run.tid)).collect();
    tracks.sort_unstable();
    tracks.dedup();
    assert_eq!(tracks.len(), 2, "{tracks:?}");
    assert_eq!(tracks[0], "worker 0");
    assert!(tracks[1].starts_with("worker 0 of runtime "), "{tracks:?}");
}
