//! One at a time.

use crate::counted::{Counted, Drops};
use crate::crowd::{Crowd, Kind};
use crate::subject::{Mutex, spawn};
use crate::trial::{let_them_wait, trial};
use std::cell::Cell;
use std::fmt::Display;
use std::sync::Arc;

#[test]
fn who_holds_the_lock_keeps_everybody_else_out() {
    trial(|| {
        let lock = Arc::new(Mutex::new(1));
        assert!(!lock.is_locked());
        let mut guard = lock.lock();
        *guard += 1;
        assert!(lock.is_locked());
        assert!(lock.try_lock().is_none(), "not even the same one twice");
        for kind in Kind::BOTH {
            let lock = lock.clone();
            let mut crowd = Crowd::default();
            crowd.start(kind, move || assert!(lock.is_locked() && lock.try_lock().is_none()));
            crowd.join();
        }
        drop(guard);
        assert!(!lock.is_locked());
        assert_eq!(lock.try_lock().as_deref(), Some(&2));
    });
}

#[test]
fn who_waits_gets_the_lock_when_it_is_given_back() {
    trial(|| {
        let lock = Arc::new(Mutex::new(0));
        let guard = lock.lock();
        let waits = spawn({
            let lock = lock.clone();
            move || *lock.lock() += 1
        });
        let_them_wait();
        assert!(!waits.is_finished());
        drop(guard);
        waits.join().unwrap();
        assert_eq!(*lock.lock(), 1);
    });
}

#[test]
fn all_who_wait_get_their_turn() {
    trial(|| {
        let lock = Arc::new(Mutex::new(Vec::new()));
        let mut crowd = Crowd::default();
        let guard = lock.lock();
        for number in 0..12 {
            let lock = lock.clone();
            crowd.start(Kind::BOTH[number % 2], move || lock.lock().push(number));
        }
        let_them_wait();
        assert!(guard.is_empty());
        drop(guard);
        crowd.join();
        let mut came = std::mem::take(&mut *lock.lock());
        came.sort_unstable();
        assert!(came.into_iter().eq(0..12));
        assert!(!lock.is_locked());
    });
}

#[test]
fn locks_do_not_know_each_other() {
    trial(|| {
        let locks: Vec<_> = (0..100).map(Mutex::new).collect();
        let guards: Vec<_> = locks.iter().step_by(2).map(Mutex::lock).collect();
        for (number, lock) in locks.iter().enumerate() {
            assert_eq!(lock.is_locked(), number % 2 == 0);
            assert_eq!(lock.try_lock().as_deref().copied(), (number % 2 == 1).then_some(number));
        }
        drop(guards);
        assert!(!locks.iter().any(Mutex::is_locked));
    });
}

#[test]
fn several_locks_may_be_held_and_given_back_in_any_order() {
    trial(|| {
        let (a, b) = (Mutex::new(1), Mutex::new(2));
        let (first, second) = (a.lock(), b.lock());
        drop(first);
        assert!(!a.is_locked() && b.is_locked());
        let third = a.lock();
        assert_eq!((*third, *second), (1, 2));
    });
}

#[test]
fn two_who_take_two_locks_in_the_same_order_do_not_hinder_each_other() {
    trial(|| {
        let locks = Arc::new([Mutex::new(0), Mutex::new(0)]);
        let mut crowd = Crowd::default();
        for kind in [Kind::Spawned, Kind::Thread, Kind::Spawned] {
            let locks = locks.clone();
            crowd.start(kind, move || {
                for _ in 0..500 {
                    let mut first = locks[0].lock();
                    *first += 1;
                    *locks[1].lock() += 1;
                }
            });
        }
        crowd.join();
        assert_eq!((*locks[0].lock(), *locks[1].lock()), (1500, 1500));
    });
}

#[test]
fn what_is_inside_can_be_had_without_locking_by_its_owner() {
    trial(|| {
        let mut lock = Mutex::new(String::from("a"));
        lock.get_mut().push('b');
        assert_eq!(lock.into_inner(), "ab");
        assert_eq!(*Mutex::from(3).lock(), 3);
        assert_eq!(*Mutex::<u8>::default().lock(), 0);
    });
}

#[test]
fn what_is_inside_is_dropped_once() {
    trial(|| {
        let drops = Drops::default();
        drop(Mutex::new(drops.value()));
        assert_eq!(drops.count(), 1);
        let inside: Counted = Mutex::new(drops.value()).into_inner();
        assert_eq!(drops.count(), 1);
        drop(inside);
        let lock = Mutex::new(drops.value());
        *lock.lock() = drops.value();
        assert_eq!(drops.count(), 3, "it was replaced");
        drop(lock);
        assert_eq!(drops.count(), 4);
    });
}

#[test]
fn a_lock_shows_what_is_inside_unless_it_is_held() {
    trial(|| {
        let lock = Mutex::new("a value");
        assert_eq!(format!("{lock:?}"), "Mutex { data: \"a value\" }");
        let guard = lock.lock();
        assert_eq!(format!("{lock:?}"), "Mutex { data: <locked> }");
        assert_eq!(format!("{guard} {guard:?}"), "a value \"a value\"");
    });
}

#[test]
fn what_is_inside_need_have_no_size_and_need_not_be_sync() {
    fn goes_anywhere<T: Send + Sync + ?Sized>(_: &T) {}
    trial(|| {
        let slice: &Mutex<[i32]> = &Mutex::new([1, 2, 3]);
        slice.lock()[1] = 5;
        assert_eq!(*slice.lock(), [1, 5, 3]);
        let object: Arc<Mutex<dyn Display + Send>> = Arc::new(Mutex::new(7));
        assert_eq!(object.lock().to_string(), "7");
        goes_anywhere(&*object);
        goes_anywhere(&Mutex::new(Cell::new(1)));
    });
}
