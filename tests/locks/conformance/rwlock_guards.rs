//! What can be done with the guards of a rwlock.

use crate::eventually::eventually;
use crate::subject::{
    MappedRwLockReadGuard, MappedRwLockWriteGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, spawn,
};
use crate::trial::{let_them_wait, trial};
use std::sync::Arc;

#[test]
fn a_writer_becomes_a_reader_and_lets_readers_in() {
    trial(|| {
        let lock = Arc::new(RwLock::new(1));
        let mut writes = lock.write();
        *writes = 2;
        let waits = spawn({
            let lock = lock.clone();
            move || *lock.read()
        });
        let_them_wait();
        assert!(!waits.is_finished());
        let reads = RwLockWriteGuard::downgrade(writes);
        assert_eq!(waits.join().unwrap(), 2, "it reads beside the one who wrote");
        assert!(lock.try_write().is_none());
        assert_eq!(*reads, 2);
        drop(reads);
        assert!(lock.try_write().is_some());
    });
}

#[test]
fn a_writer_that_waits_does_not_come_between_writing_and_reading() {
    trial(|| {
        let lock = Arc::new(RwLock::new(1));
        let mut writes = lock.write();
        let waits = spawn({
            let lock = lock.clone();
            move || *lock.write() = 9
        });
        let_them_wait();
        *writes = 2;
        let reads = RwLockWriteGuard::downgrade(writes);
        let_them_wait();
        assert_eq!(*reads, 2);
        assert!(!waits.is_finished());
        drop(reads);
        waits.join().unwrap();
        assert_eq!(*lock.read(), 9);
    });
}

#[test]
fn a_reading_guard_can_be_narrowed() {
    trial(|| {
        let lock = RwLock::new((1, String::from("two")));
        let text: MappedRwLockReadGuard<'_, String> = RwLockReadGuard::map(lock.read(), |inside| &inside.1);
        let first: MappedRwLockReadGuard<'_, str> = MappedRwLockReadGuard::map(text, |text| &text[..1]);
        assert_eq!(format!("{first} {first:?}"), "t \"t\"");
        assert!(lock.try_write().is_none() && lock.try_read().is_some());
        drop(first);
        assert!(!lock.is_locked());
        let none = RwLockReadGuard::try_map(lock.read(), |inside| inside.1.get(9..));
        let Err(whole) = none else { panic!("it is short") };
        let Ok(rest) = RwLockReadGuard::try_map(whole, |inside| inside.1.get(1..)) else {
            panic!("there is")
        };
        assert_eq!(&*rest, "wo");
        MappedRwLockReadGuard::unlock_fair(rest);
        assert!(!lock.is_locked());
    });
}

#[test]
fn a_writing_guard_can_be_narrowed() {
    trial(|| {
        let lock = RwLock::new((1, vec![2, 3]));
        let list: MappedRwLockWriteGuard<'_, Vec<i32>> =
            RwLockWriteGuard::map(lock.write(), |inside| &mut inside.1);
        let mut first = MappedRwLockWriteGuard::map(list, |list| &mut list[0]);
        *first = 5;
        assert!(lock.try_read().is_none() && lock.is_locked_exclusive());
        MappedRwLockWriteGuard::unlock_fair(first);
        let none = RwLockWriteGuard::try_map(lock.write(), |inside| inside.1.get_mut(2));
        let Err(whole) = none else { panic!("it is short") };
        let Ok(mut last) = RwLockWriteGuard::try_map(whole, |inside| inside.1.last_mut()) else {
            panic!("there is")
        };
        *last += 1;
        drop(last);
        assert_eq!(*lock.read(), (1, vec![5, 4]));
    });
}

#[test]
fn guards_can_let_others_in_for_a_moment() {
    trial(|| {
        let lock = RwLock::new(1);
        let mut reads = lock.read();
        RwLockReadGuard::unlocked(&mut reads, || *lock.write() += 1);
        assert_eq!(*reads, 2);
        RwLockReadGuard::unlocked_fair(&mut reads, || *lock.write() += 1);
        assert_eq!(*reads, 3);
        assert!(lock.try_write().is_none());
        drop(reads);
        let mut writes = lock.write();
        let seen = RwLockWriteGuard::unlocked(&mut writes, || *lock.read());
        RwLockWriteGuard::unlocked_fair(&mut writes, || *lock.write() += seen);
        assert_eq!(*writes, 6);
        assert!(lock.try_read().is_none());
    });
}

#[test]
fn guards_can_make_way_for_who_waits() {
    trial(|| {
        let lock = Arc::new(RwLock::new(0));
        let mut reads = lock.read();
        RwLockReadGuard::bump(&mut reads);
        let waits = spawn({
            let lock = lock.clone();
            move || *lock.write() += 1
        });
        eventually("the writer waits", || lock.try_read().is_none());
        RwLockReadGuard::bump(&mut reads);
        assert_eq!(*reads, 1);
        waits.join().unwrap();
        drop(reads);
        let mut writes = lock.write();
        let waits = spawn({
            let lock = lock.clone();
            move || *lock.write() += 1
        });
        while *writes == 1 {
            let_them_wait();
            RwLockWriteGuard::bump(&mut writes);
        }
        drop(writes);
        waits.join().unwrap();
    });
}

#[test]
fn guards_know_their_lock() {
    trial(|| {
        let lock = RwLock::new(1);
        assert!(std::ptr::eq(RwLockReadGuard::rwlock(&lock.read()), &lock));
        assert!(std::ptr::eq(RwLockWriteGuard::rwlock(&lock.write()), &lock));
        assert!(!lock.is_locked());
    });
}
