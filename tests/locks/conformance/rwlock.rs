//! Many who read or one who writes.

use crate::counted::Drops;
use crate::crowd::{Crowd, Kind};
use crate::subject::{Barrier, RwLock, spawn};
use crate::trial::{let_them_wait, trial};
use std::fmt::Display;
use std::sync::Arc;

#[test]
fn readers_are_inside_together() {
    trial(|| {
        const READERS: usize = 6;
        let shared = Arc::new((RwLock::new(7), Barrier::new(READERS)));
        let mut crowd = Crowd::default();
        for number in 0..READERS {
            let shared = shared.clone();
            crowd.start(Kind::BOTH[number % 2], move || {
                let guard = shared.0.read();
                // It lets them go only when all are inside.
                shared.1.wait();
                assert_eq!(*guard, 7);
            });
        }
        crowd.join();
        assert!(!shared.0.is_locked());
    });
}

#[test]
fn a_writer_is_inside_alone() {
    trial(|| {
        let lock = Arc::new(RwLock::new(1));
        let mut guard = lock.write();
        *guard += 1;
        assert!(lock.is_locked() && lock.is_locked_exclusive());
        for kind in Kind::BOTH {
            let lock = lock.clone();
            let mut crowd = Crowd::default();
            crowd.start(kind, move || {
                assert!(lock.try_read().is_none() && lock.try_write().is_none());
                assert!(lock.try_upgradable_read().is_none() && lock.try_read_recursive().is_none());
            });
            crowd.join();
        }
        drop(guard);
        assert!(!lock.is_locked() && !lock.is_locked_exclusive());
        assert_eq!(lock.try_read().as_deref(), Some(&2));
        assert_eq!(lock.try_write().as_deref(), Some(&2));
    });
}

#[test]
fn a_reader_keeps_writers_out_and_lets_readers_in() {
    trial(|| {
        let lock = RwLock::new(1);
        let guard = lock.read();
        assert!(lock.is_locked() && !lock.is_locked_exclusive());
        assert!(lock.try_write().is_none());
        assert_eq!(lock.try_read().as_deref(), Some(&1));
        assert!(lock.try_write().is_none(), "the first one is still inside");
        drop(guard);
        assert!(lock.try_write().is_some());
    });
}

#[test]
fn a_writer_that_waits_gets_in_when_the_last_reader_leaves() {
    trial(|| {
        let lock = Arc::new(RwLock::new(1));
        let readers = [lock.read(), lock.read(), lock.read()];
        let writer = spawn({
            let lock = lock.clone();
            move || *lock.write() += 1
        });
        for reader in readers {
            let_them_wait();
            assert!(!writer.is_finished());
            drop(reader);
        }
        writer.join().unwrap();
        assert_eq!(*lock.read(), 2);
    });
}

#[test]
fn all_who_wait_get_in_when_the_writer_leaves() {
    trial(|| {
        for readers in [0, 1, 4] {
            for writers in [0, 1, 3] {
                let lock = Arc::new(RwLock::new(0));
                let mut guard = lock.write();
                let mut crowd = Crowd::default();
                for number in 0..readers {
                    let lock = lock.clone();
                    crowd.start(Kind::BOTH[number % 2], move || assert!(*lock.read() >= 10));
                }
                for number in 0..writers {
                    let lock = lock.clone();
                    crowd.start(Kind::BOTH[number % 2], move || *lock.write() += 1);
                }
                let_them_wait();
                *guard += 10;
                drop(guard);
                crowd.join();
                assert_eq!(lock.try_write().as_deref(), Some(&(10 + writers)));
            }
        }
    });
}

#[test]
fn what_is_inside_can_be_had_without_locking_by_its_owner() {
    trial(|| {
        let mut lock = RwLock::new(String::from("a"));
        lock.get_mut().push('b');
        assert_eq!(lock.into_inner(), "ab");
        assert_eq!(*RwLock::from(3).read(), 3);
        assert_eq!(*RwLock::<u8>::default().read(), 0);
        let drops = Drops::default();
        drop(RwLock::new(drops.value()));
        drop(RwLock::new(drops.value()).into_inner());
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn a_lock_shows_what_is_inside_unless_somebody_writes() {
    trial(|| {
        let lock = RwLock::new("a value");
        let guard = lock.read();
        assert_eq!(format!("{lock:?}"), "RwLock { data: \"a value\" }");
        assert_eq!(format!("{guard} {guard:?}"), "a value \"a value\"");
        drop(guard);
        let guard = lock.write();
        assert_eq!(format!("{lock:?}"), "RwLock { data: <locked> }");
        assert_eq!(format!("{guard} {guard:?}"), "a value \"a value\"");
    });
}

#[test]
fn what_is_inside_need_have_no_size() {
    fn goes_anywhere<T: Send + Sync + ?Sized>(_: &T) {}
    trial(|| {
        let slice: &RwLock<[i32]> = &RwLock::new([1, 2, 3]);
        slice.write()[1] = 5;
        assert_eq!(*slice.read(), [1, 5, 3]);
        let object: Arc<RwLock<dyn Display + Send + Sync>> = Arc::new(RwLock::new(7));
        assert_eq!(object.read().to_string(), "7");
        goes_anywhere(&*object);
    });
}
