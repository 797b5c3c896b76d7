//! Waiting for a rwlock for some time only.

use crate::crowd::{Crowd, Kind};
use crate::subject::{RwLock, spawn};
use crate::trial::{let_them_wait, trial};
use std::sync::Arc;
use std::time::{Duration, Instant};

const BRIEF: Duration = Duration::from_millis(15);
const LONG: Duration = Duration::from_secs(600);

/// Waits for `BRIEF` in the given manner, in vain.
#[track_caller]
fn gives_up<T>(manner: impl FnOnce(Instant) -> Option<T>) {
    let deadline = Instant::now() + BRIEF;
    assert!(manner(deadline).is_none());
    assert!(Instant::now() >= deadline);
}

#[test]
fn beside_a_writer_everybody_gives_up_after_the_time_and_not_before() {
    trial(|| {
        let lock = Arc::new(RwLock::new(1));
        let guard = lock.write();
        for kind in Kind::BOTH {
            let lock = lock.clone();
            let mut crowd = Crowd::default();
            crowd.start(kind, move || {
                gives_up(|_| lock.try_read_for(BRIEF));
                gives_up(|deadline| lock.try_read_until(deadline));
                gives_up(|_| lock.try_write_for(BRIEF));
                gives_up(|deadline| lock.try_write_until(deadline));
                gives_up(|_| lock.try_upgradable_read_for(BRIEF));
                gives_up(|deadline| lock.try_upgradable_read_until(deadline));
                gives_up(|_| lock.try_read_recursive_for(BRIEF));
                gives_up(|deadline| lock.try_read_recursive_until(deadline));
            });
            crowd.join();
        }
        assert_eq!(*guard, 1);
    });
}

#[test]
fn beside_a_reader_only_writers_give_up() {
    trial(|| {
        let lock = RwLock::new(1);
        let guard = lock.read();
        gives_up(|_| lock.try_write_for(BRIEF));
        gives_up(|deadline| lock.try_write_until(deadline));
        assert_eq!(lock.try_read_for(LONG).as_deref(), Some(&1));
        assert_eq!(lock.try_read_until(Instant::now()).as_deref(), Some(&1));
        assert_eq!(lock.try_upgradable_read_for(LONG).as_deref(), Some(&1));
        assert_eq!(lock.try_upgradable_read_until(Instant::now()).as_deref(), Some(&1));
        drop(guard);
        assert_eq!(lock.try_write_for(Duration::ZERO).as_deref(), Some(&1));
    });
}

#[test]
fn a_free_lock_is_taken_at_once_whatever_the_time() {
    trial(|| {
        let lock = RwLock::new(1);
        for time in [Duration::ZERO, BRIEF, Duration::MAX] {
            assert_eq!(lock.try_read_for(time).as_deref(), Some(&1));
            assert_eq!(lock.try_write_for(time).as_deref(), Some(&1));
            assert_eq!(lock.try_upgradable_read_for(time).as_deref(), Some(&1));
            assert_eq!(lock.try_read_recursive_for(time).as_deref(), Some(&1));
        }
        let past = Instant::now();
        assert_eq!(lock.try_read_until(past).as_deref(), Some(&1));
        assert_eq!(lock.try_write_until(past).as_deref(), Some(&1));
    });
}

#[test]
fn no_time_at_all_is_a_try() {
    trial(|| {
        let lock = RwLock::new(1);
        let guard = lock.write();
        assert!(lock.try_read_for(Duration::ZERO).is_none());
        assert!(lock.try_write_until(Instant::now()).is_none());
        assert!(lock.try_upgradable_read_for(Duration::ZERO).is_none());
        drop(guard);
        assert!(!lock.is_locked());
    });
}

#[test]
fn a_lock_that_is_given_back_in_time_is_taken() {
    trial(|| {
        for time in [LONG, Duration::MAX] {
            let lock = Arc::new(RwLock::new(0));
            let guard = lock.write();
            let reads = spawn({
                let lock = lock.clone();
                move || lock.try_read_for(time).is_some()
            });
            let writes = spawn({
                let lock = lock.clone();
                move || lock.try_write_until(Instant::now() + LONG).map(|mut inside| *inside += 1)
            });
            let_them_wait();
            assert!(!reads.is_finished() && !writes.is_finished());
            drop(guard);
            assert!(reads.join().unwrap());
            assert_eq!(writes.join().unwrap(), Some(()));
            assert_eq!(*lock.read(), 1);
        }
    });
}

/// Time runs out while the lock is given back: either he has it or somebody else can take it.
#[test]
fn the_last_moment_belongs_to_one_of_the_two() {
    trial(|| {
        let lock = Arc::new(RwLock::new(0));
        let mut crowd = Crowd::default();
        for (number, kind) in [Kind::Spawned, Kind::Thread, Kind::Spawned].into_iter().enumerate() {
            let lock = lock.clone();
            crowd.start(kind, move || {
                let (mut taken, mut tried) = (0, 0);
                while taken < 150 {
                    let patience = Duration::from_micros((tried * 7 + number as u64) % 40);
                    if let Some(mut inside) = lock.try_write_for(patience) {
                        *inside += 1;
                        taken += 1;
                    }
                    let before = lock.try_read_for(patience).as_deref().copied();
                    assert!(before.is_none_or(|before| before >= taken));
                    tried += 1;
                }
            });
        }
        crowd.join();
        assert_eq!(lock.try_write().as_deref(), Some(&450));
    });
}
