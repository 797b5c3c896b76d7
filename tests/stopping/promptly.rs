//! `shutdown` returns when nobody is left, not when the grace is over.

use crate::random::Random;
use crate::sockets::{assert_cancelled, calls_that_wait, is_cancelled, listener};
use crate::waiting::{until_parked, until_started};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{Builder, cancelled, current, park};
use gopark::runtime::{Runtime, Shutdown};
use gopark::time::sleep;
use gopark::{Cancelled, go, yield_now};
use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Less than what makes a test hang, and far more than anything here needs.
const GRACE: Duration = Duration::from_secs(40);

/// Shuts down with that grace, which must not be needed.
#[track_caller]
fn early(runtime: &Runtime, grace: Duration) -> Shutdown {
    let begun = Instant::now();
    let report = runtime.shutdown(grace);
    let took = begun.elapsed();
    assert!(took < GRACE / 2, "it took {took:?}: {report:?}");
    report
}

#[test]
fn when_those_on_sockets_have_ended() {
    bounded(|| {
        for (workers, grace) in [(1, GRACE), (2, Duration::MAX)] {
            let runtime = runtime(workers);
            let calls = calls_that_wait();
            let count = calls.len();
            for (name, call) in calls {
                drop(runtime.spawn(move || assert_cancelled(name, call())));
            }
            until_parked(&runtime, count as u64);
            assert_eq!(early(&runtime, grace).finished, count);
            assert_eq!(runtime.metrics().panicked, 0);
        }
    });
}

#[test]
fn when_the_last_one_ends_by_itself() {
    bounded(|| {
        let runtime = runtime(2);
        let handles: Vec<_> = (0..20_u64)
            .map(|i| {
                runtime.spawn(move || {
                    sleep(Duration::from_millis(10 * i));
                    i
                })
            })
            .collect();
        until_parked(&runtime, 19);
        early(&runtime, GRACE);
        for (i, handle) in (0..).zip(handles) {
            assert_eq!(handle.join().expect("it had time enough"), i);
        }
    });
}

/// Those that nobody cancels out of their waits are woken by one that was cancelled.
#[test]
fn when_one_that_was_cancelled_has_let_the_others_go() {
    bounded(|| {
        let runtime = runtime(2);
        let stop = Arc::new(AtomicBool::new(false));
        let parked: Vec<_> = (0..50)
            .map(|_| {
                let stop = stop.clone();
                runtime.spawn(move || {
                    while !stop.load(Ordering::SeqCst) {
                        park();
                    }
                })
            })
            .collect();
        let targets: Vec<_> = parked.iter().map(|handle| handle.coroutine().clone()).collect();
        drop(runtime.spawn(move || {
            assert_cancelled("accept", listener().0.accept());
            stop.store(true, Ordering::SeqCst);
            targets.iter().for_each(gopark::Coroutine::unpark);
        }));
        until_parked(&runtime, 51);
        assert_eq!(early(&runtime, GRACE).finished, 51);
        parked.into_iter().for_each(|handle| handle.join().expect("it was let go"));
    });
}

#[test]
fn when_those_that_compute_are_done() {
    bounded(|| {
        let runtime = runtime(2);
        let computes: Vec<_> = (0..4)
            .map(|_| {
                runtime.spawn(|| {
                    let begun = Instant::now();
                    while begun.elapsed() < Duration::from_millis(40) {
                        spin_loop();
                    }
                    current().expect("inside").id()
                })
            })
            .collect();
        until_started(&runtime, 1);
        let report = early(&runtime, GRACE);
        assert!(report.abandoned.is_empty(), "{report:?}");
        let ends = computes.into_iter().map(|handle| handle.join());
        // Some may have been done before.
        assert!(ends.filter(Result::is_ok).count() >= report.finished, "{report:?}");
    });
}

/// The last coroutine ends just when somebody begins to wait for that.
#[test]
fn when_the_last_one_ends_just_now() {
    bounded(|| {
        let mut random = Random::new(11);
        for round in 0..1500 {
            let runtime = runtime(1 + round % 2);
            let turns = random.below(400);
            let ends = runtime.spawn(move || (0..turns).for_each(|_| yield_now()));
            while runtime.metrics().machines.iter().all(|machine| machine.started == 0) {
                spin_loop();
            }
            (0..random.below(20_000)).for_each(|_| spin_loop());
            let report = early(&runtime, GRACE);
            assert!(report.abandoned.is_empty() && report.cancelled == 0, "round {round}: {report:?}");
            ends.join().expect("it has started, and ends");
        }
    });
}

/// Coroutines that start, or begin to wait, just when all are cancelled: nobody is overlooked.
#[test]
fn when_they_have_started_just_now() {
    bounded(|| {
        let (listener, _) = listener();
        let listener = Arc::new(listener);
        let mut random = Random::new(12);
        for round in 0..1500 {
            let runtime = runtime(1 + round % 2);
            let accepts: Vec<_> = (0..6)
                .map(|_| {
                    let listener = listener.clone();
                    runtime.spawn(move || listener.accept().map(drop))
                })
                .collect();
            (0..random.below(4000)).for_each(|_| spin_loop());
            let report = early(&runtime, GRACE);
            assert!(report.abandoned.is_empty(), "round {round}: {report:?}");
            for accept in accepts {
                match accept.join() {
                    Ok(accepted) => assert!(is_cancelled(&accepted.expect_err("nobody connects"))),
                    Err(error) => assert!(error.is::<Cancelled>()),
                }
            }
        }
    });
}

/// The same by spawns from inside, which go other ways.
#[test]
fn when_they_are_spawning_just_now() {
    bounded(|| {
        let (listener, _) = listener();
        let listener = Arc::new(listener);
        let mut random = Random::new(13);
        for round in 0..600 {
            let runtime = runtime(1 + round % 2);
            let accepts = listener.clone();
            let spawner = runtime.spawn(move || {
                let mut spawned = 0;
                while cancelled().is_none() {
                    let listener = accepts.clone();
                    drop(go(move || listener.accept().map(drop)));
                    spawned += 1;
                    if spawned % 4 == 0 {
                        yield_now();
                    }
                    if spawned % 64 == 0 {
                        sleep(Duration::from_micros(100));
                    }
                }
            });
            (0..random.below(100_000)).for_each(|_| spin_loop());
            let report = early(&runtime, GRACE);
            assert!(report.abandoned.is_empty(), "round {round}: {report:?}");
            drop(spawner.join());
            assert_eq!(runtime.metrics().live, 0);
        }
    });
}

/// A thousand take longer to cancel than one, but not for ever.
#[test]
fn when_thousands_have_ended_or_were_left() {
    bounded(|| {
        let runtime = runtime(2);
        {
            let _current = runtime.enter();
            let small = || Builder::new().stack_size(64 << 10);
            for _ in 0..3000 {
                drop(small().spawn(park).expect("a coroutine"));
                drop(small().spawn(|| sleep(Duration::MAX)).expect("a coroutine"));
            }
        }
        until_parked(&runtime, 6000);
        let report = early(&runtime, Duration::ZERO);
        assert_eq!(report.abandoned.len(), 6000);
    });
}
