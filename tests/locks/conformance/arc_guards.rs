//! Guards that own a share of their lock instead of borrowing it.

use crate::counted::Drops;
use crate::subject::{
    ArcMutexGuard, ArcRwLockReadGuard, ArcRwLockUpgradableReadGuard, ArcRwLockWriteGuard, Mutex, RwLock,
    spawn,
};
use crate::trial::{let_them_wait, trial};
use std::sync::Arc;
use std::time::{Duration, Instant};

const BRIEF: Duration = Duration::from_millis(5);

#[test]
fn the_lock_lives_as_long_as_its_guard() {
    trial(|| {
        let drops = Drops::default();
        let lock = Arc::new(Mutex::new(drops.value()));
        let guard = lock.lock_arc();
        drop(lock);
        assert_eq!(drops.count(), 0);
        drop(guard);
        assert_eq!(drops.count(), 1);
        let lock = Arc::new(RwLock::new(drops.value()));
        let guards = [lock.read_arc(), lock.read_arc()];
        drop(lock);
        assert_eq!(drops.count(), 1);
        drop(guards);
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn a_guard_can_be_returned_from_where_the_lock_was() {
    fn locked(value: i32) -> (Arc<Mutex<i32>>, impl Fn() -> bool) {
        let lock = Arc::new(Mutex::new(value));
        let looks = lock.clone();
        (lock, move || looks.is_locked())
    }
    trial(|| {
        let (lock, is_locked) = locked(1);
        let mut guard = lock.lock_arc();
        *guard += 1;
        drop(lock);
        assert!(is_locked());
        assert_eq!(*guard, 2);
        let lock = ArcMutexGuard::into_arc(guard);
        assert!(!is_locked());
        assert_eq!(*lock.lock(), 2);
    });
}

#[test]
fn they_exclude_each_other_like_the_others() {
    trial(|| {
        let lock = Arc::new(Mutex::new(1));
        let guard = lock.lock_arc();
        assert!(lock.try_lock().is_none() && lock.try_lock_arc().is_none());
        assert!(lock.try_lock_arc_for(BRIEF).is_none());
        assert!(lock.try_lock_arc_until(Instant::now() + BRIEF).is_none());
        let waits = spawn({
            let lock = lock.clone();
            move || *lock.lock_arc() += 1
        });
        let_them_wait();
        assert!(!waits.is_finished());
        ArcMutexGuard::unlock_fair(guard);
        waits.join().unwrap();
        assert_eq!(lock.try_lock_arc().as_deref(), Some(&2));
        assert_eq!(lock.try_lock_arc_for(BRIEF).as_deref(), Some(&2));
    });
}

#[test]
fn readers_share_and_writers_do_not() {
    trial(|| {
        let lock = Arc::new(RwLock::new(1));
        let (first, second) = (lock.read_arc(), lock.try_read_arc().expect("readers share"));
        assert!(lock.try_write_arc().is_none() && lock.try_write_arc_for(BRIEF).is_none());
        ArcRwLockReadGuard::unlock_fair(first);
        drop(second);
        let mut writes = lock.try_write_arc_for(BRIEF).expect("nobody reads");
        *writes += 1;
        assert!(lock.try_read_arc().is_none() && lock.try_read_arc_for(BRIEF).is_none());
        assert!(lock.try_read_arc_until(Instant::now()).is_none());
        assert!(lock.try_write_arc_until(Instant::now()).is_none());
        let reads = ArcRwLockWriteGuard::downgrade(writes);
        assert_eq!((*reads, lock.try_read_arc().as_deref()), (2, Some(&2)));
        drop(reads);
        assert_eq!(*lock.write_arc(), 2);
    });
}

#[test]
fn upgradable_readers_become_writers() {
    trial(|| {
        let lock = Arc::new(RwLock::new(1));
        let upgradable = lock.upgradable_read_arc();
        let reader = lock.read_arc();
        assert!(lock.try_upgradable_read_arc().is_none());
        let refused = ArcRwLockUpgradableReadGuard::try_upgrade(upgradable);
        let Err(upgradable) = refused else { panic!("somebody reads") };
        drop(reader);
        let mut writes = ArcRwLockUpgradableReadGuard::upgrade(upgradable);
        *writes += 1;
        assert!(lock.try_read().is_none());
        let upgradable = ArcRwLockWriteGuard::downgrade_to_upgradable(writes);
        assert!(lock.try_read().is_some() && lock.try_upgradable_read().is_none());
        let reads = ArcRwLockUpgradableReadGuard::downgrade(upgradable);
        assert!(lock.try_upgradable_read().is_some());
        assert_eq!(*reads, 2);
    });
}

#[test]
fn a_guard_knows_its_lock() {
    trial(|| {
        let lock = Arc::new(Mutex::new(1));
        assert!(Arc::ptr_eq(ArcMutexGuard::mutex(&lock.lock_arc()), &lock));
        let lock = Arc::new(RwLock::new(1));
        assert!(Arc::ptr_eq(ArcRwLockReadGuard::rwlock(&lock.read_arc()), &lock));
        assert!(Arc::ptr_eq(ArcRwLockWriteGuard::rwlock(&lock.write_arc()), &lock));
        assert_eq!(Arc::strong_count(&lock), 1);
    });
}
