//! A value that is made when it is first looked at.

use crate::counted::Drops;
use crate::crowd::{Crowd, Kind};
use crate::eventually::eventually;
use crate::subject::{LazyLock, spawn};
use crate::trial::{let_them_wait, trial};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[test]
fn the_value_is_made_at_the_first_look_and_only_then() {
    trial(|| {
        let made = Cell::new(0);
        let lazy = LazyLock::new(|| {
            made.set(made.get() + 1);
            String::from("a value")
        });
        assert_eq!(made.get(), 0);
        assert_eq!((lazy.len(), lazy.as_str()), (7, "a value"));
        assert_eq!(LazyLock::force(&lazy), "a value");
        assert_eq!(made.get(), 1);
    });
}

#[test]
fn one_of_many_makes_it_and_all_see_the_same() {
    trial(|| {
        for _ in 0..50 {
            let made = Arc::new(AtomicUsize::new(0));
            let counts = made.clone();
            let lazy = Arc::new(LazyLock::new(move || counts.fetch_add(1, Ordering::Relaxed) + 7));
            let mut crowd = Crowd::default();
            for number in 0..4 {
                let lazy = lazy.clone();
                crowd.start(Kind::BOTH[number % 2], move || assert_eq!(**lazy, 7));
            }
            crowd.join();
            assert_eq!(made.load(Ordering::Relaxed), 1);
        }
    });
}

#[test]
fn who_comes_meanwhile_waits_for_the_value() {
    trial(|| {
        let (begun, may_end) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (tells, ends) = (begun.clone(), may_end.clone());
        let lazy = Arc::new(LazyLock::new(move || {
            tells.store(true, Ordering::SeqCst);
            eventually("it may end", || ends.load(Ordering::SeqCst));
            7
        }));
        let mut crowd = Crowd::default();
        let first = lazy.clone();
        crowd.start(Kind::Spawned, move || assert_eq!(**first, 7));
        eventually("it runs", || begun.load(Ordering::SeqCst));
        for number in 0..4 {
            let (lazy, may_end) = (lazy.clone(), may_end.clone());
            crowd.start(Kind::BOTH[number % 2], move || {
                assert_eq!(**lazy, 7);
                assert!(may_end.load(Ordering::SeqCst), "it has waited");
            });
        }
        let_them_wait();
        may_end.store(true, Ordering::SeqCst);
        crowd.join();
    });
}

/// There is no other way to make it, so all who look at it later panic as well.
#[test]
fn a_panic_is_for_ever() {
    trial(|| {
        let lazy = LazyLock::<u8, _>::new(|| panic!("on purpose"));
        let panics = || catch_unwind(AssertUnwindSafe(|| *lazy)).is_err();
        assert!(panics() && panics());
        assert_eq!(format!("{lazy:?}"), "LazyLock(<uninit>)");
    });
}

#[test]
fn who_waits_for_one_that_panics_panics_too() {
    trial(|| {
        let (begun, may_end) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (tells, ends) = (begun.clone(), may_end.clone());
        let lazy = Arc::new(LazyLock::new(move || -> u8 {
            tells.store(true, Ordering::SeqCst);
            eventually("it may end", || ends.load(Ordering::SeqCst));
            panic!("on purpose")
        }));
        let looks = |lazy: &Arc<LazyLock<u8, _>>| {
            let lazy = lazy.clone();
            spawn(move || **lazy)
        };
        let first = looks(&lazy);
        eventually("it runs", || begun.load(Ordering::SeqCst));
        let others = [looks(&lazy), looks(&lazy)];
        let_them_wait();
        may_end.store(true, Ordering::SeqCst);
        assert!(first.join().is_err());
        assert!(others.into_iter().all(|other| other.join().is_err()));
    });
}

#[test]
fn what_it_is_made_of_and_what_is_made_are_dropped_once() {
    trial(|| {
        let drops = Drops::default();
        let (captured, makes) = (drops.value(), drops.clone());
        let lazy = LazyLock::new(move || {
            let _captured = captured;
            makes.value()
        });
        LazyLock::force(&lazy);
        assert_eq!(drops.count(), 1);
        drop(lazy);
        assert_eq!(drops.count(), 2);
        let captured = drops.value();
        drop(LazyLock::new(move || captured));
        assert_eq!(drops.count(), 3, "nobody looked");
    });
}

#[test]
fn it_shows_what_there_is() {
    trial(|| {
        let lazy: LazyLock<i32> = LazyLock::new(|| 7);
        assert_eq!(format!("{lazy:?}"), "LazyLock(<uninit>)");
        LazyLock::force(&lazy);
        assert_eq!(format!("{lazy:?}"), "LazyLock(7)");
        assert_eq!(*LazyLock::<u8>::default(), 0);
    });
}
