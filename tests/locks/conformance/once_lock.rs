//! A place that is filled once.

use crate::counted::Drops;
use crate::crowd::{Crowd, Kind};
use crate::eventually::eventually;
use crate::subject::{OnceLock, spawn};
use crate::trial::{let_them_wait, trial};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[test]
fn the_first_value_stays_and_the_second_comes_back() {
    trial(|| {
        let cell = OnceLock::new();
        assert_eq!(cell.get(), None);
        assert_eq!(cell.set("first"), Ok(()));
        assert_eq!(cell.set("second"), Err("second"));
        assert_eq!(cell.get(), Some(&"first"));
        assert_eq!(cell.get_or_init(|| unreachable!("it is full")), &"first");
    });
}

#[test]
fn one_of_many_fills_it_and_all_see_the_same() {
    trial(|| {
        for _ in 0..50 {
            let shared = Arc::new((OnceLock::new(), AtomicUsize::new(0)));
            let mut crowd = Crowd::default();
            for number in 0..4 {
                let shared = shared.clone();
                crowd.start(Kind::BOTH[number % 2], move || {
                    let (cell, runs) = &*shared;
                    let value = cell.get_or_init(|| {
                        runs.fetch_add(1, Ordering::Relaxed);
                        number.to_string()
                    });
                    assert!(std::ptr::eq(value, cell.get().expect("it is full")));
                });
            }
            crowd.join();
            assert_eq!(shared.1.load(Ordering::Relaxed), 1);
        }
    });
}

#[test]
fn who_comes_meanwhile_waits_for_the_value() {
    trial(|| {
        let shared = Arc::new((OnceLock::new(), AtomicBool::new(false), AtomicBool::new(false)));
        let mut crowd = Crowd::default();
        let first = shared.clone();
        crowd.start(Kind::Spawned, move || {
            first.0.get_or_init(|| {
                first.2.store(true, Ordering::SeqCst);
                eventually("it may end", || first.1.load(Ordering::SeqCst));
                7
            });
        });
        eventually("it runs", || shared.2.load(Ordering::SeqCst));
        for number in 0..4 {
            let other = shared.clone();
            crowd.start(Kind::BOTH[number % 2], move || {
                assert_eq!(other.0.get_or_init(|| unreachable!("another one does it")), &7);
                assert!(other.1.load(Ordering::SeqCst), "it has waited");
            });
        }
        let_them_wait();
        assert_eq!(shared.0.get(), None, "a look does not wait");
        shared.1.store(true, Ordering::SeqCst);
        crowd.join();
    });
}

#[test]
fn wait_ends_when_somebody_has_filled_it() {
    trial(|| {
        let cell = Arc::new(OnceLock::new());
        let mut crowd = Crowd::default();
        for kind in [Kind::Spawned, Kind::Thread, Kind::Spawned] {
            let cell = cell.clone();
            crowd.start(kind, move || assert_eq!(cell.wait(), &7));
        }
        let_them_wait();
        assert_eq!(cell.set(7), Ok(()));
        crowd.join();
        assert_eq!(cell.wait(), &7);
    });
}

/// The next one may do better.
#[test]
fn a_panic_leaves_it_empty() {
    trial(|| {
        let cell = OnceLock::new();
        for _ in 0..2 {
            let panicked = catch_unwind(AssertUnwindSafe(|| cell.get_or_init(|| panic!("on purpose"))));
            assert!(panicked.is_err());
            assert_eq!(cell.get(), None);
        }
        assert_eq!(cell.get_or_init(|| 7), &7);
    });
}

#[test]
fn who_waits_for_one_that_panics_takes_over() {
    trial(|| {
        let shared = Arc::new((OnceLock::new(), AtomicBool::new(false), AtomicUsize::new(0)));
        let panics = spawn({
            let shared = shared.clone();
            move || {
                shared.0.get_or_init(|| {
                    shared.2.fetch_add(1, Ordering::SeqCst);
                    eventually("it may end", || shared.1.load(Ordering::SeqCst));
                    panic!("on purpose");
                });
            }
        });
        eventually("it runs", || shared.2.load(Ordering::SeqCst) == 1);
        let mut crowd = Crowd::default();
        for number in 0..4 {
            let other = shared.clone();
            crowd.start(Kind::BOTH[number % 2], move || {
                let value = other.0.get_or_init(|| other.2.fetch_add(1, Ordering::SeqCst));
                assert_eq!(value, &1);
            });
        }
        let_them_wait();
        shared.1.store(true, Ordering::SeqCst);
        assert!(panics.join().is_err());
        crowd.join();
        assert_eq!(shared.2.load(Ordering::SeqCst), 2);
    });
}

#[test]
fn what_is_inside_can_be_changed_and_taken_by_its_owner() {
    trial(|| {
        let mut cell = OnceLock::from(String::from("a"));
        cell.get_mut().expect("it is full").push('b');
        assert_eq!(cell.clone().into_inner().as_deref(), Some("ab"));
        assert_eq!(cell.take().as_deref(), Some("ab"));
        assert_eq!((cell.take(), cell.get_mut()), (None, None));
        assert_eq!(cell.set(String::from("again")), Ok(()));
        assert_eq!(OnceLock::<u8>::new().into_inner(), None);
    });
}

#[test]
fn what_is_inside_is_dropped_once() {
    trial(|| {
        let drops = Drops::default();
        let cell = OnceLock::new();
        assert!(cell.set(drops.value()).is_ok());
        drop(cell.set(drops.value()));
        assert_eq!(drops.count(), 1, "the one that came back");
        drop(cell);
        assert_eq!(drops.count(), 2);
        drop(OnceLock::from(drops.value()).take());
        assert_eq!(drops.count(), 3);
    });
}

#[test]
fn it_compares_and_shows_what_is_inside() {
    trial(|| {
        let (empty, full) = (OnceLock::default(), OnceLock::from(7));
        assert!(empty != full && empty == OnceLock::new() && full == OnceLock::from(7));
        assert_eq!(format!("{empty:?} {full:?}"), "OnceLock(<uninit>) OnceLock(7)");
    });
}
