//! The end of a pool: what is done before, what is cancelled, and what is told.

use crate::busy::Busy;
use crate::counted::Drops;
use crate::everywhere::everywhere;
use crate::watchdog::bounded;
use gopark::coroutine::no_park;
use gopark::pool::{Closed, Pool};
use gopark::{Cancelled, chan, go, scope, shield, with_timeout, yield_now};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const BRIEF: Duration = Duration::from_millis(10);
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn what_was_taken_is_done() {
    everywhere(|| {
        let pool = Pool::builder().workers(2).build();
        let done = Arc::new(AtomicUsize::new(0));
        for number in 0..50 {
            let done = done.clone();
            drop(pool.submit(move || {
                (0..number % 4).for_each(|_| yield_now());
                done.fetch_add(1, Ordering::SeqCst);
            }));
        }
        assert_eq!(pool.close(HOUR), Closed::default());
        assert_eq!((done.load(Ordering::SeqCst), pool.stats().finished), (50, 50));
        assert_eq!(pool.close(HOUR), Closed::default());
    });
}

/// They have lent their places, and are not done.
#[test]
fn tasks_that_wait_for_others_are_waited_for() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let done = Arc::new(AtomicUsize::new(0));
        let (open, gate) = chan::bounded::<()>(0);
        let (tell, told) = chan::bounded(2);
        let (first, second) = (gate.clone(), gate);
        let (tells, counts) = (tell.clone(), done.clone());
        drop(pool.submit(move || {
            tells.send(()).unwrap();
            go(move || first.recv().is_err()).join().unwrap();
            counts.fetch_add(1, Ordering::SeqCst);
        }));
        let counts = done.clone();
        drop(pool.submit(move || {
            tell.send(()).unwrap();
            scope(|s| drop(s.go(|| second.recv().is_err())));
            counts.fetch_add(1, Ordering::SeqCst);
        }));
        told.iter().take(2).for_each(drop);
        while pool.stats().lent < 2 {
            yield_now();
        }
        let closes = go({
            let (pool, done) = (pool.clone(), done.clone());
            move || (pool.close(HOUR), done.load(Ordering::SeqCst))
        });
        assert!(!closes.join_timeout(BRIEF), "neither has ended");
        drop(open);
        assert_eq!(closes.join().unwrap(), (Closed::default(), 2));
    });
}

#[test]
fn after_the_grace_those_that_run_are_cancelled_and_the_others_dropped() {
    everywhere(|| {
        let pool = Pool::builder().workers(2).build();
        let drops = Drops::default();
        let (_open, gate) = chan::bounded::<()>(0);
        let (free, deafened) = chan::bounded::<()>(0);
        let (tell, told) = chan::bounded(0);
        let tells = tell.clone();
        let waits = pool.submit(move || {
            tell.send(()).unwrap();
            gate.recv().is_err()
        });
        let deaf = pool.submit(move || {
            tells.send(()).unwrap();
            shield(|| deafened.recv().is_err())
        });
        let queued: Vec<_> = (0..5)
            .map(|_| {
                let value = drops.value();
                pool.submit(move || drop(value))
            })
            .collect();
        told.iter().take(2).for_each(drop);
        let closed = pool.close(BRIEF);
        assert_eq!((closed.cancelled, closed.stopped), (5, 1));
        assert_eq!(closed.left, [deaf.coroutine().clone()]);
        assert_eq!(drops.count(), 5);
        assert!(queued.into_iter().all(|task| task.join().unwrap_err().is::<Cancelled>()));
        assert!(waits.join().unwrap());
        let again = pool.close(BRIEF);
        assert_eq!((again.cancelled, again.stopped, again.left.len()), (0, 0, 1));
        drop(free);
        assert!(deaf.join().unwrap());
        assert_eq!(pool.close(HOUR), Closed::default());
        let stats = pool.stats();
        assert_eq!((stats.submitted, stats.finished, stats.cancelled), (7, 2, 5));
    });
}

#[test]
fn a_closed_pool_takes_nothing() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        assert_eq!(pool.close(Duration::ZERO), Closed::default());
        let drops = Drops::default();
        let value = drops.value();
        assert!(pool.submit(move || drop(value)).join().unwrap_err().is::<Cancelled>());
        assert_eq!(drops.count(), 1);
        let refused = pool.try_submit(|| 7).unwrap_err();
        assert!(refused.is_closed() && !refused.is_full() && !refused.is_overloaded());
        assert_eq!(refused.into_inner()(), 7);
        let refused = pool.submit_timeout(HOUR, || 8).unwrap_err();
        assert!(refused.is_closed() && !refused.is_timeout());
        assert_eq!(refused.into_inner()(), 8);
        let stats = pool.stats();
        assert_eq!((stats.submitted, stats.rejected, stats.cancelled), (0, 3, 0));
    });
}

#[test]
fn those_who_wait_for_room_are_told() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).queue(0).build();
        let busy = Busy::fill(&pool, 1);
        let (tell, told) = chan::unbounded();
        let submitters: Vec<_> = (0..10)
            .map(|number| {
                let (pool, tell) = (pool.clone(), tell.clone());
                go(move || {
                    tell.send(()).unwrap();
                    if number % 2 == 0 {
                        pool.submit(|| ()).join().unwrap_err().is::<Cancelled>()
                    } else {
                        pool.submit_timeout(HOUR, || ()).unwrap_err().is_closed()
                    }
                })
            })
            .collect();
        told.iter().take(10).for_each(drop);
        let closes = go({
            let pool = pool.clone();
            move || pool.close(HOUR)
        });
        for submits in submitters {
            assert!(submits.join().unwrap(), "although the pool is as full as before");
        }
        assert!(!closes.is_finished());
        busy.end();
        assert_eq!(closes.join().unwrap(), Closed::default());
        assert_eq!((pool.stats().rejected, pool.stats().submitted), (10, 1));
    });
}

#[test]
fn past_a_deadline_the_rest_of_the_grace_is_left_out() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let busy = Busy::fill(&pool, 3);
        while pool.stats().running == 0 {
            yield_now();
        }
        let closed = with_timeout(BRIEF, || pool.close(HOUR));
        assert_eq!((closed.cancelled, closed.stopped, closed.left), (2, 1, vec![]));
        assert_eq!(busy.tasks.into_iter().filter_map(|task| task.join().ok()).count(), 1);
    });
}

#[test]
fn several_close_it_at_once() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let busy = Busy::fill(&pool, 3);
        let closers: Vec<_> = (0..5)
            .map(|_| {
                let pool = pool.clone();
                go(move || pool.close(HOUR))
            })
            .collect();
        assert!(!closers[4].join_timeout(BRIEF));
        busy.end();
        closers.into_iter().for_each(|closes| assert_eq!(closes.join().unwrap(), Closed::default()));
    });
}

#[test]
fn a_close_that_may_not_wait_harms_the_caller_only() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let busy = Busy::fill(&pool, 2);
        let panics = catch_unwind(AssertUnwindSafe(|| no_park(|| pool.close(HOUR))));
        assert!(panics.is_err(), "it has to wait");
        busy.end();
        assert_eq!(no_park(|| pool.close(HOUR)), Closed::default());
        let pool = Pool::builder().workers(1).build();
        let busy = Busy::fill(&pool, 2);
        let first = catch_unwind(AssertUnwindSafe(|| no_park(|| pool.close(HOUR))));
        assert!(first.is_err(), "it has to wait");
        let closes = go({
            let pool = pool.clone();
            move || (pool.close(HOUR), pool.stats().finished)
        });
        assert!(!closes.join_timeout(BRIEF));
        busy.end();
        assert_eq!(closes.join().unwrap(), (Closed::default(), 2));
    });
}

#[test]
fn a_thread_without_a_runtime_closes_it() {
    bounded(|| {
        let runtime = crate::workers::runtime(1);
        let (pool, busy) = runtime.run(|| {
            let pool = Pool::builder().workers(1).build();
            let busy = Busy::fill(&pool, 2);
            while !busy.tasks[0].join_timeout(BRIEF) && pool.stats().running == 0 {}
            (pool, busy)
        });
        let closed = pool.close(BRIEF);
        assert_eq!((closed.cancelled, closed.stopped, closed.left.len()), (1, 1, 0));
        drop(busy);
    });
}
