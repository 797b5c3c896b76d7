//! Waiting for a mutex for some time only.

use crate::crowd::{Crowd, Kind};
use crate::subject::{Mutex, spawn};
use crate::trial::{let_them_wait, trial};
use std::sync::Arc;
use std::time::{Duration, Instant};

const BRIEF: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(600);

#[test]
fn a_lock_that_stays_held_is_given_up_after_the_time_and_not_before() {
    trial(|| {
        let lock = Arc::new(Mutex::new(1));
        let guard = lock.lock();
        for kind in Kind::BOTH {
            let lock = lock.clone();
            let mut crowd = Crowd::default();
            crowd.start(kind, move || {
                let begun = Instant::now();
                assert!(lock.try_lock_for(BRIEF).is_none());
                assert!(begun.elapsed() >= BRIEF);
                let deadline = Instant::now() + BRIEF;
                assert!(lock.try_lock_until(deadline).is_none());
                assert!(Instant::now() >= deadline);
            });
            crowd.join();
        }
        assert_eq!(*guard, 1);
    });
}

#[test]
fn a_free_lock_is_taken_at_once_whatever_the_time() {
    trial(|| {
        let lock = Mutex::new(1);
        for time in [Duration::ZERO, BRIEF, LONG, Duration::MAX] {
            assert_eq!(lock.try_lock_for(time).as_deref(), Some(&1));
        }
        let past = Instant::now();
        assert_eq!(lock.try_lock_until(past).as_deref(), Some(&1));
        assert_eq!(lock.try_lock_until(past + LONG).as_deref(), Some(&1));
    });
}

#[test]
fn no_time_at_all_is_a_try() {
    trial(|| {
        let lock = Mutex::new(1);
        let guard = lock.lock();
        assert!(lock.try_lock_for(Duration::ZERO).is_none());
        assert!(lock.try_lock_until(Instant::now()).is_none());
        drop(guard);
        assert!(!lock.is_locked());
    });
}

#[test]
fn a_lock_that_is_given_back_in_time_is_taken() {
    trial(|| {
        for time in [LONG, Duration::MAX] {
            let lock = Arc::new(Mutex::new(1));
            let guard = lock.lock();
            let by_time = spawn({
                let lock = lock.clone();
                move || lock.try_lock_for(time).map(|mut inside| *inside += 1)
            });
            let by_deadline = spawn({
                let lock = lock.clone();
                move || lock.try_lock_until(Instant::now() + LONG).map(|mut inside| *inside += 1)
            });
            let_them_wait();
            assert!(!by_time.is_finished() && !by_deadline.is_finished());
            drop(guard);
            assert_eq!((by_time.join().unwrap(), by_deadline.join().unwrap()), (Some(()), Some(())));
            assert_eq!(*lock.lock(), 3);
        }
    });
}

/// The lock must not be handed to one who is no longer there: then nobody would have it.
#[test]
fn who_gave_up_stands_in_nobodys_way() {
    trial(|| {
        let lock = Arc::new(Mutex::new(0));
        for _ in 0..10 {
            let guard = lock.lock();
            let patient = spawn({
                let lock = lock.clone();
                move || *lock.lock() += 1
            });
            let impatient: Vec<_> = (0..3)
                .map(|_| {
                    let lock = lock.clone();
                    spawn(move || lock.try_lock_for(Duration::from_millis(1)).is_none())
                })
                .collect();
            assert!(impatient.into_iter().all(|waits| waits.join().unwrap()));
            drop(guard);
            patient.join().unwrap();
        }
        assert_eq!(lock.try_lock().as_deref(), Some(&10));
    });
}

/// Time runs out while the lock is given back: either he has it or somebody else can take it.
#[test]
fn the_last_moment_belongs_to_one_of_the_two() {
    trial(|| {
        let lock = Arc::new(Mutex::new(0));
        let mut crowd = Crowd::default();
        for (number, kind) in [Kind::Spawned, Kind::Thread, Kind::Spawned].into_iter().enumerate() {
            let lock = lock.clone();
            crowd.start(kind, move || {
                let (mut taken, mut tried) = (0, 0);
                while taken < 200 {
                    let patience = Duration::from_micros((tried * 7 + number as u64) % 40);
                    if let Some(mut inside) = lock.try_lock_for(patience) {
                        *inside += 1;
                        taken += 1;
                    }
                    tried += 1;
                }
            });
        }
        crowd.join();
        assert_eq!(lock.try_lock().as_deref(), Some(&600));
    });
}
