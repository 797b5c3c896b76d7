//! A panic gives locks back as it finds them: nothing is poisoned.

use crate::crowd::{Crowd, Kind};
use crate::subject::{Condvar, Mutex, RwLock, RwLockUpgradableReadGuard, spawn, thread};
use crate::trial::{let_them_wait, trial};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

fn panics(action: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(action)).is_err()
}

#[test]
fn a_mutex_is_free_after_a_panic_and_holds_what_was_written() {
    trial(|| {
        let lock = Mutex::new(1);
        assert!(panics(|| {
            let mut guard = lock.lock();
            *guard = 2;
            panic!("on purpose");
        }));
        assert!(!lock.is_locked());
        assert_eq!(lock.try_lock().as_deref(), Some(&2));
    });
}

#[test]
fn a_rwlock_is_free_after_a_panic_of_any_of_its_holders() {
    trial(|| {
        let lock = RwLock::new(1);
        assert!(panics(|| {
            let mut guard = lock.write();
            *guard = 2;
            panic!("on purpose");
        }));
        assert!(!lock.is_locked());
        assert!(panics(|| {
            let _guard = lock.read();
            panic!("on purpose");
        }));
        assert!(!lock.is_locked());
        assert!(panics(|| {
            let _guard = lock.upgradable_read();
            panic!("on purpose");
        }));
        assert_eq!(lock.try_write().as_deref(), Some(&2));
    });
}

/// The end of whoever held the lock wakes whoever waits for it.
#[test]
fn who_waits_gets_the_lock_of_one_who_panics() {
    trial(|| {
        let lock = Arc::new(Mutex::new(0));
        let (first, second) = (lock.clone(), lock.clone());
        let spawned = spawn(move || {
            let _guard = first.lock();
            let_them_wait();
            panic!("on purpose");
        });
        let threaded = thread(move || {
            let _guard = second.lock();
            let_them_wait();
            panic!("on purpose");
        });
        let mut crowd = Crowd::default();
        for number in 0..4 {
            let lock = lock.clone();
            crowd.start(Kind::BOTH[number % 2], move || *lock.lock() += 1);
        }
        assert!(spawned.join().is_err());
        crowd.join();
        assert!(threaded.join().is_err());
        assert_eq!(lock.try_lock().as_deref(), Some(&4));
    });
}

#[test]
fn a_destructor_that_unwinds_may_lock() {
    struct Counts<'a>(&'a Mutex<usize>);
    impl Drop for Counts<'_> {
        fn drop(&mut self) {
            *self.0.lock() += 1;
        }
    }
    trial(|| {
        let lock = Mutex::new(0);
        assert!(panics(|| {
            let _counts = Counts(&lock);
            let _guard = lock.lock();
            panic!("on purpose");
        }));
        assert_eq!(lock.into_inner(), 1);
    });
}

#[test]
fn a_guard_that_was_given_away_for_a_moment_is_whole_after_a_panic() {
    trial(|| {
        let lock = RwLock::new(1);
        let mut guard = lock.upgradable_read();
        assert!(panics(|| {
            guard.with_upgraded(|inside| {
                *inside = 2;
                panic!("on purpose");
            });
        }));
        assert_eq!(*guard, 2);
        assert!(lock.try_read().is_some() && lock.try_upgradable_read().is_none(), "it is what it was");
        drop(RwLockUpgradableReadGuard::upgrade(guard));
        assert!(!lock.is_locked());
    });
}

#[test]
fn a_condition_that_panics_leaves_lock_and_condvar_in_order() {
    trial(|| {
        let shared = Arc::new((Mutex::new(0), Condvar::new()));
        let (lock, condvar) = &*shared;
        assert!(panics(|| condvar.wait_while(&mut lock.lock(), |_| panic!("on purpose"))));
        assert!(!lock.is_locked());
        assert!(!condvar.notify_one(), "nobody waits");
        let looks = spawn({
            let shared = shared.clone();
            move || {
                let mut guard = shared.0.lock();
                let mut looks = 0;
                shared.1.wait_while(&mut guard, |seen| {
                    *seen += 1;
                    looks += 1;
                    assert!(looks < 3, "on purpose");
                    true
                });
            }
        });
        for seen in 1..3 {
            while *lock.lock() < seen {
                let_them_wait();
            }
            assert!(condvar.notify_one());
        }
        assert!(looks.join().is_err());
        assert_eq!(lock.try_lock_for(Duration::from_secs(20)).as_deref(), Some(&3));
    });
}
