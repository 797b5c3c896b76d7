//! What waiting for a lock does to others, and what it may not do.

use crate::subject::{Mutex, Semaphore, runtime, spawn, yield_now};
use crate::trial::{let_them_wait, trial};
use gopark::coroutine::no_park;
use std::sync::Arc;

#[test]
fn one_worker_serves_others_meanwhile() {
    runtime(1).run(|| {
        let lock = Arc::new(Mutex::new(0));
        let mut guard = lock.lock();
        let waits: Vec<_> = (0..50)
            .map(|_| {
                let lock = lock.clone();
                spawn(move || *lock.lock() += 1)
            })
            .collect();
        yield_now();
        *guard += 1;
        drop(guard);
        waits.into_iter().for_each(|waits| waits.join().unwrap());
        assert_eq!(*lock.lock(), 51);
    });
}

#[test]
fn what_need_not_wait_goes_through_inside_no_park() {
    trial(|| {
        let (lock, permits) = (Arc::new(Mutex::new(1)), Semaphore::new(1));
        no_park(|| {
            *lock.lock() += 1;
            drop(permits.acquire());
        });
        let guard = lock.lock();
        let refused = spawn({
            let lock = lock.clone();
            move || no_park(|| *lock.lock())
        });
        assert!(refused.join().is_err());
        drop(guard);
        assert_eq!(*lock.lock(), 2);
    });
}

#[test]
fn cancellation_does_not_hurt_who_waits_for_a_lock() {
    trial(|| {
        let lock = Arc::new(Mutex::new(1));
        let guard = lock.lock();
        let waits = spawn({
            let lock = lock.clone();
            move || *lock.lock()
        });
        let_them_wait();
        waits.cancel();
        let_them_wait();
        assert!(!waits.is_finished());
        drop(guard);
        assert_eq!(waits.join().unwrap(), 1);
    });
}
