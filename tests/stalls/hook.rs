//! What `on_stall` may do, and what it is told of a `std` lock.

use crate::hogs::{Hog, How};
use crate::one_at_a_time::alone;
use crate::reports::{says_system_calls, watched};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine;
use gopark::runtime::{Runtime, Stall, StallCause};
use gopark::time::sleep;
use gopark::{go, yield_now};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_panic_in_it_is_swallowed() {
    let _turn = alone();
    bounded(|| {
        let (tell, told) = channel();
        let hook = move |stall: &Stall| {
            let name = stall.coroutine.name().unwrap_or_default().to_owned();
            drop(tell.send(name.clone()));
            panic!("on purpose, about {name}");
        };
        let runtime = crate::policy::builder().workers(1).on_stall(hook).build().expect("a runtime");
        let _entered = runtime.enter();
        for name in ["one", "two", "three"] {
            let hog = Hog::start(How::Blocking, name, || ());
            while told.recv_timeout(Duration::from_secs(20)).expect("the monitor goes on") != name {}
            // So does its other work.
            assert_ne!(runtime.spawn(|| thread::current().id()).join().expect("no panic"), hog.thread);
            hog.let_go();
        }
        assert!(runtime.metrics().stalls >= 3);
    });
}

/// It runs on a thread of no runtime, and may ask and use this one as every thread may.
#[test]
fn it_may_use_the_runtime() {
    let _turn = alone();
    bounded(|| {
        let (give, given) = channel::<Arc<Runtime>>();
        let given = Mutex::new(given);
        let (tell, told) = channel();
        let hook = move |stall: &Stall| {
            if stall.coroutine.name() != Some("hog") {
                return;
            }
            assert!(coroutine::current().is_none());
            let Ok(runtime) = given.lock().expect("no panic").recv() else { return };
            stall.coroutine.unpark();
            let stalls = runtime.metrics().stalls;
            let (seen, behind) = (Arc::new(AtomicUsize::new(0)), stall.behind);
            let sees = seen.clone();
            let spawned = runtime.spawn(move || sees.store(7 + behind, Ordering::SeqCst));
            drop(tell.send((stalls, spawned, seen)));
        };
        let runtime =
            Arc::new(crate::policy::builder().workers(1).on_stall(hook).build().expect("a runtime"));
        give.send(runtime.clone()).expect("the hook waits");
        drop(give);
        let _entered = runtime.enter();
        let hog = Hog::start(How::Spinning, "hog", || ());
        let (stalls, spawned, seen) = told.recv_timeout(Duration::from_secs(20)).expect("it is told");
        assert!(stalls >= 1);
        spawned.join().expect("no panic");
        assert_eq!(seen.load(Ordering::SeqCst), 7);
        hog.let_go();
    });
}

#[test]
fn a_std_lock_is_guessed() {
    let _turn = alone();
    bounded(|| {
        let (runtime, reports) = watched(crate::policy::builder().workers(2));
        let _entered = runtime.enter();
        let lock = Arc::new(Mutex::new(()));
        let held = lock.lock().expect("no panic");
        let locks = lock.clone();
        let waits = coroutine::Builder::new().name("waits").spawn(move || drop(locks.lock()));
        let stall = reports.next_of("waits");
        drop(held);
        waits.expect("a coroutine").join().expect("no panic");
        let StallCause::Blocked { system_call } = stall.cause else { panic!("{stall}") };
        if says_system_calls() {
            assert_eq!(system_call, Some(libc::SYS_futex));
            assert!(stall.to_string().contains("a std lock held across a park?"), "{stall}");
        }
        assert!(stall.to_string().contains("futex") || !says_system_calls(), "{stall}");
    });
}

/// Those that wait as they should, and those that let others run, may go on for as long as they like. (On a busy machine
/// any of them may have to wait for a processor for over 10 ms, and is told of.)
#[test]
fn waiting_is_no_stall() {
    let _turn = alone();
    bounded(|| {
        const LONG: Duration = Duration::from_millis(300);
        let (watched, reports) = watched(crate::policy::builder().workers(2));
        let _entered = watched.enter();
        let other = runtime(1);
        // Joining another runtime's coroutine is a wait like any other.
        let slow = other.spawn(|| sleep(LONG));
        let waits = [
            go(|| sleep(LONG)),
            go(move || slow.join().expect("no panic")),
            go(|| {
                let begun = Instant::now();
                while begun.elapsed() < LONG {
                    yield_now();
                }
            }),
        ];
        waits.into_iter().for_each(|one| one.join().expect("no panic"));
        let told = reports.rest();
        assert!(told.iter().all(|stall| stall.duration < LONG / 3), "{told:?}");
    });
}

/// Several runtimes have each their own.
#[test]
fn a_runtime_tells_of_its_own() {
    let _turn = alone();
    bounded(|| {
        let (one, of_one) = watched(crate::policy::builder().workers(1));
        let (two, of_two) = watched(crate::policy::builder().workers(1));
        let unwatched = runtime(1);
        let start = |on: &Runtime, name| {
            let _entered = on.enter();
            Hog::start(How::Blocking, name, || ())
        };
        let hogs = [start(&one, "of one"), start(&two, "of two"), start(&unwatched, "of another")];
        of_one.next_of("of one");
        of_two.next_of("of two");
        hogs.into_iter().for_each(Hog::let_go);
        let foreign = |told: Vec<Stall>, own| {
            told.iter().any(|stall| stall.coroutine.name().is_some_and(|name| name != own))
        };
        assert!(!foreign(of_one.rest(), "of one") && !foreign(of_two.rest(), "of two"));
    });
}
