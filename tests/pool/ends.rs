//! Ends that nobody asks the pool for: of its last handle, and of its runtime.

use crate::busy::Busy;
use crate::counted::Drops;
use crate::everywhere::everywhere;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::park;
use gopark::pool::Pool;
use gopark::{Cancelled, JoinHandle, chan, yield_now};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

const SOON: Duration = Duration::from_millis(5);
/// It returns as soon as nothing is left.
const AT_MOST: Duration = Duration::from_secs(30);

#[test]
fn without_a_handle_what_was_taken_is_done() {
    everywhere(|| {
        let (sender, done) = chan::unbounded();
        let pool = Pool::builder().workers(1).build();
        for number in 0..100 {
            let sender = sender.clone();
            drop(pool.submit(move || {
                yield_now();
                sender.send(number).unwrap();
            }));
        }
        drop((pool, sender));
        assert_eq!(done.iter().collect::<Vec<_>>(), Vec::from_iter(0..100));
    });
}

#[test]
fn the_last_handle_may_be_in_a_task() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).queue(0).build();
        let (sender, done) = chan::bounded(1);
        let inner = pool.clone();
        drop(pool.submit(move || {
            let task = inner.submit(move || sender.send(7).unwrap());
            drop(inner);
            task.join().unwrap();
        }));
        drop(pool);
        assert_eq!(done.recv(), Ok(7));
    });
}

#[test]
fn an_unused_pool_is_dropped_anywhere() {
    bounded(|| {
        drop(Pool::builder().build());
        let pool = runtime(1).run(|| Pool::builder().build());
        drop(pool);
    });
}

/// Joins all on a thread of its own, and tells how many were cancelled.
fn joined<T: Send + 'static>(handles: Vec<JoinHandle<T>>) -> mpsc::Receiver<usize> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let is_cancelled = |handle: JoinHandle<T>| handle.join().is_err_and(|error| error.is::<Cancelled>());
        let cancelled = handles.into_iter().map(is_cancelled).filter(|is| *is).count();
        tell.send(cancelled).expect("the test waits");
    });
    told
}

#[test]
fn a_runtime_stops_in_spite_of_queued_tasks_and_their_joiners_are_told() {
    bounded(|| {
        for _ in 0..20 {
            let runtime = runtime(2);
            let current = runtime.enter();
            let pool = Pool::builder().workers(1).queue(10).build();
            let busy = Busy::fill(&pool, 1);
            let drops = Drops::default();
            let queued = |_| {
                let value = drops.value();
                pool.submit(move || drop(value))
            };
            let outcomes = joined((0..10).map(queued).collect());
            drop(current);
            assert!(runtime.shutdown(AT_MOST).abandoned.is_empty());
            drop(runtime);
            assert_eq!(outcomes.recv(), Ok(10));
            assert_eq!((drops.count(), pool.stats().cancelled >= 10), (10, true));
            drop(busy);
        }
    });
}

/// The one that runs does not end, so its place does not come back.
#[test]
fn joiners_are_told_although_the_one_that_runs_is_abandoned() {
    bounded(|| {
        let runtime = runtime(2);
        let current = runtime.enter();
        let pool = Pool::builder().workers(1).queue(10).build();
        let (tell, told) = mpsc::channel();
        let deaf = pool.submit(move || {
            tell.send(()).unwrap();
            loop {
                park();
            }
        });
        told.recv().expect("it has begun");
        let outcomes = joined((0..10).map(|number| pool.submit(move || number)).collect());
        drop(current);
        assert_eq!(runtime.shutdown(SOON).abandoned.len(), 1);
        drop(runtime);
        assert_eq!(outcomes.recv(), Ok(10));
        assert!(deaf.join().map(|(): ()| ()).unwrap_err().is::<Cancelled>());
    });
}

#[test]
fn a_stopped_runtime_takes_nothing_and_another_one_goes_on() {
    bounded(|| {
        let first = runtime(1);
        let pool = first.run(|| Pool::builder().workers(1).queue(1).build());
        let current = first.enter();
        let busy = Busy::fill(&pool, 2);
        drop(current);
        drop(first);
        drop(busy);
        assert!(
            pool.submit(|| 7).join().unwrap_err().is::<Cancelled>(),
            "it was built in a runtime that is gone"
        );
        let second = runtime(1);
        second.run(|| {
            for number in 0..10 {
                assert_eq!(pool.submit(move || number).join().unwrap(), number);
            }
            assert_eq!((pool.stats().running, pool.stats().queued), (0, 0));
        });
    });
}

#[test]
fn submitters_that_wait_when_their_runtime_stops_leave_nothing_behind() {
    bounded(|| {
        let (first, second) = (runtime(1), runtime(1));
        let pool = second.run(|| Pool::builder().workers(1).queue(0).build());
        let current = second.enter();
        let busy = Busy::fill(&pool, 1);
        drop(current);
        let (tell, told) = mpsc::channel();
        for _ in 0..5 {
            let (pool, tell) = (pool.clone(), tell.clone());
            first.spawn(move || {
                tell.send(()).unwrap();
                drop(pool.submit(|| ()));
            });
        }
        told.iter().take(5).for_each(drop);
        assert!(first.shutdown(AT_MOST).abandoned.is_empty());
        assert_eq!(pool.stats().submitted, 1);
        let submits = thread::spawn({
            let pool = pool.clone();
            move || pool.submit(|| 7).join().unwrap()
        });
        busy.end();
        assert_eq!(submits.join().expect("there is room"), 7);
    });
}
