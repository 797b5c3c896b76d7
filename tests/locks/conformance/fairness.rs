//! A lock that somebody takes again and again is still to be had by others.

use crate::crowd::{Crowd, Kind};
use crate::eventually::eventually;
use crate::subject::{Mutex, RwLock};
use crate::trial::trial;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How often the one who comes seldom wants the lock.
const TURNS: usize = 12;
/// How often the others may take it meanwhile. A fair lock needs a tenth of this, an unfair one has no bound.
const AT_MOST: usize = 150;
/// How long each of the others works under the lock: long enough for a lock that is fair in the end only, and so long
/// that not many turns fit into the time for which the system may keep somebody from his processor.
const WORK: Duration = Duration::from_millis(3);

/// The locks that all want, and how often those who always want them have had one.
#[derive(Default)]
struct Locks {
    mutex: Mutex<()>,
    rwlock: RwLock<()>,
    taken: AtomicUsize,
}

impl Locks {
    /// Holds up the processor, as who works under a lock does.
    fn work(&self) {
        self.taken.fetch_add(1, Ordering::SeqCst);
        let begun = Instant::now();
        while begun.elapsed() < WORK {}
    }
}

/// Lets `hogs` take a lock over and over, and one of each kind want it now and then. What the others have meanwhile
/// is counted in turns, not in time: so it is about the same on a busy machine.
fn turns_beside(hogs: usize, hog: fn(&Locks), seldom: fn(&Locks)) {
    for kind in Kind::BOTH {
        let locks = Arc::new(Locks::default());
        let over = Arc::new(AtomicBool::new(false));
        let mut crowd = Crowd::default();
        for number in 0..hogs {
            let (locks, over) = (locks.clone(), over.clone());
            crowd.start(Kind::BOTH[number % 2], move || {
                while !over.load(Ordering::SeqCst) {
                    hog(&locks);
                }
            });
        }
        crowd.start(kind, move || {
            let taken = || locks.taken.load(Ordering::SeqCst);
            eventually("the others are at it", || taken() > hogs);
            let waits: Vec<_> = (0..TURNS)
                .map(|_| {
                    let before = taken();
                    seldom(&locks);
                    let after = taken();
                    eventually("the others have had it again", || taken() > after);
                    after - before
                })
                .collect();
            over.store(true, Ordering::SeqCst);
            assert!(waits.iter().all(|&wait| wait <= AT_MOST), "meanwhile the others had it {waits:?} times");
        });
        crowd.join();
    }
}

#[test]
fn a_mutex_is_to_be_had_beside_one_who_always_wants_it() {
    trial(|| {
        turns_beside(
            1,
            |locks| {
                let _guard = locks.mutex.lock();
                locks.work();
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
            |locks| {
                let _guard = locks.rwlock.read();
                locks.work();
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
            |locks| {
                let _guard = locks.rwlock.write();
                locks.work();
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
            |locks| {
                let _guard = locks.rwlock.upgradable_read();
                locks.work();
            },
            |locks| drop(locks.rwlock.upgradable_read()),
        );
    });
}

/// Each waits for each of the others now and then; nobody may be left waiting when all others have gone.
#[test]
fn everybody_has_a_turn() {
    trial(|| {
        let locks = Arc::new(Locks::default());
        let mut crowd = Crowd::default();
        for number in 0..6 {
            let locks = locks.clone();
            crowd.start(Kind::BOTH[number % 2], move || {
                for turn in 0..9 {
                    match (turn + number) % 3 {
                        0 => drop(locks.rwlock.write()),
                        1 => drop(locks.rwlock.upgradable_read()),
                        _ => {
                            let _guard = locks.rwlock.read();
                            locks.work();
                        }
                    }
                }
            });
        }
        crowd.join();
        assert!(!locks.rwlock.is_locked());
    });
}
