//! What `shutdown` tells: how many finished, how many never started, and who was left behind.

use crate::eventually::eventually;
use crate::sockets::{assert_cancelled, calls_that_wait};
use crate::waiting::{until_parked, until_started};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{Builder, cancelled, park, park_timeout};
use gopark::runtime::{Abandoned, Shutdown};
use gopark::time::sleep;
use gopark::{JoinHandle, go, yield_now};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// The abandoned one behind `handle`.
#[track_caller]
fn told_of<'a, T>(report: &'a Shutdown, handle: &JoinHandle<T>) -> &'a Abandoned {
    let mut found = report.abandoned.iter().filter(|abandoned| abandoned.coroutine == *handle.coroutine());
    let abandoned = found.next().expect("it is in the report");
    assert!(found.next().is_none(), "it is there once");
    abandoned
}

#[test]
fn an_empty_runtime_has_nothing_to_tell() {
    bounded(|| {
        let runtime = runtime(2);
        runtime.run(|| go(|| ()).join().expect("no panic"));
        let begun = Instant::now();
        let report = runtime.shutdown(Duration::from_secs(60));
        assert!(begun.elapsed() < Duration::from_secs(20));
        assert_eq!((report.finished, report.cancelled, report.abandoned.len()), (0, 0, 0));
    });
}

#[test]
fn who_was_abandoned_with_name_number_and_spawn_site() {
    bounded(|| {
        let runtime = runtime(2);
        let from_outside = line!() + 1;
        let unnamed = runtime.spawn(park);
        let by_builder = line!() + 3;
        let named = {
            let _current = runtime.enter();
            Builder::new().name("stays behind").spawn(|| sleep(Duration::MAX)).expect("a coroutine")
        };
        let by_go = line!() + 2;
        let (child, number) = runtime.run(|| {
            let child = go(park);
            let number = child.coroutine().id();
            (child, number)
        });
        until_parked(&runtime, 3);
        let report = runtime.shutdown(Duration::from_millis(1));
        assert_eq!(report.abandoned.len(), 3, "{report:?}");

        let site = |abandoned: &Abandoned| {
            let site = abandoned.spawned_at.expect("every spawn has a site");
            assert_eq!(site.file(), file!());
            site.line()
        };
        let one = told_of(&report, &unnamed);
        assert_eq!((one.coroutine.name(), site(one)), (None, from_outside));
        let two = told_of(&report, &named);
        assert_eq!((two.coroutine.name(), site(two)), (Some("stays behind"), by_builder));
        let text = two.to_string();
        for part in ["stays behind", &format!("{}:{by_builder}", file!()), &two.coroutine.id().to_string()] {
            assert!(text.contains(part), "no {part} in {text}");
        }
        let three = told_of(&report, &child);
        assert_eq!((three.coroutine.id(), site(three)), (number, by_go));
    });
}

/// Handles or not: the report names them all.
#[test]
fn detached_ones_are_told_too() {
    bounded(|| {
        let runtime = runtime(2);
        let mut ids: Vec<_> = (0..20).map(|_| runtime.spawn(park).coroutine().id()).collect();
        until_parked(&runtime, 20);
        let report = runtime.shutdown(Duration::ZERO);
        let mut told: Vec<_> = report.abandoned.iter().map(|abandoned| abandoned.coroutine.id()).collect();
        told.sort_unstable();
        ids.sort_unstable();
        assert_eq!(told, ids);
    });
}

/// Each wait that a cancellation does not end.
#[test]
fn every_other_wait_is_abandoned_after_the_grace() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let never = Arc::new(runtime.spawn(park));
            let joins = never.clone();
            let waits: [Box<dyn FnOnce() + Send>; 6] = [
                Box::new(park),
                Box::new(|| park_timeout(Duration::MAX)),
                Box::new(|| sleep(Duration::from_secs(3600))),
                Box::new(|| drop(go(park).join())),
                Box::new(move || assert!(joins.join_timeout(Duration::MAX))),
                Box::new(|| {
                    loop {
                        yield_now();
                    }
                }),
            ];
            let waiting: Vec<_> = waits.into_iter().map(|wait| runtime.spawn(wait)).collect();
            // And the one that is joined by one of them; the yielder does not park.
            until_parked(&runtime, 7);
            until_started(&runtime, 8);
            let grace = Duration::from_millis(60);
            let begun = Instant::now();
            let report = runtime.shutdown(grace);
            let took = begun.elapsed();
            assert!(took >= grace, "they had {took:?}");
            assert!(took < Duration::from_secs(20), "it took {took:?}");
            assert_eq!((report.finished, report.cancelled), (0, 0), "{report:?}");
            assert_eq!(report.abandoned.len(), 8);
            waiting.iter().for_each(|handle| assert!(told_of(&report, handle).spawned_at.is_some()));
            told_of(&report, &never);
            // One that is interrupted for long is told of before its thread has come to abandon it.
            eventually("they are counted", || runtime.metrics().abandoned == 8);
            assert_eq!((runtime.metrics().finished, runtime.metrics().live), (0, 8));
        }
    });
}

/// Those on sockets end within the grace; so do those that look whether they are cancelled, and those that were
/// about to end anyway. Others do not.
#[test]
fn how_many_finished() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let calls = calls_that_wait();
            let on_sockets: Vec<_> = calls
                .into_iter()
                .map(|(name, call)| runtime.spawn(move || assert_cancelled(name, call())))
                .collect();
            let looks: [fn(); 3] =
                [yield_now, || sleep(Duration::from_millis(1)), || park_timeout(Duration::from_millis(1))];
            let looking = looks.map(|look| {
                runtime.spawn(move || {
                    while cancelled().is_none() {
                        look();
                    }
                })
            });
            let (begin, begun) = channel();
            let ends = runtime.spawn(move || {
                begin.send(()).expect("the test waits");
                sleep(Duration::from_millis(250));
                "in time"
            });
            let stays = runtime.spawn(park);
            begun.recv().expect("it starts");
            until_started(&runtime, on_sockets.len() as u64 + 5);
            // The one that stays, too.
            thread::sleep(Duration::from_millis(20));
            let report = runtime.shutdown(Duration::from_secs(3));
            assert_eq!(report.finished, on_sockets.len() + looking.len() + 1, "{report:?}");
            assert_eq!((report.cancelled, report.abandoned.len()), (0, 1), "{report:?}");
            told_of(&report, &stays);
            on_sockets.into_iter().for_each(|handle| handle.join().expect("its call was cancelled"));
            looking.into_iter().for_each(|handle| handle.join().expect("it has looked"));
            assert_eq!(ends.join().expect("no panic"), "in time");
        }
    });
}

/// A panic within the grace is an end, too.
#[test]
fn who_panics_has_finished() {
    bounded(|| {
        let runtime = runtime(1);
        let panics = runtime.spawn(|| {
            while cancelled().is_none() {
                yield_now();
            }
            panic!("on purpose");
        });
        until_started(&runtime, 1);
        let report = runtime.shutdown(Duration::from_secs(30));
        assert_eq!((report.finished, report.cancelled, report.abandoned.len()), (1, 0, 0));
        assert!(panics.join().expect_err("a panic").is::<&str>());
        assert_eq!(runtime.metrics().panicked, 1);
    });
}

/// What they spawn meanwhile is refused: nobody is counted who was never there.
#[test]
fn children_that_come_too_late_are_not_counted() {
    bounded(|| {
        let runtime = runtime(2);
        let parent = runtime.spawn(|| {
            while cancelled().is_none() {
                yield_now();
            }
            (0..10).filter(|_| go(|| ()).join().is_err_and(|error| error.is::<gopark::Cancelled>())).count()
        });
        until_started(&runtime, 1);
        let report = runtime.shutdown(Duration::from_secs(30));
        assert_eq!((report.finished, report.cancelled, report.abandoned.len()), (1, 0, 0), "{report:?}");
        assert_eq!(parent.join().expect("no panic"), 10);
        assert_eq!(runtime.metrics().spawned, 1);
    });
}

#[test]
fn a_second_shutdown_tells_nothing() {
    bounded(|| {
        let runtime = runtime(2);
        drop(runtime.spawn(park));
        until_parked(&runtime, 1);
        assert_eq!(runtime.shutdown(Duration::ZERO).abandoned.len(), 1);
        for grace in [Duration::ZERO, Duration::MAX] {
            let again = runtime.shutdown(grace);
            assert_eq!((again.finished, again.cancelled, again.abandoned.len()), (0, 0, 0));
        }
    });
}

#[test]
fn of_two_at_once_one_tells_all() {
    bounded(|| {
        for _ in 0..50 {
            let runtime = Arc::new(runtime(2));
            drop(runtime.spawn(park));
            until_parked(&runtime, 1);
            let other = runtime.clone();
            let elsewhere = thread::spawn(move || other.shutdown(Duration::from_millis(2)));
            let here = runtime.shutdown(Duration::from_millis(2));
            let there = elsewhere.join().expect("no panic");
            let mut told = [here.abandoned.len(), there.abandoned.len()];
            told.sort_unstable();
            assert_eq!(told, [0, 1]);
        }
    });
}
