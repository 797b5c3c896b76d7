//! tokio's locks, and what else it has to wait for, where there is no runtime of tokio.

use crate::activity::until_parked;
use crate::eventually::eventually;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::{block_on, go, yield_now};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Barrier, Mutex, Notify, OnceCell, RwLock, Semaphore};

/// On one worker and on two.
fn everywhere(body: fn()) {
    bounded(move || [1, 2].into_iter().for_each(|workers| runtime(workers).run(body)));
}

#[test]
fn a_mutex_is_one_holders() {
    everywhere(|| {
        let count = Arc::new(Mutex::new(0));
        let all: Vec<_> = (0..64)
            .map(|_| {
                let count = count.clone();
                go(move || {
                    for _ in 0..20 {
                        let mut held = block_on(count.lock());
                        let before = *held;
                        yield_now();
                        *held = before + 1;
                    }
                })
            })
            .collect();
        all.into_iter().for_each(|one| one.join().expect("no panic"));
        assert_eq!(*block_on(count.lock()), 64 * 20);
    });
}

#[test]
fn a_lock_is_read_together_and_written_alone() {
    everywhere(|| {
        let pair = Arc::new(RwLock::new((0, 0)));
        let all: Vec<_> = (0..40)
            .map(|number| {
                let pair = pair.clone();
                go(move || {
                    for _ in 0..20 {
                        if number % 4 == 0 {
                            let mut held = block_on(pair.write());
                            held.0 += 1;
                            yield_now();
                            held.1 += 1;
                        } else {
                            let held = block_on(pair.read());
                            yield_now();
                            assert_eq!(held.0, held.1);
                        }
                    }
                })
            })
            .collect();
        all.into_iter().for_each(|one| one.join().expect("no panic"));
        assert_eq!(*block_on(pair.read()), (200, 200));
    });
}

#[test]
fn a_notification_wakes_one_or_all() {
    bounded(|| {
        let runtime = runtime(2);
        let (notify, told) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
        notify.notify_one();
        block_on(notify.notified());
        let waits: Vec<_> = (0..100)
            .map(|_| {
                let (notify, told) = (notify.clone(), told.clone());
                runtime.spawn(move || {
                    block_on(notify.notified());
                    told.fetch_add(1, Ordering::SeqCst);
                })
            })
            .collect();
        until_parked(&runtime, 100);
        assert_eq!(told.load(Ordering::SeqCst), 0);
        notify.notify_one();
        eventually("one is told", || told.load(Ordering::SeqCst) == 1);
        notify.notify_waiters();
        waits.into_iter().for_each(|one| one.join().expect("no panic"));
        assert_eq!(told.load(Ordering::SeqCst), 100);
    });
}

#[test]
fn a_semaphore_lets_so_many_in() {
    everywhere(|| {
        let (permits, inside) = (Arc::new(Semaphore::new(3)), Arc::new(AtomicUsize::new(0)));
        let all: Vec<_> = (0..60)
            .map(|_| {
                let (permits, inside) = (permits.clone(), inside.clone());
                go(move || {
                    let many = block_on(permits.acquire_many(2)).expect("it is open");
                    assert!(inside.fetch_add(2, Ordering::SeqCst) <= 1, "more than three");
                    yield_now();
                    inside.fetch_sub(2, Ordering::SeqCst);
                    drop(many);
                    let _one = block_on(permits.acquire()).expect("it is open");
                    assert!(inside.fetch_add(1, Ordering::SeqCst) <= 2, "more than three");
                    yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                })
            })
            .collect();
        all.into_iter().for_each(|one| one.join().expect("no panic"));
        assert_eq!(permits.available_permits(), 3);
        let _all = block_on(permits.acquire_many(3)).expect("it is open");
        let waits = go({
            let permits = permits.clone();
            move || block_on(permits.acquire()).is_err()
        });
        yield_now();
        permits.close();
        assert!(waits.join().expect("no panic"), "it is closed");
    });
}

#[test]
fn a_barrier_and_a_cell() {
    everywhere(|| {
        let (barrier, cell, made) =
            (Arc::new(Barrier::new(30)), Arc::new(OnceCell::new()), AtomicUsize::new(0));
        let made = Arc::new(made);
        let all: Vec<_> = (0..30)
            .map(|_| {
                let (barrier, cell, made) = (barrier.clone(), cell.clone(), made.clone());
                go(move || {
                    let leads = block_on(barrier.wait()).is_leader();
                    let value = block_on(cell.get_or_init(|| async {
                        made.fetch_add(1, Ordering::SeqCst);
                        yield_now();
                        7
                    }));
                    assert_eq!(*value, 7);
                    leads
                })
            })
            .collect();
        let leaders = all.into_iter().map(|one| one.join().expect("no panic"));
        assert_eq!(leaders.filter(|&leads| leads).count(), 1);
        assert_eq!(made.load(Ordering::SeqCst), 1);
    });
}
