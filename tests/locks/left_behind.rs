//! Coroutines whose runtime stops while they wait: what they would have been given is another one's.

use crate::subject::{Condvar, Mutex, RwLock, Semaphore};
use crate::watchdog::bounded;
use crate::workers::runtime;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

const MOMENT: Duration = Duration::from_millis(20);

/// Lets four coroutines wait in a runtime that stops, and then a plain thread, for what `give` gives.
fn one_is_served<S: Send + Sync + 'static>(shared: S, wait: fn(&S), give: impl FnOnce(&S)) {
    let shared = Arc::new(shared);
    let runtime = runtime(2);
    for _ in 0..4 {
        let shared = shared.clone();
        runtime.spawn(move || wait(&shared));
    }
    thread::sleep(MOMENT);
    let patient = thread::spawn({
        let shared = shared.clone();
        move || wait(&shared)
    });
    thread::sleep(MOMENT);
    let stops = thread::spawn(move || runtime.shutdown(Duration::from_millis(1)));
    thread::sleep(Duration::from_micros(u64::from(std::process::id() % 7) * 700));
    give(&shared);
    assert!(stops.join().expect("it stops").abandoned.len() <= 4);
    patient.join().expect("it is served");
}

#[test]
fn of_a_mutex() {
    bounded(|| {
        for _ in 0..20 {
            let (lock, held) = (Arc::new(Mutex::new(())), Mutex::new(None));
            *held.lock() = Some(lock.lock_arc());
            one_is_served((lock, held), |(lock, _)| drop(lock.lock()), |(_, held)| *held.lock() = None);
        }
    });
}

#[test]
fn of_a_semaphore() {
    bounded(|| {
        for _ in 0..20 {
            one_is_served(
                Semaphore::new(0),
                |permits| drop(permits.acquire()),
                |permits| permits.add_permits(1),
            );
        }
    });
}

#[test]
fn of_a_condvar() {
    bounded(|| {
        for _ in 0..20 {
            one_is_served(
                (Mutex::new(false), Condvar::new()),
                |(lock, told)| told.wait_while(&mut lock.lock(), |is_set| !*is_set),
                |(lock, told)| {
                    *lock.lock() = true;
                    told.notify_all();
                },
            );
        }
    });
}

#[test]
fn of_a_rwlock() {
    bounded(|| {
        for _ in 0..20 {
            let (lock, held) = (Arc::new(RwLock::new(())), Mutex::new(None));
            *held.lock() = Some(lock.write_arc());
            one_is_served((lock, held), |(lock, _)| drop(lock.read()), |(_, held)| *held.lock() = None);
        }
    });
}
