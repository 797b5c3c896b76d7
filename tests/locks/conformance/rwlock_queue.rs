//! Who waits before whom.

use crate::crowd::{Crowd, Kind};
use crate::eventually::eventually;
use crate::subject::{Barrier, RwLock, RwLockReadGuard, RwLockWriteGuard, spawn, yield_now};
use crate::trial::{let_them_wait, trial};
use std::sync::Arc;
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(600);

/// Returns when a writer waits for the readers inside to leave: from then on no new one gets in.
fn until_a_writer_waits<T>(lock: &RwLock<T>) {
    while lock.try_read().is_some() {
        yield_now();
    }
}

#[test]
fn readers_that_come_after_a_waiting_writer_get_in_after_it() {
    trial(|| {
        let lock = Arc::new(RwLock::new("before"));
        let inside = lock.read();
        let mut crowd = Crowd::default();
        let writes = lock.clone();
        crowd.start(Kind::Spawned, move || *writes.write() = "after");
        until_a_writer_waits(&lock);
        for kind in Kind::BOTH {
            let lock = lock.clone();
            crowd.start(kind, move || assert_eq!(*lock.read(), "after"));
        }
        let_them_wait();
        assert_eq!(*inside, "before");
        drop(inside);
        crowd.join();
    });
}

/// He who is inside already would wait for the writer, and the writer for him.
#[test]
fn a_recursive_read_passes_a_waiting_writer() {
    trial(|| {
        let lock = Arc::new(RwLock::new(1));
        let outer = lock.read();
        let writes = spawn({
            let lock = lock.clone();
            move || *lock.write() += 1
        });
        until_a_writer_waits(&lock);
        assert!(lock.try_read_for(Duration::from_millis(1)).is_none());
        let inner = lock.read_recursive();
        assert_eq!((*outer, *inner), (1, 1));
        assert_eq!(lock.try_read_recursive().as_deref(), Some(&1));
        assert_eq!(lock.try_read_recursive_for(LONG).as_deref(), Some(&1));
        assert_eq!(lock.try_read_recursive_until(Instant::now()).as_deref(), Some(&1));
        drop((outer, inner));
        writes.join().unwrap();
        assert_eq!(*lock.read(), 2);
    });
}

/// Those who queued up behind him do not wait for the one who was inside before him.
#[test]
fn a_writer_that_gives_up_lets_the_readers_behind_it_in() {
    trial(|| {
        for kind in Kind::BOTH {
            let lock = Arc::new(RwLock::new(1));
            let inside = lock.read();
            let gives_up = spawn({
                let lock = lock.clone();
                move || lock.try_write_for(Duration::from_millis(40)).is_none()
            });
            while lock.try_read().is_some() && !gives_up.is_finished() {
                yield_now();
            }
            let mut crowd = Crowd::default();
            for _ in 0..2 {
                let lock = lock.clone();
                crowd.start(kind, move || assert_eq!(*lock.read(), 1));
            }
            assert!(gives_up.join().unwrap());
            crowd.join();
            drop(inside);
        }
    });
}

#[test]
fn a_writer_that_gives_up_leaves_its_place_to_the_next_writer() {
    trial(|| {
        let lock = Arc::new(RwLock::new(1));
        let inside = lock.read();
        let [first, second] = [Duration::from_millis(20), LONG].map(|patience| {
            let lock = lock.clone();
            let writes = spawn(move || lock.try_write_for(patience).map(|mut inside| *inside += 1));
            let_them_wait();
            writes
        });
        assert_eq!(first.join().unwrap(), None);
        drop(inside);
        assert_eq!(second.join().unwrap(), Some(()));
        assert_eq!(*lock.read(), 2);
    });
}

#[test]
fn readers_that_waited_for_a_writer_are_inside_together() {
    trial(|| {
        let lock = Arc::new(RwLock::new(0));
        let guard = lock.write();
        let meeting = Arc::new(Barrier::new(4));
        let mut crowd = Crowd::default();
        for number in 0..4 {
            let (lock, meeting) = (lock.clone(), meeting.clone());
            crowd.start(Kind::BOTH[number % 2], move || {
                let _guard = lock.read();
                meeting.wait();
            });
        }
        let_them_wait();
        drop(guard);
        crowd.join();
    });
}

#[test]
fn a_fair_unlock_of_a_reader_hands_the_lock_over() {
    trial(|| {
        let lock = Arc::new(RwLock::new("mine"));
        for _ in 0..10 {
            let guard = lock.read();
            let waits = spawn({
                let lock = lock.clone();
                move || *lock.write() = "his"
            });
            until_a_writer_waits(&lock);
            RwLockReadGuard::unlock_fair(guard);
            let mut guard = lock.write();
            assert_eq!(*guard, "his");
            *guard = "mine";
            drop(guard);
            waits.join().unwrap();
        }
    });
}

/// That somebody waits for a writer cannot be seen, but it cannot be that nobody did in most of the rounds.
#[test]
fn a_fair_unlock_of_a_writer_hands_the_lock_over() {
    trial(|| {
        let lock = Arc::new(RwLock::new("mine"));
        let mut handed_over = 0;
        for _ in 0..10 {
            let guard = lock.write();
            let waits = spawn({
                let lock = lock.clone();
                move || *lock.write() = "his"
            });
            let_them_wait();
            RwLockWriteGuard::unlock_fair(guard);
            handed_over += usize::from(*lock.write() == "his");
            waits.join().unwrap();
            *lock.write() = "mine";
        }
        assert!(handed_over > 5, "{handed_over} of 10");
    });
}

#[test]
fn writers_come_one_by_one_between_readers() {
    trial(|| {
        let lock = Arc::new(RwLock::new(0));
        let inside = lock.read();
        let writers: Vec<_> = (0..3)
            .map(|_| {
                let lock = lock.clone();
                spawn(move || *lock.write() += 1)
            })
            .collect();
        until_a_writer_waits(&lock);
        assert_eq!(*inside, 0);
        drop(inside);
        eventually("all writers have been inside", || *lock.read() == 3);
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    });
}
