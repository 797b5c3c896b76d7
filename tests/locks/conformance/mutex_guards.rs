//! What can be done with the guard of a mutex.

use crate::subject::{MappedMutexGuard, Mutex, MutexGuard, spawn};
use crate::trial::{let_them_wait, trial};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

#[test]
fn a_guard_can_be_narrowed_and_still_holds_the_whole_lock() {
    trial(|| {
        let lock = Mutex::new((1, String::from("two")));
        let mut text: MappedMutexGuard<'_, String> = MutexGuard::map(lock.lock(), |inside| &mut inside.1);
        text.push('!');
        assert!(lock.is_locked() && lock.try_lock().is_none());
        let mut first: MappedMutexGuard<'_, str> = MappedMutexGuard::map(text, |text| &mut text[..1]);
        first.make_ascii_uppercase();
        assert_eq!(format!("{first} {first:?}"), "T \"T\"");
        assert!(lock.is_locked());
        drop(first);
        assert_eq!(*lock.lock(), (1, String::from("Two!")));
    });
}

#[test]
fn a_guard_that_cannot_be_narrowed_comes_back() {
    trial(|| {
        let lock = Mutex::new(vec![1, 2]);
        let guard = lock.lock();
        let Err(guard) = MutexGuard::try_map(guard, |inside| inside.get_mut(2)) else {
            panic!("it is short")
        };
        assert!(lock.is_locked());
        let Ok(second) = MutexGuard::try_map(guard, |inside| inside.get_mut(1)) else {
            panic!("there is one")
        };
        assert_eq!(*second, 2);
        let none = MappedMutexGuard::try_map(second, |second| (*second > 2).then_some(second));
        let Err(mut second) = none else { panic!("it is not over 2") };
        *second = 3;
        MappedMutexGuard::unlock_fair(second);
        assert_eq!(lock.try_lock().as_deref(), Some(&vec![1, 3]));
    });
}

#[test]
fn a_guard_can_let_others_in_for_a_moment() {
    trial(|| {
        for fair in [false, true] {
            let lock = Arc::new(Mutex::new(1));
            let other = spawn({
                let lock = lock.clone();
                move || while *lock.lock() < 3 {}
            });
            let mut guard = lock.lock();
            let meanwhile = || {
                let mut inside = lock.lock();
                *inside += 1;
                *inside
            };
            let seen = match fair {
                true => MutexGuard::unlocked_fair(&mut guard, meanwhile),
                false => MutexGuard::unlocked(&mut guard, meanwhile),
            };
            assert_eq!((seen, *guard), (2, 2));
            assert!(lock.is_locked() && lock.try_lock().is_none(), "it is held again");
            *guard = 3;
            drop(guard);
            other.join().unwrap();
        }
    });
}

#[test]
fn a_guard_holds_again_after_a_panic_while_it_let_others_in() {
    trial(|| {
        let lock = Mutex::new(1);
        let mut guard = lock.lock();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            MutexGuard::unlocked(&mut guard, || {
                *lock.lock() += 1;
                panic!("on purpose");
            });
        }));
        assert!(panicked.is_err() && lock.try_lock().is_none());
        assert_eq!(*guard, 2);
    });
}

/// Whoever waits gets the lock, and not the one who gave it back and comes again at once. That somebody waits cannot
/// be seen, but it cannot be that nobody did in most of the rounds.
#[test]
fn a_fair_unlock_hands_the_lock_over() {
    trial(|| {
        let lock = Arc::new(Mutex::new("mine"));
        let mut handed_over = 0;
        for _ in 0..10 {
            let guard = lock.lock();
            let waits = spawn({
                let lock = lock.clone();
                move || *lock.lock() = "his"
            });
            let_them_wait();
            MutexGuard::unlock_fair(guard);
            handed_over += usize::from(*lock.lock() == "his");
            waits.join().unwrap();
            *lock.lock() = "mine";
        }
        assert!(handed_over > 5, "{handed_over} of 10");
    });
}

#[test]
fn a_guard_can_make_way_for_who_waits() {
    trial(|| {
        let lock = Arc::new(Mutex::new(1));
        let mut guard = lock.lock();
        MutexGuard::bump(&mut guard);
        assert!(lock.is_locked(), "nobody waited");
        let waits = spawn({
            let lock = lock.clone();
            move || *lock.lock() += 1
        });
        while *guard == 1 {
            let_them_wait();
            MutexGuard::bump(&mut guard);
        }
        drop(guard);
        waits.join().unwrap();
    });
}

#[test]
fn a_guard_knows_its_lock() {
    trial(|| {
        let (lock, other) = (Mutex::new(1), Mutex::new(1));
        let guard = lock.lock();
        assert!(std::ptr::eq(MutexGuard::mutex(&guard), &lock));
        assert!(!std::ptr::eq(MutexGuard::mutex(&guard), &other));
    });
}

#[test]
fn a_guard_that_is_leaked_or_forgotten_holds_for_ever() {
    trial(|| {
        let lock = Mutex::new(1);
        let inside: &mut i32 = MutexGuard::leak(lock.lock());
        *inside += 1;
        assert!(lock.is_locked() && lock.try_lock().is_none());
        let mut other = Mutex::new(1);
        std::mem::forget(other.lock());
        assert!(other.is_locked() && other.try_lock().is_none());
        *other.get_mut() += 1;
        assert_eq!(other.into_inner(), 2);
    });
}
