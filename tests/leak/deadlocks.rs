//! Circles of coroutines that wait for each other are found; coroutines that only wait are not.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use gopark::chan::bounded;
use gopark::leak::{Deadlock, Scope, deadlocks};
use gopark::sync::{Barrier, Mutex, RwLock};
use gopark::{JoinHandle, Runtime, go};

use crate::policy;

pub(crate) fn runtime() -> Runtime {
    policy::builder().workers(2).build().unwrap()
}

/// The deadlock of exactly these, which comes in a moment. (Other tests have their own in this process.)
pub(crate) fn deadlock_of(ids: &[u64]) -> Deadlock {
    let mut found = None;
    crate::eventually::eventually("the deadlock is found", || {
        found = deadlocks().into_iter().find(|deadlock| {
            let mut members: Vec<u64> = deadlock.coroutines.iter().map(|coroutine| coroutine.id).collect();
            members.sort_unstable();
            members == ids
        });
        found.is_some()
    });
    found.unwrap()
}

pub(crate) fn sorted<T>(handles: &[JoinHandle<T>]) -> Vec<u64> {
    let mut ids: Vec<u64> = handles.iter().map(|handle| handle.coroutine().id()).collect();
    ids.sort_unstable();
    ids
}

/// Coroutines each of which holds a lock and wants the next one's.
fn lock_circle(runtime: &Runtime, length: usize) -> Vec<JoinHandle<()>> {
    let locks: Arc<Vec<Mutex<()>>> = Arc::new((0..length).map(|_| Mutex::new(())).collect());
    let all_hold = Arc::new(Barrier::new(length));
    let spawn = |place: usize| {
        let (locks, all_hold) = (locks.clone(), all_hold.clone());
        runtime.spawn(move || {
            let _own = locks[place].lock();
            all_hold.wait();
            drop(locks[(place + 1) % locks.len()].lock());
        })
    };
    (0..length).map(spawn).collect()
}

#[test]
fn circles_of_locks_of_any_length() {
    let runtime = runtime();
    for length in [1, 2, 5] {
        let circle = lock_circle(&runtime, length);
        let found = deadlock_of(&sorted(&circle));
        let text = found.to_string();
        assert!(text.starts_with(&format!("deadlock of {length}:\n")), "{text}");
        for coroutine in circle.iter().map(JoinHandle::coroutine) {
            assert!(text.contains(&format!("held by coroutine {} ", coroutine.id())), "{text}");
        }
        assert!(text.contains("tests/leak/deadlocks.rs:"), "{text}");
    }
    runtime.shutdown(Duration::ZERO);
}

#[test]
fn who_waits_for_a_circle_is_behind_it() {
    let runtime = runtime();
    let circle = lock_circle(&runtime, 2);
    let ids = sorted(&circle);
    let mut circle = circle.into_iter();
    let (first, _second) = (circle.next().unwrap(), circle.next().unwrap());
    let behind = runtime.spawn(move || drop(first.join()));
    let behind_id = behind.coroutine().id();
    let last = runtime.spawn(move || drop(behind.join()));
    let expected = [behind_id, last.coroutine().id()];
    crate::eventually::eventually("both are behind it", || deadlock_of(&ids).behind == expected);
    runtime.shutdown(Duration::ZERO);
}

#[test]
fn two_that_join_each_other() {
    let runtime = runtime();
    let (handles, given): (Vec<_>, Vec<_>) = (0..2).map(|_| bounded::<JoinHandle<()>>(1)).unzip();
    let joiners: Vec<_> = given
        .into_iter()
        .map(|given| {
            runtime.spawn(move || {
                let other = given.recv().unwrap();
                drop(other.join());
            })
        })
        .collect();
    let ids = sorted(&joiners);
    for (handle, to) in joiners.into_iter().rev().zip(handles) {
        to.send(handle).unwrap();
    }
    let found = deadlock_of(&ids);
    assert!(found.to_string().contains("for the end of coroutine"), "{found}");
    runtime.shutdown(Duration::ZERO);
}

#[test]
fn a_scope_whose_child_wants_what_its_parent_holds() {
    let runtime = runtime();
    let lock: &'static Mutex<()> = Box::leak(Box::new(Mutex::new(())));
    let child_id: &'static OnceLock<u64> = Box::leak(Box::new(OnceLock::new()));
    let parent = runtime.spawn(|| {
        let _held = lock.lock();
        gopark::scope(|s| {
            let child = s.go(|| drop(lock.lock()));
            child_id.set(child.coroutine().id()).unwrap();
        });
    });
    crate::eventually::eventually("the child is there", || child_id.get().is_some());
    deadlock_of(&[parent.coroutine().id(), *child_id.get().unwrap()]);
    runtime.shutdown(Duration::ZERO);
}

#[test]
fn a_writer_that_waits_for_itself() {
    let runtime = runtime();
    let lock = Arc::new(RwLock::new(()));
    let selfish = runtime.spawn(move || {
        let _held = lock.write();
        drop(lock.read());
    });
    deadlock_of(&[selfish.coroutine().id()]);
    runtime.shutdown(Duration::ZERO);
}

/// Some time it gives up.
#[test]
fn who_tries_for_a_while_is_not_stuck() {
    let runtime = runtime();
    let patient = runtime.spawn(|| {
        let lock = Mutex::new(());
        let _held = lock.lock();
        assert!(lock.try_lock_for(Duration::from_secs(3600)).is_none());
    });
    let id = patient.coroutine().id();
    crate::channels::until_waiting(&[id]);
    assert!(!deadlocks().iter().any(|deadlock| deadlock.coroutines[0].id == id));
    runtime.shutdown(Duration::ZERO);
}

#[test]
fn a_leak_scope_tells_of_the_deadlocks_of_its_own() {
    let runtime = runtime();
    let text = runtime.run(|| {
        let scope = Scope::new();
        let lock = Arc::new(Mutex::new(()));
        let selfish = go(move || {
            let _held = lock.lock();
            drop(lock.lock());
        });
        deadlock_of(&[selfish.coroutine().id()]);
        let told =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| scope.assert_none(Duration::ZERO)));
        *told.unwrap_err().downcast::<String>().unwrap()
    });
    assert!(text.contains("deadlock of 1:"), "{text}");
    runtime.shutdown(Duration::ZERO);
}

#[test]
fn who_only_waits_is_not_found() {
    let runtime = runtime();
    let locks: Arc<[Mutex<u64>; 3]> = Arc::default();
    let ids = runtime.run(|| {
        let (sender, receiver) = gopark::chan::bounded::<()>(0);
        let waits = go(move || _ = receiver.recv());
        let workers: Vec<_> = (0..8)
            .map(|_| {
                let locks = locks.clone();
                go(move || {
                    while gopark::coroutine::cancelled().is_none() {
                        let mut first = locks[0].lock();
                        let mut second = locks[1].lock();
                        gopark::yield_now();
                        *first += 1;
                        *second += 1;
                        drop((first, second));
                        go(|| ()).join().unwrap();
                    }
                })
            })
            .collect();
        let ids: Vec<u64> = workers.iter().map(|worker| worker.coroutine().id()).collect();
        for _ in 0..20 {
            let found = deadlocks();
            let is_ours = |deadlock: &Deadlock| deadlock.coroutines.iter().any(|one| ids.contains(&one.id));
            assert!(!found.iter().any(is_ours), "{}", found[0]);
        }
        workers.iter().for_each(JoinHandle::cancel);
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        drop(sender);
        waits.join().unwrap();
        ids.len()
    });
    assert_eq!(ids, 8);
}
