//! Waiting for a condition for some time only.

use crate::crowd::{Crowd, Kind};
use crate::eventually::eventually;
use crate::subject::{Condvar, Mutex, spawn, yield_now};
use crate::trial::{let_them_wait, trial};
use std::sync::Arc;
use std::time::{Duration, Instant};

const BRIEF: Duration = Duration::from_millis(15);
const LONG: Duration = Duration::from_secs(600);

#[test]
fn a_wait_ends_after_its_time_and_not_before_with_the_lock_held() {
    trial(|| {
        let shared = Arc::new((Mutex::new(1), Condvar::new()));
        let mut crowd = Crowd::default();
        for kind in Kind::BOTH {
            let shared = shared.clone();
            crowd.start(kind, move || {
                let (lock, condvar) = &*shared;
                let mut guard = lock.lock();
                let begun = Instant::now();
                assert!(condvar.wait_for(&mut guard, BRIEF).timed_out());
                assert!(begun.elapsed() >= BRIEF && lock.try_lock().is_none());
                let deadline = Instant::now() + BRIEF;
                assert!(condvar.wait_until(&mut guard, deadline).timed_out());
                assert!(Instant::now() >= deadline && lock.try_lock().is_none());
            });
        }
        crowd.join();
        assert!(!shared.0.is_locked());
    });
}

#[test]
fn no_time_at_all_is_over_at_once() {
    trial(|| {
        let (lock, condvar) = (Mutex::new(1), Condvar::new());
        let mut guard = lock.lock();
        assert!(condvar.wait_for(&mut guard, Duration::ZERO).timed_out());
        assert!(condvar.wait_until(&mut guard, Instant::now()).timed_out());
        assert!(condvar.wait_while_for(&mut guard, |_| true, Duration::ZERO).timed_out());
        assert_eq!(*guard, 1);
    });
}

#[test]
fn a_notification_in_time_ends_the_wait_and_is_no_timeout() {
    trial(|| {
        for time in [LONG, Duration::MAX] {
            let shared = Arc::new((Mutex::new(0), Condvar::new()));
            let by_time = spawn({
                let shared = shared.clone();
                move || {
                    let mut guard = shared.0.lock();
                    *guard += 1;
                    shared.1.wait_for(&mut guard, time).timed_out()
                }
            });
            let by_deadline = spawn({
                let shared = shared.clone();
                move || {
                    let mut guard = shared.0.lock();
                    *guard += 1;
                    shared.1.wait_until(&mut guard, Instant::now() + LONG).timed_out()
                }
            });
            eventually("both wait", || *shared.0.lock() == 2);
            assert_eq!(shared.1.notify_all(), 2);
            assert_eq!((by_time.join().unwrap(), by_deadline.join().unwrap()), (false, false));
        }
    });
}

#[test]
fn who_has_stopped_waiting_is_not_told() {
    trial(|| {
        let (lock, condvar) = (Mutex::new(()), Condvar::new());
        for _ in 0..10 {
            assert!(condvar.wait_for(&mut lock.lock(), Duration::from_millis(1)).timed_out());
            assert!(!condvar.notify_one());
            assert_eq!(condvar.notify_all(), 0);
        }
    });
}

/// The notification is for one who still waits.
#[test]
fn who_stops_waiting_takes_no_notification_along() {
    trial(|| {
        let shared = Arc::new((Mutex::new(0), Condvar::new()));
        let patient = spawn({
            let shared = shared.clone();
            move || {
                let mut guard = shared.0.lock();
                *guard += 1;
                shared.1.wait(&mut guard);
            }
        });
        eventually("the patient one waits", || *shared.0.lock() == 1);
        let impatient: Vec<_> = (0..3)
            .map(|_| {
                let shared = shared.clone();
                spawn(move || shared.1.wait_for(&mut shared.0.lock(), BRIEF).timed_out())
            })
            .collect();
        assert!(impatient.into_iter().all(|waits| waits.join().unwrap()));
        assert!(shared.1.notify_one());
        patient.join().unwrap();
    });
}

/// The time is for the notification; the lock takes as long as it takes.
#[test]
fn who_has_run_out_of_time_still_waits_for_the_lock() {
    trial(|| {
        let mut shown = false;
        while !shown {
            let shared = Arc::new((Mutex::new("free"), Condvar::new()));
            let waits = spawn({
                let shared = shared.clone();
                move || {
                    let mut guard = shared.0.lock();
                    *guard = "one waits";
                    let timed_out = shared.1.wait_for(&mut guard, BRIEF).timed_out();
                    (timed_out, *guard)
                }
            });
            while *shared.0.lock() == "free" {
                yield_now();
            }
            let mut guard = shared.0.lock();
            // If this one was too slow, the lock was free when the time was over.
            shown = *guard == "one waits";
            if shown {
                let_them_wait();
                assert!(!waits.is_finished());
                *guard = "held meanwhile";
            }
            drop(guard);
            let expected = if shown { "held meanwhile" } else { "one waits" };
            assert_eq!(waits.join().unwrap(), (true, expected));
        }
    });
}

#[test]
fn a_condition_that_never_holds_is_given_up() {
    trial(|| {
        let (lock, condvar) = (Mutex::new(0), Condvar::new());
        let mut guard = lock.lock();
        let begun = Instant::now();
        let result = condvar.wait_while_for(&mut guard, add, BRIEF);
        assert!(result.timed_out() && begun.elapsed() >= BRIEF);
        let deadline = Instant::now() + BRIEF;
        let result = condvar.wait_while_until(&mut guard, add, deadline);
        assert!(result.timed_out() && Instant::now() >= deadline);
        assert_eq!(*guard, 2, "it looked before each wait");
    });
}

/// A condition that counts how often it was looked at.
fn add(looks: &mut i32) -> bool {
    *looks += 1;
    true
}

#[test]
fn a_condition_that_holds_in_time_is_no_timeout() {
    trial(|| {
        let shared = Arc::new((Mutex::new(0), Condvar::new()));
        let (lock, condvar) = &*shared;
        assert!(!condvar.wait_while_for(&mut lock.lock(), |_| false, Duration::ZERO).timed_out());
        assert!(!condvar.wait_while_until(&mut lock.lock(), |_| false, Instant::now()).timed_out());
        let by_time = spawn({
            let shared = shared.clone();
            move || shared.1.wait_while_for(&mut shared.0.lock(), |step| *step < 2, LONG).timed_out()
        });
        let by_deadline = spawn({
            let shared = shared.clone();
            let deadline = Instant::now() + LONG;
            move || shared.1.wait_while_until(&mut shared.0.lock(), |step| *step < 2, deadline).timed_out()
        });
        for _ in 0..2 {
            let_them_wait();
            *lock.lock() += 1;
            condvar.notify_all();
        }
        assert_eq!((by_time.join().unwrap(), by_deadline.join().unwrap()), (false, false));
    });
}

#[test]
fn results_are_values() {
    trial(|| {
        let (lock, condvar) = (Mutex::new(()), Condvar::new());
        let late = condvar.wait_for(&mut lock.lock(), Duration::ZERO);
        let in_time = condvar.wait_while_for(&mut lock.lock(), |()| false, Duration::ZERO);
        let copy = late;
        assert!(copy == late && late != in_time);
        assert_eq!(format!("{late:?}"), "WaitTimeoutResult(true)");
    });
}
