//! Readers that may become writers: one at a time, beside readers.

use crate::crowd::{Crowd, Kind};
use crate::subject::{RwLock, RwLockUpgradableReadGuard, RwLockWriteGuard, spawn, yield_now};
use crate::trial::{let_them_wait, trial};
use std::sync::Arc;
use std::time::{Duration, Instant};

const BRIEF: Duration = Duration::from_millis(15);

#[test]
fn there_is_one_beside_any_readers_and_no_writer() {
    trial(|| {
        let lock = RwLock::new(1);
        let reads = lock.read();
        let guard = lock.upgradable_read();
        assert_eq!((*guard, lock.try_read().as_deref()), (1, Some(&1)));
        assert!(lock.try_upgradable_read().is_none() && lock.try_write().is_none());
        assert!(lock.is_locked() && !lock.is_locked_exclusive());
        assert_eq!(format!("{guard} {guard:?}"), "1 1");
        drop(guard);
        assert!(lock.try_write().is_none(), "there is still the reader");
        assert!(lock.try_upgradable_read().is_some());
        drop(reads);
        assert!(lock.try_write().is_some());
    });
}

#[test]
fn the_next_one_waits_for_the_one_before() {
    trial(|| {
        let lock = Arc::new(RwLock::new(1));
        let guard = lock.upgradable_read();
        let waits = spawn({
            let lock = lock.clone();
            move || *lock.upgradable_read()
        });
        let_them_wait();
        assert!(!waits.is_finished());
        drop(guard);
        assert_eq!(waits.join().unwrap(), 1);
    });
}

#[test]
fn an_upgrade_waits_for_the_readers_to_leave() {
    trial(|| {
        let lock = Arc::new(RwLock::new(1));
        let reads = [lock.read(), lock.read()];
        let upgrades = spawn({
            let lock = lock.clone();
            move || *RwLockUpgradableReadGuard::upgrade(lock.upgradable_read()) += 1
        });
        // New readers are kept out as soon as it waits.
        while lock.try_read().is_some() {
            yield_now();
        }
        for guard in reads {
            assert_eq!(*guard, 1);
            assert!(!upgrades.is_finished());
            drop(guard);
        }
        upgrades.join().unwrap();
        assert_eq!(*lock.read(), 2);
    });
}

#[test]
fn a_try_to_upgrade_does_not_wait() {
    trial(|| {
        let lock = RwLock::new(1);
        let reads = lock.read();
        let Err(guard) = RwLockUpgradableReadGuard::try_upgrade(lock.upgradable_read()) else {
            panic!("somebody reads")
        };
        assert!(lock.try_upgradable_read().is_none(), "it is still held");
        let begun = Instant::now();
        let Err(guard) = RwLockUpgradableReadGuard::try_upgrade_for(guard, BRIEF) else {
            panic!("somebody reads")
        };
        assert!(begun.elapsed() >= BRIEF);
        let deadline = Instant::now() + BRIEF;
        let Err(guard) = RwLockUpgradableReadGuard::try_upgrade_until(guard, deadline) else {
            panic!("somebody reads")
        };
        assert!(Instant::now() >= deadline);
        assert!(lock.try_read().is_some(), "who gave up keeps no reader out");
        drop(reads);
        let Ok(mut writes) = RwLockUpgradableReadGuard::try_upgrade(guard) else { panic!("it is alone") };
        *writes += 1;
        assert!(lock.try_read().is_none());
    });
}

/// Those who queued up behind him do not wait for the one who was inside before him.
#[test]
fn an_upgrade_that_is_given_up_lets_the_readers_behind_it_in() {
    trial(|| {
        for kind in Kind::BOTH {
            let lock = Arc::new(RwLock::new(1));
            let inside = lock.read();
            let gives_up = spawn({
                let lock = lock.clone();
                move || {
                    let guard = lock.upgradable_read();
                    let upgraded = RwLockUpgradableReadGuard::try_upgrade_for(guard, 3 * BRIEF);
                    upgraded.map_or(1, |guard| *guard + 1)
                }
            });
            while lock.try_read().is_some() && !gives_up.is_finished() {
                yield_now();
            }
            let mut crowd = Crowd::default();
            for _ in 0..2 {
                let lock = lock.clone();
                crowd.start(kind, move || assert_eq!(*lock.read(), 1));
            }
            assert_eq!(gives_up.join().unwrap(), 1);
            crowd.join();
            drop(inside);
        }
    });
}

#[test]
fn a_writer_becomes_an_upgradable_reader_and_that_a_reader() {
    trial(|| {
        let lock = RwLock::new(1);
        let mut writes = lock.write();
        *writes += 1;
        let guard = RwLockWriteGuard::downgrade_to_upgradable(writes);
        assert_eq!((*guard, lock.try_read().as_deref()), (2, Some(&2)));
        assert!(lock.try_upgradable_read().is_none() && lock.try_write().is_none());
        let reads = RwLockUpgradableReadGuard::downgrade(guard);
        assert!(lock.try_upgradable_read().is_some() && lock.try_write().is_none());
        assert_eq!(*reads, 2);
    });
}

#[test]
fn readers_that_wait_get_in_when_a_writer_becomes_an_upgradable_reader() {
    trial(|| {
        let lock = Arc::new(RwLock::new(1));
        let writes = lock.write();
        let reads = spawn({
            let lock = lock.clone();
            move || *lock.read()
        });
        let_them_wait();
        assert!(!reads.is_finished());
        let guard = RwLockWriteGuard::downgrade_to_upgradable(writes);
        assert_eq!(reads.join().unwrap(), 1);
        drop(guard);
    });
}

#[test]
fn a_change_in_between_leaves_the_guard_what_it_was() {
    trial(|| {
        let lock = RwLock::new(1);
        let mut guard = lock.upgradable_read();
        let doubled = guard.with_upgraded(|inside| {
            *inside += 1;
            assert!(lock.try_read().is_none());
            *inside * 2
        });
        assert_eq!((doubled, *guard), (4, 2));
        let reads = lock.read();
        assert_eq!(guard.try_with_upgraded(|_| unreachable!()), None::<()>);
        assert_eq!(guard.try_with_upgraded_for(BRIEF, |_| unreachable!()), None::<()>);
        assert_eq!(guard.try_with_upgraded_until(Instant::now(), |_| unreachable!()), None::<()>);
        drop(reads);
        assert_eq!(guard.try_with_upgraded(|inside| *inside += 1), Some(()));
        assert_eq!(*guard, 3);
        assert!(lock.try_read().is_some() && lock.try_upgradable_read().is_none());
    });
}

#[test]
fn it_can_let_others_in_for_a_moment() {
    trial(|| {
        let lock = RwLock::new(1);
        let mut guard = lock.upgradable_read();
        RwLockUpgradableReadGuard::unlocked(&mut guard, || *lock.write() += 1);
        assert_eq!(*guard, 2);
        RwLockUpgradableReadGuard::unlocked_fair(&mut guard, || *lock.write() += 1);
        RwLockUpgradableReadGuard::bump(&mut guard);
        assert_eq!(*guard, 3);
        assert!(std::ptr::eq(RwLockUpgradableReadGuard::rwlock(&guard), &lock));
        RwLockUpgradableReadGuard::unlock_fair(guard);
        assert!(!lock.is_locked());
    });
}
