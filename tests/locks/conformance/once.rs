//! What is done once, by whoever comes first.

use crate::crowd::{Crowd, Kind};
use crate::eventually::eventually;
use crate::subject::{Once, OnceState, spawn};
use crate::trial::{let_them_wait, trial};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Fails unless `action` panics; returns what it said.
#[track_caller]
fn panic_of(action: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(action)).expect_err("it panics");
    (*payload.downcast_ref::<&str>().expect("it says why")).to_owned()
}

#[test]
fn the_first_call_runs_and_no_other_does() {
    trial(|| {
        let (once, mut runs) = (Once::new(), 0);
        assert_eq!(once.state(), OnceState::New);
        for _ in 0..3 {
            once.call_once(|| runs += 1);
            assert_eq!(once.state(), OnceState::Done);
        }
        once.call_once_force(|_| unreachable!("it is done"));
        assert_eq!(runs, 1);
    });
}

#[test]
fn one_of_many_runs_and_all_see_what_it_did() {
    trial(|| {
        for _ in 0..50 {
            let shared = Arc::new((Once::new(), AtomicUsize::new(0), AtomicUsize::new(0)));
            let mut crowd = Crowd::default();
            for number in 0..4 {
                let shared = shared.clone();
                crowd.start(Kind::BOTH[number % 2], move || {
                    let (once, runs, effect) = &*shared;
                    once.call_once(|| {
                        runs.fetch_add(1, Ordering::Relaxed);
                        effect.store(7, Ordering::Relaxed);
                    });
                    assert_eq!(effect.load(Ordering::Relaxed), 7);
                });
            }
            crowd.join();
            assert_eq!(shared.1.load(Ordering::Relaxed), 1);
        }
    });
}

#[test]
fn who_comes_meanwhile_waits_for_the_end() {
    trial(|| {
        let shared = Arc::new((Once::new(), AtomicBool::new(false), AtomicUsize::new(0)));
        let mut crowd = Crowd::default();
        let first = shared.clone();
        crowd.start(Kind::Spawned, move || {
            first.0.call_once(|| {
                eventually("it may end", || first.1.load(Ordering::SeqCst));
                assert_eq!(first.2.load(Ordering::SeqCst), 0, "the others wait");
            });
        });
        eventually("it runs", || shared.0.state() == OnceState::InProgress);
        for number in 0..4 {
            let other = shared.clone();
            crowd.start(Kind::BOTH[number % 2], move || {
                other.0.call_once(|| unreachable!("it was run by another one"));
                assert_eq!(other.0.state(), OnceState::Done);
                other.2.fetch_add(1, Ordering::SeqCst);
            });
        }
        let_them_wait();
        assert_eq!(shared.0.state(), OnceState::InProgress);
        shared.1.store(true, Ordering::SeqCst);
        crowd.join();
        assert_eq!(shared.2.load(Ordering::SeqCst), 4);
    });
}

#[test]
fn a_panic_is_remembered() {
    trial(|| {
        let once = Once::new();
        assert_eq!(panic_of(|| once.call_once(|| panic!("on purpose"))), "on purpose");
        assert_eq!(once.state(), OnceState::Poisoned);
        let why = panic_of(|| once.call_once(|| unreachable!("it is poisoned")));
        assert_eq!(why, "Once instance has previously been poisoned");
        assert_eq!(once.state(), OnceState::Poisoned);
    });
}

#[test]
fn who_insists_runs_after_a_panic() {
    trial(|| {
        let once = Once::new();
        for expected in [OnceState::New, OnceState::Poisoned] {
            let said = panic_of(|| {
                once.call_once_force(|state| {
                    assert!(state == expected, "in another state");
                    assert!(once.state() == OnceState::InProgress, "in another state");
                    panic!("on purpose");
                });
            });
            assert_eq!((said.as_str(), once.state()), ("on purpose", OnceState::Poisoned));
        }
        let mut seen = None;
        once.call_once_force(|state| seen = Some(state));
        assert_eq!((seen, once.state()), (Some(OnceState::Poisoned), OnceState::Done));
        once.call_once(|| unreachable!("it is done"));
    });
}

/// Those who waited for one that panicked: some insist, and one of those does it.
#[test]
fn who_waits_for_one_that_panics_is_told_or_takes_over() {
    trial(|| {
        let shared = Arc::new((Once::new(), AtomicBool::new(false), AtomicUsize::new(0)));
        let panics = spawn({
            let shared = shared.clone();
            move || {
                shared.0.call_once(|| {
                    eventually("it may end", || shared.1.load(Ordering::SeqCst));
                    panic!("on purpose");
                });
            }
        });
        eventually("it runs", || shared.0.state() == OnceState::InProgress);
        let mut crowd = Crowd::default();
        for number in 0..4 {
            let other = shared.clone();
            crowd.start(Kind::BOTH[number % 2], move || {
                other.0.call_once_force(|state| {
                    assert_eq!(state, OnceState::Poisoned);
                    other.2.fetch_add(1, Ordering::SeqCst);
                });
            });
        }
        let does_not_insist = spawn({
            let shared = shared.clone();
            move || shared.0.call_once(|| unreachable!("it is poisoned, or done"))
        });
        let_them_wait();
        shared.1.store(true, Ordering::SeqCst);
        assert!(panics.join().is_err());
        // It finds the panic or what was done after it, whichever it wakes to.
        let told = does_not_insist.join();
        crowd.join();
        if let Err(payload) = told {
            assert_eq!(payload.downcast_ref::<&str>(), Some(&"Once instance has previously been poisoned"));
        }
        assert_eq!((shared.2.load(Ordering::SeqCst), shared.0.state()), (1, OnceState::Done));
    });
}

#[test]
fn states_tell_what_they_are() {
    trial(|| {
        let is = |state: OnceState| (state.done(), state.poisoned());
        assert_eq!(is(OnceState::New), (false, false));
        assert_eq!(is(OnceState::InProgress), (false, false));
        assert_eq!(is(OnceState::Poisoned), (false, true));
        assert_eq!(is(OnceState::Done), (true, false));
        assert_eq!(format!("{:?}", Once::default()), "Once { state: New }");
    });
}
