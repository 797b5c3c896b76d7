//! Everything can be made at compile time and needs no other beginning.

use crate::crowd::{Crowd, Kind};
use crate::subject::{Barrier, Condvar, LazyLock, Mutex, Once, OnceLock, OnceState, RwLock};
use crate::trial::trial;

/// Makes locks where only constants may be made.
const fn several() -> [Mutex<u32>; 3] {
    [Mutex::new(1), Mutex::new(2), Mutex::new(3)]
}

#[test]
fn a_mutex() {
    static LOCK: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    trial(|| {
        let mut crowd = Crowd::default();
        for number in 0..6 {
            crowd.start(Kind::BOTH[number % 2], move || LOCK.lock().push(number));
        }
        crowd.join();
        let mut came = LOCK.lock();
        came.sort_unstable();
        assert!(came.iter().copied().eq(0..6));
    });
}

#[test]
fn several_mutexes() {
    static LOCKS: [Mutex<u32>; 3] = several();
    trial(|| {
        let held = LOCKS[1].lock();
        let free: Vec<_> = LOCKS.iter().filter_map(|lock| lock.try_lock().map(|inside| *inside)).collect();
        assert_eq!((free, *held), (vec![1, 3], 2));
    });
}

#[test]
fn a_rwlock() {
    static LOCK: RwLock<Option<&str>> = RwLock::new(None);
    trial(|| {
        assert_eq!(*LOCK.read(), None);
        *LOCK.write() = Some("a value");
        let mut crowd = Crowd::default();
        for kind in Kind::BOTH {
            crowd.start(kind, || assert_eq!(*LOCK.read(), Some("a value")));
        }
        crowd.join();
    });
}

#[test]
fn a_condvar() {
    static LOCK: Mutex<bool> = Mutex::new(false);
    static CONDVAR: Condvar = Condvar::new();
    trial(|| {
        let mut crowd = Crowd::default();
        for kind in Kind::BOTH {
            crowd.start(kind, || CONDVAR.wait_while(&mut LOCK.lock(), |is_set| !*is_set));
        }
        *LOCK.lock() = true;
        CONDVAR.notify_all();
        crowd.join();
    });
}

#[test]
fn a_once() {
    static ONCE: Once = Once::new();
    static RUNS: Mutex<u32> = Mutex::new(0);
    trial(|| {
        assert_eq!(ONCE.state(), OnceState::New);
        let mut crowd = Crowd::default();
        for kind in [Kind::Spawned, Kind::Thread, Kind::Spawned] {
            crowd.start(kind, || ONCE.call_once(|| *RUNS.lock() += 1));
        }
        crowd.join();
        assert_eq!((*RUNS.lock(), ONCE.state()), (1, OnceState::Done));
    });
}

#[test]
fn a_once_lock_and_a_lazy_lock() {
    static ONCE: OnceLock<String> = OnceLock::new();
    static LAZY: LazyLock<String> =
        LazyLock::new(|| ONCE.get().map_or("too early", |_| "in time").to_owned());
    trial(|| {
        let mut crowd = Crowd::default();
        for kind in Kind::BOTH {
            crowd.start(kind, || {
                assert_eq!(ONCE.get_or_init(|| "first".to_owned()), "first");
                assert_eq!(*LAZY, "in time");
            });
        }
        crowd.join();
        let addresses = [&raw const *LAZY, &raw const *LAZY];
        assert_eq!(addresses[0], addresses[1]);
    });
}

#[test]
fn a_barrier() {
    static BARRIER: Barrier = Barrier::new(3);
    static LEADERS: Mutex<u32> = Mutex::new(0);
    trial(|| {
        let mut crowd = Crowd::default();
        for kind in [Kind::Spawned, Kind::Thread, Kind::Spawned] {
            crowd.start(kind, || {
                for _ in 0..10 {
                    *LEADERS.lock() += u32::from(BARRIER.wait().is_leader());
                }
            });
        }
        crowd.join();
        assert_eq!(*LEADERS.lock(), 10);
    });
}
