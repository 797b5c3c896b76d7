//! Cancelling tasks: those that have not begun do not begin, those that run are told.

use crate::busy::Busy;
use crate::counted::Drops;
use crate::everywhere::everywhere;
use gopark::coroutine::cancelled;
use gopark::pool::Pool;
use gopark::time::try_sleep;
use gopark::{Cancelled, chan, go, yield_now};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_queued_task_that_is_cancelled_never_begins() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let busy = Busy::fill(&pool, 1);
        let (drops, begun) = (Drops::default(), Arc::new(AtomicUsize::new(0)));
        let tasks: Vec<_> = (0..10)
            .map(|_| {
                let (value, begun) = (drops.value(), begun.clone());
                pool.submit(move || {
                    begun.fetch_add(1, Ordering::SeqCst);
                    drop(value);
                })
            })
            .collect();
        tasks.iter().step_by(2).for_each(|task| task.cancel());
        busy.end();
        for (number, task) in tasks.into_iter().enumerate() {
            let outcome = task.join();
            assert_eq!(outcome.is_err_and(|error| error.is::<Cancelled>()), number % 2 == 0);
        }
        assert_eq!((begun.load(Ordering::SeqCst), drops.count()), (5, 10));
        let stats = pool.stats();
        assert_eq!((stats.submitted, stats.finished, stats.cancelled), (11, 6, 5));
        assert_eq!((stats.queued, stats.running), (0, 0));
    });
}

#[test]
fn a_task_that_runs_sees_that_it_is_cancelled() {
    everywhere(|| {
        let pool = Pool::builder().workers(2).build();
        let (tell, told) = chan::bounded(0);
        let sleeps = pool.submit(|| try_sleep(HOUR));
        let works = pool.submit(move || {
            tell.send(()).unwrap();
            while cancelled().is_none() {
                yield_now();
            }
            "cleaned up"
        });
        told.recv().unwrap();
        works.cancel();
        assert_eq!(works.join().unwrap(), "cleaned up");
        // It began before the other one did, or at the same time.
        while pool.stats().running > 1 {
            yield_now();
        }
        sleeps.cancel();
        if let Ok(outcome) = sleeps.join() {
            assert_eq!(outcome, Err(Cancelled));
        }
        assert_eq!(pool.submit(|| cancelled().is_none()).join().ok(), Some(true), "the others are not meant");
    });
}

#[test]
fn a_task_that_waits_for_its_own_is_cancelled_and_waits_on() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let (open, gate) = chan::bounded::<()>(0);
        let (tell, told) = chan::bounded(0);
        let inner = pool.clone();
        let outer = pool.submit(move || {
            let awaited = inner.submit(move || {
                tell.send(()).unwrap();
                gate.recv().unwrap();
                7
            });
            let result = awaited.join().unwrap();
            (result, cancelled().is_some())
        });
        told.recv().unwrap();
        outer.cancel();
        assert!(!outer.join_timeout(Duration::from_millis(10)), "join is not affected");
        open.send(()).unwrap();
        assert_eq!(outer.join().unwrap(), (7, true));
        assert_eq!((pool.stats().running, pool.stats().lent), (0, 0));
    });
}

#[test]
fn cancelled_ones_make_way_for_those_behind_them() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).queue(20).build();
        let busy = Busy::fill(&pool, 1);
        let dead: Vec<_> = (0..20).map(|_| pool.submit(|| panic!("it never begins"))).collect();
        let waits = go({
            let pool = pool.clone();
            move || pool.submit(|| 7).join().unwrap()
        });
        dead.iter().for_each(|task| task.cancel());
        busy.end();
        assert_eq!(waits.join().unwrap(), 7);
        for task in dead {
            assert!(task.join().map(|(): ()| ()).unwrap_err().is::<Cancelled>());
        }
        assert_eq!(pool.stats().cancelled, 20);
    });
}

/// What the closure of a task has captured, if it waits when it is dropped.
struct Waits(Arc<AtomicUsize>);

impl Drop for Waits {
    fn drop(&mut self) {
        go(yield_now).join().unwrap();
        self.0.fetch_add(1, Ordering::SeqCst); // if that has not panicked
    }
}

/// The wait that drops them is that of the task that makes way. Behind them somebody begins, or nobody.
#[test]
fn destructors_of_cancelled_tasks_may_wait() {
    everywhere(|| {
        for are_last in [false, true] {
            let pool = Pool::builder().workers(1).build();
            let waited = Arc::new(AtomicUsize::new(0));
            let (inner, waits) = (pool.clone(), waited.clone());
            let outer = pool.submit(move || {
                for _ in 0..3 {
                    let value = Waits(waits.clone());
                    inner.submit(move || drop(value)).cancel();
                }
                let awaited = if are_last { go(|| 7) } else { inner.submit(|| 7) };
                awaited.join().unwrap()
            });
            assert_eq!(outer.join().unwrap(), 7);
            assert_eq!(waited.load(Ordering::SeqCst), 3, "if they are the last: {are_last}");
            let stats = pool.stats();
            assert_eq!((stats.running, stats.lent, stats.queued, stats.cancelled), (0, 0, 0, 3));
            assert_eq!(pool.submit(|| 7).join().unwrap(), 7);
        }
    });
}
