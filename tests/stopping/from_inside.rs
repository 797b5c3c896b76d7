//! A runtime that one of its own coroutines wants to stop.

use crate::child::in_child;
use crate::eventually::eventually;
use crate::footprint::Footprint;
use crate::waiting::{until_gone, until_parked};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::park;
use gopark::runtime::Runtime;
use gopark::time::sleep;
use gopark::{Cancelled, go};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

fn says(payload: &(dyn Any + Send), text: &str) -> bool {
    let message = payload.downcast_ref::<&str>().copied();
    message.or(payload.downcast_ref::<String>().map(String::as_str)).is_some_and(|said| said.contains(text))
}

#[test]
fn a_shutdown_panics_and_the_runtime_goes_on() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = Arc::new(runtime(workers));
            let inner = runtime.clone();
            let panics = runtime.spawn(move || {
                let first = catch_unwind(AssertUnwindSafe(|| inner.shutdown(Duration::from_secs(60))));
                // Nothing has begun.
                assert_eq!(go(|| 3).join().expect("no panic"), 3);
                sleep(Duration::from_millis(1));
                let again = inner.shutdown(Duration::ZERO);
                (first.map(drop), again.finished)
            });
            let payload = panics.join().map(drop).expect_err("a panic");
            assert!(says(&*payload, "cannot shut down the runtime"));
            assert_eq!(runtime.run(|| go(|| 4).join().expect("no panic")), 4);
            // From outside it works as ever.
            let report = runtime.shutdown(Duration::from_secs(60));
            assert_eq!((report.finished, report.cancelled, report.abandoned.len()), (0, 0, 0));
        }
    });
}

/// From a coroutine of another runtime inside `run`, it is that one's business.
#[test]
fn a_shutdown_of_the_outer_one_from_an_inner_one_abandons_the_one_that_waits() {
    bounded(|| {
        let outer = Arc::new(runtime(1));
        let stops = outer.clone();
        let (send, receive) = channel();
        let waits = outer.spawn(move || {
            crate::run::run(|| {
                let report = stops.shutdown(Duration::from_millis(5));
                send.send(report.abandoned.len()).expect("the test waits");
            });
        });
        assert_eq!(receive.recv().expect("the shutdown returns"), 1);
        assert!(waits.join().expect_err("abandoned").is::<Cancelled>());
    });
}

#[test]
fn a_runtime_cannot_be_dropped_by_its_own_coroutine_and_stops_all_the_same() {
    bounded(|| {
        let runtime = Arc::new(runtime(2));
        let last = runtime.clone();
        let (send, receive) = channel();
        let (release, released) = channel();
        runtime.spawn(move || {
            released.recv().expect("the test lets go");
            let dropped = catch_unwind(AssertUnwindSafe(|| drop(last)));
            send.send((dropped, go(|| ()).join())).expect("the test waits");
        });
        drop(runtime);
        release.send(()).expect("the coroutine waits");
        let (dropped, late) = receive.recv().expect("it comes out of the drop");
        let message = dropped.expect_err("it cannot wait for itself");
        assert!(message.downcast_ref::<&str>().is_some_and(|text| text.contains("cannot drop the runtime")));
        assert!(late.expect_err("the runtime stops").is::<Cancelled>());
    });
}

/// Gives the last reference to a coroutine of the runtime's own, which drops it; with others around it.
fn dropped_inside(workers: usize, how: impl FnOnce(Arc<Runtime>) + Send + 'static) {
    let runtime = Arc::new(runtime(workers));
    let parked: Vec<_> = (0..6).map(|_| runtime.spawn(park)).collect();
    until_parked(&runtime, 6);
    let last = runtime.clone();
    let (release, released) = channel::<()>();
    let drops = runtime.spawn(move || {
        until_gone(&released);
        how(last);
    });
    drop(runtime);
    drop(release);
    let end = drops.join();
    if let Err(payload) = end {
        assert!(
            says(&*payload, "cannot drop the runtime")
                || payload.is::<Cancelled>()
                || says(&*payload, "on purpose")
        );
    }
    for handle in parked {
        assert!(handle.join().expect_err("abandoned").is::<Cancelled>());
    }
}

#[test]
fn the_others_are_abandoned_and_their_joiners_told() {
    bounded(|| {
        for workers in [1, 2, 3] {
            dropped_inside(workers, drop);
            dropped_inside(workers, |last| {
                let payload = catch_unwind(AssertUnwindSafe(|| drop(last))).expect_err("a panic");
                assert!(says(&*payload, "cannot drop the runtime"));
            });
        }
    });
}

/// A second panic would abort the process.
#[test]
fn a_drop_during_a_panic_does_not_panic() {
    in_child(a_drop_during_a_panic_does_not_panic, &[], || {
        for workers in [1, 2] {
            dropped_inside(workers, |last| {
                let _last = last;
                panic!("on purpose");
            });
        }
    })
    .succeeded();
}

/// As a captured value that nobody uses, as a result that nobody takes, in a destructor of a local.
#[test]
fn wherever_the_last_reference_is() {
    use gopark::coroutine_local;
    use std::cell::RefCell;
    coroutine_local! {
        static KEPT: RefCell<Option<Arc<Runtime>>> = RefCell::new(None)
    }
    bounded(|| {
        for workers in [1, 2] {
            dropped_inside(workers, |last| KEPT.with_borrow_mut(|place| *place = Some(last)));

            let runtime = Arc::new(runtime(workers));
            let last = runtime.clone();
            let (release, released) = channel::<()>();
            let parked = runtime.spawn(park);
            until_parked(&runtime, 1);
            drop(runtime.spawn(move || {
                until_gone(&released);
                last
            }));
            drop(runtime);
            drop(release);
            assert!(parked.join().expect_err("abandoned").is::<Cancelled>());
        }
    });
}

/// Once everything has ended that can, the threads end, the monitor's too.
#[test]
fn its_threads_end() {
    in_child(its_threads_end, &[], || {
        let threads = Footprint::now().threads;
        for round in 0..50 {
            let runtime = Arc::new(runtime(1 + round % 3));
            let last = runtime.clone();
            let (release, released) = channel::<()>();
            let drops = runtime.spawn(move || {
                until_gone(&released);
                drop(last);
            });
            drop(runtime);
            drop(release);
            drop(drops.join());
        }
        eventually("all of them have left", || Footprint::now().threads == threads);
    })
    .succeeded();
}

/// The hook for stalls is called on the thread that watches the runtime.
#[test]
fn a_shutdown_by_the_stall_hook() {
    bounded(|| {
        let (give, given) = channel::<Arc<Runtime>>();
        let given = std::sync::Mutex::new(given);
        let (tell, told) = channel();
        let runtime = crate::policy::builder().workers(1).on_stall(move |_| {
            let Ok(runtime) = given.lock().expect("no panic").try_recv() else { return };
            let report = catch_unwind(AssertUnwindSafe(|| runtime.shutdown(Duration::from_millis(10))));
            tell.send(report.map(|report| report.abandoned.len()).map_err(drop)).expect("the test waits");
        });
        let runtime = Arc::new(runtime.build().expect("a runtime"));
        let (release, released) = channel::<()>();
        let hog = runtime.spawn(move || until_gone(&released));
        give.send(runtime.clone()).expect("the hook waits");
        let begun = Instant::now();
        let report = told.recv_timeout(Duration::from_secs(30)).expect("the hook comes out of the shutdown");
        assert!(begun.elapsed() < Duration::from_secs(20));
        drop(release);
        drop(hog.join());
        assert_eq!(report, Ok(1), "it panics, and the report is lost");
    });
}
