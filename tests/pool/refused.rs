//! Tasks that are not taken: they come back or are dropped, once, and the pool goes on.

use crate::busy::Busy;
use crate::counted::Drops;
use crate::everywhere::everywhere;
use crate::watchdog::bounded;
use gopark::coroutine::{Reason, cancelled, no_park};
use gopark::pool::{Pool, SubmitTimeoutError};
use gopark::{Cancelled, chan, go, with_timeout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

const BRIEF: Duration = Duration::from_millis(15);
const HOUR: Duration = Duration::from_secs(3600);

fn full() -> (Pool, Busy) {
    let pool = Pool::builder().workers(1).queue(1).build();
    let busy = Busy::fill(&pool, 2);
    (pool, busy)
}

/// After `busy` the pool takes as many as ever, at once.
fn assert_goes_on(pool: &Pool, busy: Busy) {
    busy.end();
    let (open, gate) = chan::bounded::<()>(0);
    let task = || {
        let gate = gate.clone();
        move || gate.recv().is_err()
    };
    let taken = [pool.try_submit(task()), pool.try_submit(task())].map(|task| task.expect("there is room"));
    assert!(pool.try_submit(|| ()).unwrap_err().is_full());
    drop(open);
    assert!(taken.into_iter().all(|task| task.join().unwrap()));
    assert_eq!(pool.submit(|| 7).join().unwrap(), 7);
    let stats = pool.stats();
    assert_eq!((stats.running, stats.queued, stats.lent), (0, 0, 0));
    assert_eq!(stats.submitted, stats.finished + stats.panicked + stats.cancelled);
}

#[test]
fn who_waits_for_a_time_gets_the_task_back() {
    everywhere(|| {
        let (pool, busy) = full();
        let drops = Drops::default();
        let value = drops.value();
        let begun = Instant::now();
        let refused = pool.submit_timeout(BRIEF, move || drop(value)).expect_err("it is full");
        assert!(begun.elapsed() >= BRIEF);
        assert!(refused.is_timeout() && !refused.is_closed());
        assert_eq!(drops.count(), 0);
        let SubmitTimeoutError::Timeout(task) = refused else { panic!("it is full") };
        task();
        assert_eq!((drops.count(), pool.stats().rejected), (1, 1));
        assert!(pool.submit_timeout(Duration::ZERO, || ()).unwrap_err().is_timeout());
        assert_goes_on(&pool, busy);
    });
}

#[test]
fn who_waits_for_a_time_is_served_within_it() {
    everywhere(|| {
        let (pool, busy) = full();
        let waits = go({
            let pool = pool.clone();
            move || pool.submit_timeout(HOUR, || 7).expect("there is room before").join().unwrap()
        });
        assert!(!waits.join_timeout(BRIEF));
        busy.end();
        assert_eq!(waits.join().unwrap(), 7);
        let busy = Busy::fill(&pool, 2);
        assert_goes_on(&pool, busy);
    });
}

#[test]
fn past_the_ambient_deadline_the_task_is_dropped() {
    everywhere(|| {
        let (pool, busy) = full();
        let drops = Drops::default();
        let value = drops.value();
        let handle = with_timeout(BRIEF, || {
            let handle = pool.submit(move || drop(value));
            assert_eq!(cancelled(), Some(Reason::DeadlineExceeded));
            handle
        });
        assert_eq!(drops.count(), 1);
        assert!(handle.join().unwrap_err().is::<Cancelled>());
        let value = drops.value();
        let refused = with_timeout(BRIEF, || pool.submit_timeout(HOUR, move || drop(value))).unwrap_err();
        assert!(refused.is_timeout());
        refused.into_inner()();
        assert_eq!(drops.count(), 2);
        assert_eq!((pool.stats().rejected, pool.stats().submitted), (2, 2));
        assert_goes_on(&pool, busy);
    });
}

#[test]
fn a_cancelled_submitter_is_told_and_its_task_dropped() {
    everywhere(|| {
        let (pool, busy) = full();
        let drops = Drops::default();
        let (tell, told) = chan::bounded(0);
        let submits = go({
            let (pool, value) = (pool.clone(), drops.value());
            move || {
                tell.send(()).unwrap();
                let handle = pool.submit(move || drop(value));
                assert!(cancelled().is_some());
                handle.join().unwrap_err().is::<Cancelled>()
            }
        });
        told.recv().unwrap();
        submits.cancel();
        assert!(submits.join().unwrap());
        assert_eq!(drops.count(), 1);
        assert_goes_on(&pool, busy);
    });
}

/// What need not wait is not affected by a cancellation.
#[test]
fn a_cancelled_submitter_takes_room_that_is_there() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).queue(1).build();
        let outcome = with_timeout(Duration::ZERO, || {
            let tasks = [pool.submit(|| 1), pool.submit_timeout(HOUR, || 2).expect("there is room")];
            tasks.map(|task| task.join().unwrap())
        });
        assert_eq!(outcome, [1, 2]);
    });
}

#[test]
fn a_submit_that_may_not_wait_harms_the_caller_only() {
    everywhere(|| {
        let (pool, busy) = full();
        let drops = Drops::default();
        let value = drops.value();
        let panics = catch_unwind(AssertUnwindSafe(|| no_park(|| pool.submit(move || drop(value)))));
        assert!(panics.is_err(), "it has to wait");
        assert_eq!(drops.count(), 1);
        assert_goes_on(&pool, busy);
        assert_eq!(no_park(|| pool.submit(|| 8)).join().unwrap(), 8, "there is room");
    });
}

#[test]
fn without_a_runtime_a_submit_harms_the_caller_only() {
    bounded(|| {
        let pool = Pool::builder().workers(1).queue(0).build();
        for _ in 0..3 {
            assert!(catch_unwind(AssertUnwindSafe(|| pool.submit(|| 1))).is_err());
            assert!(catch_unwind(AssertUnwindSafe(|| pool.try_submit(|| 1))).is_err());
            assert!(catch_unwind(AssertUnwindSafe(|| pool.scope(|s| drop(s.submit(|| 1))))).is_err());
            assert!(catch_unwind(AssertUnwindSafe(|| pool.map([1], |_| 1))).is_err());
        }
        crate::workers::runtime(1).run(|| {
            let task = pool.try_submit(|| 7).expect("nobody has taken the place");
            assert_eq!(task.join().unwrap(), 7);
        });
    });
}
