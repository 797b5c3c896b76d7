//! Under stress nobody is inside together with one who changes something.

use crate::crowd::{Crowd, Kind};
use crate::subject::{Mutex, RwLock, RwLockUpgradableReadGuard, RwLockWriteGuard, yield_now};
use crate::trial::trial;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const CROWD: usize = 6;
const TURNS: usize = 1500;
/// Short enough to run out now and then.
const PATIENCE: Duration = Duration::from_micros(20);

/// Adds one in two steps, and sometimes lets others run between them: two at once would lose one of their steps.
fn add_one(counter: &mut usize, turn: usize) {
    let seen = *counter;
    if turn.is_multiple_of(16) {
        yield_now();
    }
    *counter = seen + 1;
}

/// Everybody has `TURNS` turns in his own manner; returns the lock, of which nobody has a share any more.
fn count<L: Send + Sync + 'static>(lock: L, manners: &[fn(&L, usize)]) -> L {
    let lock = Arc::new(lock);
    let mut crowd = Crowd::default();
    for number in 0..CROWD {
        let (lock, manner) = (lock.clone(), manners[number % manners.len()]);
        crowd.start(Kind::BOTH[number / 3 % 2], move || (0..TURNS).for_each(|turn| manner(&lock, turn)));
    }
    crowd.join();
    Arc::into_inner(lock).expect("all have ended")
}

#[test]
fn a_mutex_lets_one_in() {
    trial(|| {
        let lock = count(Mutex::new(0), &[|lock, turn| add_one(&mut lock.lock(), turn)]);
        assert_eq!(lock.into_inner(), CROWD * TURNS);
    });
}

#[test]
fn a_mutex_lets_one_in_however_they_come() {
    trial(|| {
        let manners: [fn(&Mutex<usize>, usize); 3] = [
            |lock, turn| add_one(&mut lock.lock(), turn),
            |lock, turn| loop {
                if let Some(mut counter) = lock.try_lock() {
                    return add_one(&mut counter, turn);
                }
                yield_now();
            },
            |lock, turn| loop {
                if let Some(mut counter) = lock.try_lock_for(PATIENCE) {
                    return add_one(&mut counter, turn);
                }
            },
        ];
        assert_eq!(count(Mutex::new(0), &manners).into_inner(), CROWD * TURNS);
    });
}

/// A pair whose halves differ only while somebody writes.
struct Pair {
    lock: RwLock<[usize; 2]>,
    reads: AtomicUsize,
}

impl Pair {
    fn new() -> Pair {
        Pair { lock: RwLock::new([0, 0]), reads: AtomicUsize::new(0) }
    }

    fn expect_equal(&self, [first, second]: [usize; 2]) {
        assert_eq!(first, second);
        self.reads.fetch_add(1, Ordering::Relaxed);
    }
}

fn add_to_both(pair: &mut [usize; 2], turn: usize) {
    add_one(&mut pair[0], turn);
    add_one(&mut pair[1], turn + 8);
}

#[test]
fn a_rwlock_keeps_readers_from_half_of_a_change() {
    trial(|| {
        let pair = count(
            Pair::new(),
            &[
                |pair, turn| add_to_both(&mut pair.lock.write(), turn),
                |pair, _| pair.expect_equal(*pair.lock.read()),
                |pair, turn| match turn % 2 {
                    0 => add_to_both(&mut pair.lock.write(), turn),
                    _ => pair.expect_equal(*pair.lock.read()),
                },
            ],
        );
        assert_eq!(pair.lock.into_inner(), [3 * TURNS; 2]);
        assert_eq!(pair.reads.into_inner(), 3 * TURNS);
    });
}

#[test]
fn a_rwlock_keeps_readers_from_half_of_a_change_however_they_come() {
    trial(|| {
        let pair = count(
            Pair::new(),
            &[
                |pair, turn| loop {
                    if let Some(mut inside) = pair.lock.try_write_for(PATIENCE) {
                        return add_to_both(&mut inside, turn);
                    }
                },
                |pair, turn| match turn % 2 {
                    0 => pair.expect_equal(*pair.lock.read_recursive()),
                    _ => {
                        if let Some(inside) = pair.lock.try_read_for(PATIENCE) {
                            pair.expect_equal(*inside);
                        }
                    }
                },
                |pair, turn| loop {
                    if let Some(mut inside) = pair.lock.try_write() {
                        return add_to_both(&mut inside, turn);
                    }
                    yield_now();
                },
            ],
        );
        assert_eq!(pair.lock.into_inner(), [4 * TURNS; 2]);
        assert!(pair.reads.into_inner() >= TURNS);
    });
}

/// What an upgradable reader has seen is still so when it has become a writer, and what a writer has written is what
/// it sees as a reader.
#[test]
fn nobody_comes_between_when_a_guard_changes_its_kind() {
    trial(|| {
        let pair = count(
            Pair::new(),
            &[
                |pair, turn| {
                    let reads = pair.lock.upgradable_read();
                    let seen = *reads;
                    pair.expect_equal(seen);
                    let mut writes = RwLockUpgradableReadGuard::upgrade(reads);
                    assert_eq!(*writes, seen);
                    add_to_both(&mut writes, turn);
                },
                |pair, turn| {
                    let mut writes = pair.lock.write();
                    add_to_both(&mut writes, turn);
                    let written = *writes;
                    let reads = RwLockWriteGuard::downgrade(writes);
                    if turn % 16 == 1 {
                        yield_now();
                    }
                    assert_eq!(*reads, written);
                },
                |pair, _| pair.expect_equal(*pair.lock.read()),
            ],
        );
        assert_eq!(pair.lock.into_inner(), [4 * TURNS; 2]);
        assert_eq!(pair.reads.into_inner(), 4 * TURNS);
    });
}
