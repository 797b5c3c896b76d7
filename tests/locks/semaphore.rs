//! Permits.

use crate::crowd::{Crowd, Kind};
use crate::subject::{AcquireError, Mutex, Semaphore, spawn, yield_now};
use crate::trial::{let_them_wait, trial};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const BRIEF: Duration = Duration::from_millis(15);
const LONG: Duration = Duration::from_secs(600);

#[test]
fn never_more_are_inside_than_there_are_permits() {
    trial(|| {
        static PERMITS: Semaphore = Semaphore::new(3);
        static INSIDE: AtomicUsize = AtomicUsize::new(0);
        let mut crowd = Crowd::default();
        for number in 0..8 {
            crowd.start(Kind::BOTH[number % 2], move || {
                for turn in 0..400 {
                    let many = 1 + (turn + number) % 3;
                    let _permit = PERMITS.acquire_many(many);
                    assert!(INSIDE.fetch_add(many, Ordering::SeqCst) + many <= 3);
                    if turn % 8 == 0 {
                        yield_now();
                    }
                    INSIDE.fetch_sub(many, Ordering::SeqCst);
                }
            });
        }
        crowd.join();
        assert_eq!(PERMITS.available(), 3);
    });
}

#[test]
fn first_come_first_served() {
    trial(|| {
        let shared = Arc::new((Semaphore::new(0), Mutex::new(Vec::new())));
        let waits: Vec<_> = [3, 1, 2]
            .into_iter()
            .map(|many| {
                let other = shared.clone();
                let waits = spawn(move || {
                    let permit = other.0.acquire_many(many);
                    other.1.lock().push(many);
                    permit.forget();
                });
                let_them_wait();
                waits
            })
            .collect();
        for _ in 0..6 {
            assert!(shared.0.try_acquire().is_none(), "they come first");
            shared.0.add_permits(1);
            let_them_wait();
        }
        waits.into_iter().for_each(|waits| waits.join().unwrap());
        assert_eq!((&**shared.1.lock(), shared.0.available()), (&[3, 1, 2][..], 0));
    });
}

#[test]
fn time_runs_out_and_others_do_not_suffer() {
    trial(|| {
        let semaphore = Arc::new(Semaphore::new(0));
        let begun = Instant::now();
        assert_eq!(semaphore.acquire_timeout(BRIEF).unwrap_err(), AcquireError::TimedOut);
        assert!(begun.elapsed() >= BRIEF);
        assert!(semaphore.acquire_timeout(Duration::ZERO).is_err());
        assert!(semaphore.acquire_owned_timeout(BRIEF).is_err());
        let patient = spawn({
            let semaphore = semaphore.clone();
            move || semaphore.acquire_timeout(LONG).map(|permit| permit.forget())
        });
        let_them_wait();
        semaphore.add_permits(1);
        assert_eq!(patient.join().unwrap(), Ok(()));
        assert_eq!(semaphore.available(), 0);
    });
}

#[test]
fn a_cancelled_one_is_refused_and_says_so() {
    trial(|| {
        let semaphore = Arc::new(Semaphore::new(0));
        let waits = spawn({
            let semaphore = semaphore.clone();
            move || {
                let first = semaphore.acquire_timeout(LONG).map(drop);
                semaphore.add_permits(1);
                // One that begins when it is cancelled fails without trying; the others do not care.
                let second = semaphore.acquire_timeout(LONG).map(drop);
                drop(semaphore.acquire());
                (first, second)
            }
        });
        let_them_wait();
        waits.cancel();
        let refused = Err(AcquireError::Cancelled);
        assert_eq!(waits.join().unwrap(), (refused, refused));
        assert_eq!(semaphore.available(), 1);
    });
}

#[test]
fn permits_come_back_or_are_forgotten() {
    trial(|| {
        let semaphore = Arc::new(Semaphore::new(3));
        let (one, owned) = (semaphore.acquire(), semaphore.acquire_owned());
        assert_eq!(semaphore.available(), 1);
        one.forget();
        assert!(Arc::ptr_eq(owned.semaphore(), &semaphore));
        spawn(move || drop(owned)).join().unwrap();
        assert_eq!(semaphore.available(), 2);
        semaphore.try_acquire_owned().expect("there are two").forget();
        assert_eq!(semaphore.available(), 1);
        assert!(semaphore.try_acquire_many(2).is_none());
        assert_eq!(semaphore.available(), 1, "what was not given does not come back");
        assert_eq!(format!("{semaphore:?}"), "Semaphore { available: 1 }");
    });
}
