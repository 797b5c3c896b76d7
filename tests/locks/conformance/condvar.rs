//! Waiting for a condition, and telling those who wait.

use crate::crowd::{Crowd, Kind};
use crate::eventually::eventually;
use crate::subject::{Condvar, Mutex, spawn};
use crate::trial::{let_them_wait, trial};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// How many have begun to wait, and how many have stopped.
#[derive(Default)]
struct Room {
    counts: Mutex<(usize, usize)>,
    condvar: Condvar,
}

impl Room {
    /// Waits once. The lock is held from the count to the wait: who sees the count with the lock in his hands knows
    /// that this one waits.
    fn wait(&self) {
        let mut counts = self.counts.lock();
        counts.0 += 1;
        self.condvar.wait(&mut counts);
        counts.1 += 1;
    }

    /// Starts so many that wait, and returns when all of them do.
    fn fill(self: &Arc<Room>, crowd: &mut Crowd, many: usize) {
        for number in 0..many {
            let room = self.clone();
            crowd.start(Kind::BOTH[number % 2], move || room.wait());
        }
        eventually("all wait", || self.counts.lock().0 == many);
    }

    fn left(&self) -> usize {
        self.counts.lock().1
    }
}

#[test]
fn nobody_is_told_where_nobody_waits() {
    trial(|| {
        let condvar = Condvar::new();
        assert!(!condvar.notify_one());
        assert_eq!(condvar.notify_all(), 0);
    });
}

#[test]
fn notify_one_ends_one_wait() {
    trial(|| {
        let (room, mut crowd) = (Arc::new(Room::default()), Crowd::default());
        room.fill(&mut crowd, 6);
        for told in 1..=6 {
            assert!(room.condvar.notify_one());
            eventually("one has left", || room.left() >= told);
            if told % 3 == 0 {
                let_them_wait();
            }
            assert_eq!(room.left(), told, "and no other");
        }
        assert!(!room.condvar.notify_one());
        crowd.join();
    });
}

#[test]
fn notify_all_ends_all_waits_and_tells_how_many() {
    trial(|| {
        for many in [1, 2, 7] {
            for held in [false, true] {
                let (room, mut crowd) = (Arc::new(Room::default()), Crowd::default());
                room.fill(&mut crowd, many);
                let guard = held.then(|| room.counts.lock());
                assert_eq!(room.condvar.notify_all(), many);
                assert_eq!(room.condvar.notify_all(), 0, "they have been told");
                drop(guard);
                crowd.join();
                assert_eq!(room.left(), many);
            }
        }
    });
}

#[test]
fn all_who_are_left_are_told_after_one() {
    trial(|| {
        let (room, mut crowd) = (Arc::new(Room::default()), Crowd::default());
        room.fill(&mut crowd, 5);
        let guard = room.counts.lock();
        assert!(room.condvar.notify_one() && room.condvar.notify_one());
        assert_eq!(room.condvar.notify_all(), 3);
        drop(guard);
        crowd.join();
        assert_eq!(room.left(), 5);
    });
}

/// It is for those who wait, not for those who come.
#[test]
fn a_notification_is_not_kept() {
    trial(|| {
        let (lock, condvar) = (Mutex::new(()), Condvar::new());
        condvar.notify_one();
        condvar.notify_all();
        assert!(condvar.wait_for(&mut lock.lock(), Duration::from_millis(5)).timed_out());
    });
}

/// No wait ends by itself: a program that counts on that need not look again.
#[test]
fn nobody_stops_waiting_unless_told() {
    trial(|| {
        let (room, mut crowd) = (Arc::new(Room::default()), Crowd::default());
        room.fill(&mut crowd, 8);
        for _ in 0..5 {
            drop(room.counts.lock());
            let_them_wait();
            assert_eq!(room.left(), 0);
        }
        assert_eq!(room.condvar.notify_all(), 8);
        crowd.join();
    });
}

#[test]
fn the_lock_is_free_while_one_waits_and_held_when_he_goes_on() {
    trial(|| {
        let shared = Arc::new((Mutex::new(0), Condvar::new()));
        let waits = spawn({
            let shared = shared.clone();
            move || {
                let mut guard = shared.0.lock();
                *guard = 1;
                shared.1.wait(&mut guard);
                assert!(shared.0.is_locked() && shared.0.try_lock().is_none());
                *guard
            }
        });
        let (lock, condvar) = &*shared;
        eventually("it waits", || *lock.lock() == 1);
        let mut guard = lock.lock();
        assert!(condvar.notify_one());
        let_them_wait();
        assert!(!waits.is_finished(), "it cannot go on without the lock");
        *guard = 2;
        drop(guard);
        assert_eq!(waits.join().unwrap(), 2);
        assert!(!lock.is_locked());
    });
}

#[test]
fn wait_while_looks_first_and_after_each_notification() {
    trial(|| {
        let shared = Arc::new((Mutex::new((0, false)), Condvar::new()));
        let (lock, condvar) = &*shared;
        condvar.wait_while(&mut lock.lock(), |_| false);
        let waits = spawn({
            let shared = shared.clone();
            move || {
                let mut guard = shared.0.lock();
                shared.1.wait_while(&mut guard, |(looks, is_over)| {
                    assert!(shared.0.is_locked());
                    *looks += 1;
                    !*is_over
                });
                *guard
            }
        });
        for looks in 1..=3 {
            eventually("it has looked and waits", || lock.lock().0 == looks);
            lock.lock().1 = looks == 3;
            assert!(condvar.notify_one());
        }
        assert_eq!(waits.join().unwrap(), (4, true));
    });
}

#[test]
fn a_condvar_goes_with_one_mutex_at_a_time() {
    trial(|| {
        let (room, mut crowd) = (Arc::new(Room::default()), Crowd::default());
        room.fill(&mut crowd, 1);
        let other = Mutex::new(());
        let panicked = catch_unwind(AssertUnwindSafe(|| room.condvar.wait(&mut other.lock())));
        let payload = panicked.expect_err("somebody waits with the first one");
        let said = payload.downcast_ref::<&str>().expect("it says why");
        assert_eq!(*said, "attempted to use a condition variable with more than one mutex");
        assert!(!other.is_locked());
        assert!(room.condvar.notify_one());
        crowd.join();
        let waited = room.condvar.wait_for(&mut other.lock(), Duration::from_millis(1));
        assert!(waited.timed_out(), "nobody waits with the first one any more");
    });
}

#[test]
fn condvars_do_not_know_each_other() {
    trial(|| {
        let rooms: [Arc<Room>; 3] = Default::default();
        let mut crowd = Crowd::default();
        rooms.iter().for_each(|room| room.fill(&mut crowd, 2));
        assert_eq!(rooms[1].condvar.notify_all(), 2);
        eventually("they have left", || rooms[1].left() == 2);
        assert_eq!((rooms[0].left(), rooms[2].left()), (0, 0));
        assert_eq!((rooms[0].condvar.notify_all(), rooms[2].condvar.notify_all()), (2, 2));
        crowd.join();
    });
}

/// Two conditions of one lock, each with its own condvar.
#[test]
fn several_condvars_may_share_a_mutex() {
    trial(|| {
        let shared = Arc::new((Mutex::new([false; 2]), [Condvar::new(), Condvar::default()]));
        let mut crowd = Crowd::default();
        for number in 0..4 {
            let shared = shared.clone();
            crowd.start(Kind::BOTH[number / 2], move || {
                let (lock, condvars) = &*shared;
                condvars[number % 2].wait_while(&mut lock.lock(), |is_set| !is_set[number % 2]);
            });
        }
        for (number, condvar) in shared.1.iter().enumerate() {
            shared.0.lock()[number] = true;
            condvar.notify_all();
        }
        crowd.join();
        assert_eq!(format!("{:?}", shared.1[0]), "Condvar { .. }");
    });
}
