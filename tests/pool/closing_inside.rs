//! A pool that is closed by its own tasks.

use crate::everywhere::everywhere;
use gopark::chan::bounded;
use gopark::coroutine::{cancelled, current};
use gopark::pool::{Closed, Pool};
use gopark::time::try_sleep;
use gopark::{Cancelled, blocking, yield_now};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const BRIEF: Duration = Duration::from_millis(10);
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn it_does_not_wait_for_itself() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let inner = pool.clone();
        let closes = pool.submit(move || (inner.close(HOUR), cancelled().is_none()));
        assert_eq!(closes.join().unwrap(), (Closed::default(), true));
        assert_eq!((pool.stats().running, pool.stats().lent), (0, 0));
        assert!(pool.try_submit(|| ()).unwrap_err().is_closed());
    });
}

#[test]
fn it_waits_for_those_behind_it() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let done = Arc::new(AtomicUsize::new(0));
        let (inner, seen) = (pool.clone(), done.clone());
        let closes = pool.submit(move || (inner.close(HOUR), seen.load(Ordering::SeqCst)));
        // Either it has closed the pool before, and they are refused, or it waits for them.
        let mut taken = 0;
        for _ in 0..10 {
            let done = done.clone();
            taken += usize::from(
                pool.try_submit(move || {
                    yield_now();
                    done.fetch_add(1, Ordering::SeqCst);
                })
                .is_ok(),
            );
        }
        assert_eq!(closes.join().unwrap(), (Closed::default(), taken));
    });
}

#[test]
fn it_waits_for_what_it_has_submitted_itself() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let inner = pool.clone();
        let closes = pool.submit(move || {
            let tasks: Vec<_> = (0..10).map(|number| inner.submit(move || number)).collect();
            let closed = inner.close(HOUR);
            assert!(tasks.iter().all(|task| task.join_timeout(Duration::from_secs(30))));
            (closed, tasks.into_iter().map(|task| task.join().unwrap()).sum::<i32>())
        });
        assert_eq!(closes.join().unwrap(), (Closed::default(), 45));
    });
}

#[test]
fn after_the_grace_it_cancels_the_others_and_not_itself() {
    everywhere(|| {
        let pool = Pool::builder().workers(2).build();
        let (inner, sleeper) = (pool.clone(), pool.submit(|| try_sleep(HOUR)));
        while pool.stats().running == 0 {
            yield_now();
        }
        let closes = pool.submit(move || {
            let queued: Vec<_> = (0..3).map(|_| inner.submit(|| try_sleep(HOUR))).collect();
            let closed = inner.close(BRIEF);
            let refused = queued.into_iter().filter_map(|task| task.join().err()).count();
            (closed, cancelled().is_none(), refused, current().unwrap())
        });
        let me = closes.coroutine().clone();
        let (closed, is_untouched, refused, inside) = closes.join().unwrap();
        assert!(is_untouched && inside == me);
        // Its own place is taken by one of those that were queued.
        assert_eq!((closed.cancelled + closed.stopped as u64, closed.left), (4, vec![]));
        assert_eq!(closed.cancelled, refused as u64);
        assert!(sleeper.join().map_or_else(|error| error.is::<Cancelled>(), |slept| slept.is_err()));
        assert_eq!((pool.stats().running, pool.stats().queued), (0, 0));
    });
}

#[test]
fn on_a_helper_thread_it_does_not_wait_for_itself() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let inner = pool.clone();
        let closes = pool.submit(move || {
            let outcome = blocking(|| inner.close(HOUR));
            (outcome, cancelled().is_none())
        });
        assert_eq!(closes.join().unwrap(), (Closed::default(), true));
    });
}

#[test]
fn two_tasks_close_it_and_do_not_wait_for_each_other_for_ever() {
    everywhere(|| {
        for workers in [1, 2] {
            let pool = Pool::builder().workers(workers).build();
            // Neither closes before both are in.
            let (gate, opens) = bounded::<()>(0);
            let closers: Vec<_> = (0..2)
                .map(|_| {
                    let (inner, opens) = (pool.clone(), opens.clone());
                    pool.submit(move || {
                        assert!(opens.recv().is_err());
                        inner.close(BRIEF).left.len()
                    })
                })
                .collect();
            drop(gate);
            closers.into_iter().for_each(|closes| assert!(closes.join().unwrap() <= 1));
            assert_eq!((pool.stats().running, pool.stats().lent, pool.stats().queued), (0, 0, 0));
        }
    });
}
