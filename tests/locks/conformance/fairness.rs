//! A lock that somebody takes again and again is still to be had by others.

use crate::crowd::{Crowd, Kind};
use crate::subject::{Mutex, RwLock, yield_now};
use crate::trial::trial;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often the one who comes seldom wants the lock.
const TURNS: u32 = 10;
/// Hundreds of times what each turn takes.
const AT_MOST: Duration = Duration::from_secs(2);

/// Holds up the processor: whoever works under a lock does no more for others than that.
fn work(time: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < time {}
}

/// Runs `hogs` of each kind and beside them `seldom`; none of its turns may take long.
fn turns_beside(hogs: usize, hog: fn(&Locks, &dyn Fn() -> bool), seldom: fn(&Locks)) {
    for kind in Kind::BOTH {
        let locks = Arc::new(Locks::default());
        let over = Arc::new(AtomicBool::new(false));
        let mut crowd = Crowd::default();
        for number in 0..hogs {
            let (locks, over) = (locks.clone(), over.clone());
            crowd.start(Kind::BOTH[number % 2], move || hog(&locks, &|| over.load(Ordering::SeqCst)));
        }
        crowd.start(kind, move || {
            for turn in 0..TURNS {
                let begun = Instant::now();
                seldom(&locks);
                let took = begun.elapsed();
                // The hogs end in any case, so that a failure is not a hang.
                if took > AT_MOST || turn + 1 == TURNS {
                    over.store(true, Ordering::SeqCst);
                }
                assert!(took < AT_MOST, "turn {turn} took {took:?}");
                yield_now();
            }
        });
        crowd.join();
    }
}

#[derive(Default)]
struct Locks {
    mutex: Mutex<()>,
    rwlock: RwLock<()>,
}

#[test]
fn a_mutex_is_to_be_had_beside_one_who_always_wants_it() {
    trial(|| {
        turns_beside(
            1,
            |locks, over| {
                while !over() {
                    let _guard = locks.mutex.lock();
                    work(Duration::from_micros(200));
                }
            },
            |locks| drop(locks.mutex.lock()),
        );
    });
}

/// Readers overlap, so that there is hardly a moment without any.
#[test]
fn writers_do_not_starve_beside_readers() {
    trial(|| {
        turns_beside(
            3,
            |locks, over| {
                while !over() {
                    let _guard = locks.rwlock.read();
                    work(Duration::from_micros(300));
                }
            },
            |locks| drop(locks.rwlock.write()),
        );
    });
}

#[test]
fn readers_do_not_starve_beside_writers() {
    trial(|| {
        turns_beside(
            2,
            |locks, over| {
                while !over() {
                    let _guard = locks.rwlock.write();
                    work(Duration::from_micros(200));
                }
            },
            |locks| drop(locks.rwlock.read()),
        );
    });
}

#[test]
fn upgradable_readers_do_not_starve_beside_each_other() {
    trial(|| {
        turns_beside(
            2,
            |locks, over| {
                while !over() {
                    let _guard = locks.rwlock.upgradable_read();
                    work(Duration::from_micros(200));
                }
            },
            |locks| drop(locks.rwlock.upgradable_read()),
        );
    });
}

/// The one who waits for a reader to leave holds the door; that must not last longer than the reader stays.
#[test]
fn everybody_has_a_turn() {
    trial(|| {
        let locks = Arc::new(Locks::default());
        let mut crowd = Crowd::default();
        for number in 0..6 {
            let locks = locks.clone();
            crowd.start(Kind::BOTH[number % 2], move || {
                for turn in 0..60 {
                    match (turn + number) % 3 {
                        0 => drop(locks.rwlock.write()),
                        1 => drop(locks.rwlock.upgradable_read()),
                        _ => {
                            let _guard = locks.rwlock.read();
                            work(Duration::from_micros(20));
                        }
                    }
                }
            });
        }
        crowd.join();
        assert!(!locks.rwlock.is_locked());
    });
}
