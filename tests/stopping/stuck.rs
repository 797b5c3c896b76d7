//! A coroutine that does not come back in time: it is named and left behind, and does no harm when it comes back.

use crate::child::in_child;
use crate::counted::Drops;
use crate::eventually::eventually;
use crate::footprint::Footprint;
use crate::sockets::{assert_cancelled, listener};
use crate::unstarted::one_thread;
use crate::waiting::{until_gone, until_parked};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{Builder, cancelled, park};
use gopark::runtime::Runtime;
use gopark::time::sleep;
use gopark::{Cancelled, JoinHandle, go, yield_now};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// A coroutine that blocks its thread until the sender is dropped, and then does `afterwards`.
fn hog<T: Send + 'static>(
    runtime: &Runtime,
    afterwards: impl FnOnce() -> T + Send + 'static,
) -> (JoinHandle<T>, Sender<()>) {
    let (release, released) = channel::<()>();
    let (begin, begun) = channel();
    let _current = runtime.enter();
    let hog = Builder::new().name("hog").spawn(move || {
        begin.send(()).expect("the test waits");
        until_gone(&released);
        afterwards()
    });
    begun.recv().expect("it begins");
    (hog.expect("a coroutine"), release)
}

#[test]
fn it_is_named_long_before_it_comes_back() {
    in_child(it_is_named_long_before_it_comes_back, &[], || {
        for workers in [1, 2] {
            let threads = Footprint::now().threads;
            let runtime = runtime(workers);
            let (begin, begun) = channel();
            let spawned_at = line!() + 3;
            let hog = {
                let _current = runtime.enter();
                let hog = Builder::new().name("sleeper on std").spawn(move || {
                    begin.send(()).expect("the test waits");
                    thread::sleep(Duration::from_secs(2));
                    "back"
                });
                hog.expect("a coroutine")
            };
            begun.recv().expect("it begins");
            let beginning = Instant::now();
            let report = runtime.shutdown(Duration::from_millis(50));
            let took = beginning.elapsed();
            assert!(took >= Duration::from_millis(50) && took < Duration::from_millis(1500), "{took:?}");
            assert_eq!((report.finished, report.cancelled), (0, 0), "{report:?}");
            let [left] = &report.abandoned[..] else { panic!("one is left: {report:?}") };
            assert_eq!(left.coroutine, *hog.coroutine());
            assert_eq!(left.coroutine.name(), Some("sleeper on std"));
            assert_eq!(left.spawned_at.map(std::panic::Location::line), Some(spawned_at));
            drop(runtime);
            assert!(beginning.elapsed() < Duration::from_millis(1900), "the drop has waited for it");
            assert!(!hog.is_finished());

            // It comes back, and to its end.
            match hog.join() {
                Ok(word) => assert_eq!(word, "back"),
                Err(error) => assert!(error.is::<Cancelled>()),
            }
            assert!(beginning.elapsed() >= Duration::from_millis(1900));
            eventually("its thread ends", || Footprint::now().threads == threads);
        }
    })
    .succeeded();
}

#[test]
fn when_it_comes_back_everything_is_refused() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let (hog, release) = hog(&runtime, || {
                let told = cancelled().is_some();
                let late = go(|| ());
                assert!(late.is_finished());
                let late = late.join().expect_err("the runtime has stopped");
                assert_cancelled("accept", listener().0.accept());
                (told, late.is::<Cancelled>())
            });
            assert_eq!(runtime.shutdown(Duration::from_millis(20)).abandoned.len(), 1);
            drop(runtime);
            drop(release);
            // It either came to its end, for `accept` may let others run, or not.
            match hog.join() {
                Ok(told) => assert_eq!(told, (true, true)),
                Err(error) => assert!(error.is::<Cancelled>()),
            }
        }
    });
}

/// The first call that may let others run is where it stays.
#[test]
fn when_it_waits_it_is_abandoned() {
    bounded(|| {
        for wait in [park as fn(), yield_now, || sleep(Duration::from_millis(1)), || drop(go(|| ()).join())] {
            let drops = Drops::default();
            let value = drops.value();
            let runtime = runtime(1);
            let (hog, release) = hog(&runtime, move || {
                let _value = value;
                wait();
                yield_now();
                unreachable!("it must not be resumed");
            });
            let report = runtime.shutdown(Duration::from_millis(20));
            assert_eq!(report.abandoned.len(), 1);
            drop(runtime);
            thread::sleep(Duration::from_millis(20));
            drop(release);
            let end: Result<(), _> = hog.join();
            assert!(end.expect_err("it never ends").is::<Cancelled>());
            assert_eq!(drops.count(), 0);
        }
    });
}

/// Those who live on the same thread cannot even be looked at; but they are named.
#[test]
fn its_neighbours_are_named_too() {
    bounded(|| {
        let runtime = runtime(1);
        let neighbours = [runtime.spawn(park), runtime.spawn(|| sleep(Duration::MAX))];
        until_parked(&runtime, 2);
        let (hog, release) = hog(&runtime, || ());
        let report = runtime.shutdown(Duration::from_millis(20));
        let mut told: Vec<_> = report.abandoned.iter().map(|left| left.coroutine.id()).collect();
        told.sort_unstable();
        let mut alive = vec![hog.coroutine().id()];
        alive.extend(neighbours.iter().map(|handle| handle.coroutine().id()));
        alive.sort_unstable();
        assert_eq!(told, alive);
        assert_eq!((report.finished, report.cancelled), (0, 0));

        drop(runtime);
        drop(release);
        for neighbour in neighbours {
            assert!(neighbour.join().expect_err("abandoned").is::<Cancelled>());
        }
    });
}

/// Whoever joins one that is in the report is told without waiting for the one that is stuck.
#[test]
fn joiners_of_its_neighbours_are_told_at_once() {
    bounded(|| {
        let runtime = runtime(1);
        let neighbour = runtime.spawn(park);
        until_parked(&runtime, 1);
        let (hog, release) = hog(&runtime, || ());
        assert_eq!(runtime.shutdown(Duration::from_millis(20)).abandoned.len(), 2);
        let told = neighbour.join_timeout(Duration::from_secs(5));
        drop(release);
        assert!(told, "it is known to be abandoned, but its joiners are not told");
        assert!(neighbour.join().expect_err("abandoned").is::<Cancelled>());
        drop(hog.join());
    });
}

/// Behind it in the queues of its thread: nobody starts them, and the stuck thread cannot drop them.
#[test]
fn what_has_not_started_behind_it_is_dropped_at_once() {
    bounded(|| {
        for grace in [Duration::from_millis(100), Duration::ZERO] {
            let drops = Drops::default();
            let runtime = one_thread();
            let (send, receive) = channel();
            let (release, released) = channel::<()>();
            let values: Vec<_> = (0..10).map(|_| drops.value()).collect();
            let hog = runtime.spawn(move || {
                let children: Vec<_> = values.into_iter().map(|value| go(move || drop(value))).collect();
                send.send(children).expect("the test waits");
                until_gone(&released);
            });
            let children = receive.recv().expect("it has spawned");
            let report = runtime.shutdown(grace);
            let all_are_told = children.iter().all(|child| child.join_timeout(Duration::from_secs(3)));
            drop(release);
            assert_eq!((report.cancelled, report.abandoned.len()), (10, 1), "grace {grace:?}");
            assert!(all_are_told, "grace {grace:?}: they have to wait for the one that is stuck");
            children
                .into_iter()
                .for_each(|child| assert!(child.join().is_err_and(|end| end.is::<Cancelled>())));
            assert_eq!(drops.count(), 10);
            drop(hog.join());
        }
    });
}

/// It was replaced by other threads; all of those leave.
#[test]
fn those_that_took_its_place_leave_with_the_rest() {
    in_child(those_that_took_its_place_leave_with_the_rest, &[], || {
        let threads = Footprint::now().threads;
        let runtime = runtime(2);
        let hogs: Vec<_> = (0..4).map(|_| hog(&runtime, || 5)).collect();
        assert_eq!(runtime.spawn(|| 3).join().expect("somebody starts it"), 3);
        let report = runtime.shutdown(Duration::from_millis(30));
        assert_eq!(report.abandoned.len(), 4);
        drop(runtime);
        let (handles, releases): (Vec<_>, Vec<_>) = hogs.into_iter().unzip();
        drop(releases);
        for handle in handles {
            assert_eq!(handle.join().expect("it came to its end"), 5);
        }
        eventually("all threads end", || Footprint::now().threads == threads);
    })
    .succeeded();
}

/// The same in a loop that computes: it is asked to let others run, and where it does it stays.
#[test]
fn one_that_computes_is_left_behind() {
    bounded(|| {
        let runtime = runtime(2);
        let (begin, begun) = channel();
        let (release, released) = channel::<()>();
        let computes = runtime.spawn(move || {
            begin.send(()).expect("the test waits");
            let mut sum = 0_u64;
            while released.try_recv() != Err(std::sync::mpsc::TryRecvError::Disconnected) {
                sum = sum.wrapping_add(1);
            }
            sum
        });
        begun.recv().expect("it begins");
        let beginning = Instant::now();
        let report = runtime.shutdown(Duration::from_millis(30));
        assert!(beginning.elapsed() < Duration::from_secs(20));
        assert_eq!(report.abandoned.len(), 1);
        assert_eq!(report.abandoned[0].coroutine, *computes.coroutine());
        drop(release);
        drop(computes.join());
    });
}
