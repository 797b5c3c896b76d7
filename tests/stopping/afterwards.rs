//! What reaches a runtime that has stopped: wake-ups, cancellations, spawns, data, timers. None of it does harm.

use crate::child::in_child;
use crate::counted::Drops;
use crate::sockets::{assert_cancelled, listener, pair};
use crate::waiting::{until_gone, until_parked};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{Builder, park, park_timeout};
use gopark::runtime::Runtime;
use gopark::time::sleep;
use gopark::{Cancelled, Coroutine, JoinHandle, go};
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Coroutines that were abandoned, that finished, and that never started; all of a runtime that has stopped.
fn remains() -> (Runtime, Vec<JoinHandle<()>>) {
    let runtime = runtime(2);
    let mut handles: Vec<_> = (0..5).map(|_| runtime.spawn(park)).collect();
    handles.extend((0..5).map(|_| runtime.spawn(|| sleep(Duration::MAX))));
    until_parked(&runtime, 10);
    handles.extend((0..5).map(|_| runtime.spawn(|| ())));
    handles.extend((0..5).map(|_| {
        runtime.spawn(|| {
            assert_cancelled("accept", listener().0.accept());
        })
    }));
    let report = runtime.shutdown(Duration::from_millis(50));
    assert!(report.abandoned.len() >= 10);
    handles.extend((0..5).map(|_| runtime.spawn(|| ())));
    (runtime, handles)
}

#[test]
fn unpark_and_cancel() {
    bounded(|| {
        let other = runtime(2);
        for round in 0..10 {
            let (runtime, handles) = remains();
            // While the runtime's value is there, and after.
            let runtime = (round % 2 == 0).then_some(runtime);
            let poke = || {
                for handle in &handles {
                    handle.coroutine().unpark();
                    handle.cancel();
                    handle.coroutine().unpark();
                }
            };
            poke();
            other.run(poke);
            thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| (0..100).for_each(|_| poke()));
                }
            });
            drop(runtime);
            poke();
            handles.iter().for_each(|handle| assert!(handle.is_finished()));
        }
        assert_eq!(other.run(|| go(|| 1).join().expect("no panic")), 1);
    });
}

/// While the runtime stops, too.
#[test]
fn unpark_and_cancel_at_the_same_time() {
    bounded(|| {
        for _ in 0..100 {
            let runtime = runtime(2);
            let parked: Vec<_> = (0..20)
                .map(|_| {
                    runtime.spawn(|| {
                        loop {
                            park();
                        }
                    })
                })
                .collect();
            until_parked(&runtime, 20);
            let targets: Vec<Coroutine> = parked.iter().map(|handle| handle.coroutine().clone()).collect();
            let count = AtomicUsize::new(0);
            thread::scope(|scope| {
                scope.spawn(|| {
                    while count.load(Ordering::SeqCst) == 0 {
                        targets.iter().for_each(Coroutine::unpark);
                        parked.iter().for_each(JoinHandle::cancel);
                    }
                    targets.iter().for_each(Coroutine::unpark);
                });
                let report = runtime.shutdown(Duration::from_micros(200));
                count.store(1, Ordering::SeqCst);
                assert_eq!(report.abandoned.len(), 20);
            });
            for handle in parked {
                let end: Result<(), _> = handle.join();
                assert!(end.expect_err("abandoned").is::<Cancelled>());
            }
        }
    });
}

#[test]
fn handles_answer() {
    bounded(|| {
        let (runtime, handles) = remains();
        drop(runtime);
        let (mut ended, mut cancelled) = (0, 0);
        for (number, handle) in handles.into_iter().enumerate() {
            assert!(handle.is_finished());
            assert!(handle.join_timeout(Duration::ZERO));
            assert!(handle.coroutine().id() > 0);
            assert!(format!("{handle:?}").contains(&handle.coroutine().id().to_string()));
            if number % 7 == 0 {
                drop(handle);
                continue;
            }
            match handle.join() {
                Ok(()) => ended += 1,
                Err(error) => {
                    assert!(error.is::<Cancelled>());
                    cancelled += 1;
                }
            }
        }
        assert_eq!(ended + cancelled, 21);
        assert!(cancelled >= 8 + 4, "the abandoned ones, and those that came too late");
    });
}

#[test]
fn spawns_are_refused() {
    bounded(|| {
        let drops = Drops::default();
        let (runtime, _handles) = remains();
        let refused = |handle: JoinHandle<_>| {
            assert!(handle.is_finished());
            handle.coroutine().unpark();
            handle.cancel();
            let end: thread::Result<crate::counted::Counted> = handle.join();
            assert!(end.map(drop).expect_err("the runtime has stopped").is::<Cancelled>());
        };
        let value = || {
            let value = drops.value();
            move || value
        };
        refused(runtime.spawn(value()));
        {
            let _current = runtime.enter();
            refused(go(value()));
            refused(Builder::new().name("late").spawn(value()).expect("a handle"));
        }
        thread::scope(|scope| drop(scope.spawn(|| refused(runtime.spawn(value()))).join()));
        let other = self::runtime(1);
        other.run(|| refused(runtime.spawn(value())));
        assert_eq!(drops.count(), 5, "each closure was dropped, once");
        let metrics = runtime.metrics();
        assert_eq!(metrics.queued_global, 0);
    });
}

/// `run` has no other way to say it than the payload.
#[test]
fn run_panics_with_cancelled() {
    bounded(|| {
        let (runtime, _handles) = remains();
        let refused = catch_unwind(AssertUnwindSafe(|| runtime.run(|| 1)));
        assert!(refused.expect_err("it cannot run").is::<Cancelled>());
    });
}

/// A guard that nobody drops keeps the stopped runtime current.
#[test]
fn a_forgotten_guard_refuses_too() {
    bounded(|| {
        let runtime = runtime(1);
        std::mem::forget(runtime.enter());
        assert_eq!(go(|| 1).join().expect("it runs"), 1);
        drop(runtime);
        assert!(go(|| 1).join().expect_err("it has stopped").is::<Cancelled>());
        assert_eq!(gopark::metrics().live, 0);
    });
}

/// The sockets that an abandoned coroutine has used are watched by nobody, or by somebody else.
#[test]
fn data_for_a_socket_of_an_abandoned_one() {
    bounded(|| {
        let other = runtime(1);
        for round in 0..30 {
            let goes = runtime(1 + round % 2);
            let (near, far) = pair();
            let near = Arc::new(near);
            let conn = near.clone();
            let abandoned = goes.spawn(move || {
                // It has waited there, so that its worker watches the socket.
                (&*conn).read_exact(&mut [0; 4]).expect("it was not cancelled then");
                sleep(Duration::MAX);
                drop(conn);
            });
            until_parked(&goes, 1);
            (&far).write_all(b"four").expect("there is room");
            until_parked(&goes, 2);
            assert_eq!(goes.shutdown(Duration::ZERO).abandoned.len(), 1);
            let goes = (round % 3 == 0).then_some(goes);
            (&far).write_all(b"late").expect("there is room");
            thread::sleep(Duration::from_millis(1));

            // The others who hold it find what has come, and what comes.
            let conn = near.clone();
            let reads = other.spawn(move || {
                let mut buf = [0; 9];
                (&*conn).read_exact(&mut buf).map(|()| buf)
            });
            thread::sleep(Duration::from_millis(1));
            (&far).write_all(b" news").expect("there is room");
            assert_eq!(&reads.join().expect("no panic").expect("the data"), b"late news");
            drop(far);
            assert_eq!((&*near).read(&mut [0; 8]).expect("the end"), 0);
            drop(goes);
            assert!(abandoned.join().expect_err("abandoned").is::<Cancelled>());
        }
    });
}

/// Cancelled in the midst of a call, and never back before the end of the grace: it has a neighbour that does not let
/// it run. Nobody must take it for one who still waits there.
#[test]
fn data_for_one_that_was_abandoned_in_a_call() {
    bounded(|| {
        let other = runtime(1);
        for _ in 0..20 {
            let goes = crate::unstarted::one_thread();
            let (near, far) = pair();
            let near = Arc::new(near);
            let conn = near.clone();
            let reads = goes.spawn(move || (&*conn).read(&mut [0; 8]).map(drop));
            until_parked(&goes, 1);
            let (begin, begun) = std::sync::mpsc::channel();
            let (release, released) = std::sync::mpsc::channel::<()>();
            let hog = goes.spawn(move || {
                begin.send(()).expect("the test waits");
                until_gone(&released);
            });
            begun.recv().expect("it begins");
            assert_eq!(goes.shutdown(Duration::ZERO).abandoned.len(), 2);
            (&far).write_all(b"x").expect("there is room");
            drop(release);
            drop(hog.join());
            drop(goes);
            let conn = near.clone();
            let next = other.spawn(move || (&*conn).read(&mut [0; 8]));
            let first = reads.join().map(|end| end.expect_err("it was cancelled"));
            if let Err(error) = first {
                assert!(error.is::<Cancelled>());
            }
            assert_eq!(next.join().expect("no panic").expect("nobody else takes it"), 1);
        }
    });
}

#[test]
fn timers_that_would_fire() {
    in_child(timers_that_would_fire, &[], || {
        let back = Arc::new(AtomicUsize::new(0));
        for _ in 0..20 {
            let runtime = runtime(2);
            for i in 0..50 {
                let back = back.clone();
                let time = Duration::from_millis(100 + i);
                drop(runtime.spawn(move || {
                    if i % 2 == 0 {
                        sleep(time)
                    } else {
                        park_timeout(time)
                    }
                    back.fetch_add(1, Ordering::SeqCst);
                }));
            }
            // On a machine that is busy some may come first.
            until_parked(&runtime, 50);
            let report = runtime.shutdown(Duration::ZERO);
            assert_eq!(report.abandoned.len() + back.swap(0, Ordering::SeqCst), 50);
            assert_eq!(
                runtime.metrics().machines.iter().map(|machine| machine.timers_armed).sum::<usize>(),
                0
            );
        }
        thread::sleep(Duration::from_millis(300));
        assert_eq!(back.load(Ordering::SeqCst), 0, "an abandoned one was woken");
        // The process goes on as ever.
        assert_eq!(crate::run::run(|| go(|| 1).join().expect("no panic")), 1);
    })
    .succeeded();
}

/// Threads and coroutines that wait for a stopped runtime's coroutine beside each other, by one handle.
#[test]
fn those_who_share_a_handle_are_all_told() {
    bounded(|| {
        let (goes, stays) = (runtime(1), runtime(1));
        let shared = Arc::new(goes.spawn(park));
        until_parked(&goes, 1);
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let shared = shared.clone();
                thread::spawn(move || shared.join_timeout(Duration::from_secs(30)))
            })
            .collect();
        let coroutines: Vec<_> = (0..3)
            .map(|_| {
                let shared = shared.clone();
                stays.spawn(move || shared.join_timeout(Duration::from_secs(30)))
            })
            .collect();
        thread::sleep(Duration::from_millis(10));
        assert_eq!(goes.shutdown(Duration::ZERO).abandoned.len(), 1);
        threads.into_iter().for_each(|thread| assert!(thread.join().expect("no panic")));
        coroutines.into_iter().for_each(|coroutine| assert!(coroutine.join().expect("no panic")));
    });
}
