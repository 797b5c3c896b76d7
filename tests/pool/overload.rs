//! A limit to how long the oldest in the queue may have waited.

use crate::busy::Busy;
use crate::eventually::eventually;
use crate::everywhere::everywhere;
use gopark::pool::{Pool, SubmitTimeoutError, TrySubmitError};
use gopark::{Cancelled, yield_now};
use std::time::{Duration, Instant};

const BRIEF: Duration = Duration::from_millis(5);
const HOUR: Duration = Duration::from_secs(3600);

/// Whether what is queued `since` then has become too old, also by what the pool tells: it has that from its worker's clock, which
/// is read now and then, so it may be too much.
fn is_old(pool: &Pool, since: Instant) -> bool {
    since.elapsed() > BRIEF && pool.stats().oldest_queued.is_some_and(|age| age > BRIEF)
}

#[test]
fn while_the_oldest_waits_too_long_none_is_taken() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).max_queue_age(BRIEF).build();
        let busy = Busy::fill(&pool, 1);
        let queued = pool.submit(|| 6);
        let since = Instant::now();
        eventually("the queued one gets old", || is_old(&pool, since));
        let refused = pool.try_submit(|| 7).unwrap_err();
        assert!(refused.is_overloaded() && !refused.is_full() && !refused.is_closed());
        let TrySubmitError::Overloaded(task) = refused else { panic!("it is overloaded") };
        assert_eq!(task(), 7);
        let refused = pool.submit_timeout(HOUR, || 8).unwrap_err();
        let SubmitTimeoutError::Overloaded(task) = refused else { panic!("it does not wait") };
        assert_eq!(task(), 8);
        assert!(pool.submit(|| 9).join().unwrap_err().is::<Cancelled>());
        let stats = pool.stats();
        assert_eq!((stats.submitted, stats.rejected, stats.queued), (2, 3, 1));
        busy.end();
        assert!(queued.join().unwrap_err().is::<Cancelled>());
        assert_eq!(pool.try_submit(|| 7).expect("the queue is empty").join().unwrap(), 7);
    });
}

#[test]
fn what_has_waited_too_long_does_not_begin() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).max_queue_age(BRIEF).build();
        let busy = Busy::fill(&pool, 1);
        let queued = [7, 8].map(|number| pool.submit(move || number));
        let since = Instant::now();
        eventually("they get old", || is_old(&pool, since));
        busy.end();
        for late in queued {
            assert!(late.join().unwrap_err().is::<Cancelled>());
        }
        assert_eq!(pool.stats().cancelled, 2);
        assert_eq!(pool.submit(|| 9).join().unwrap(), 9);
    });
}

#[test]
fn those_who_run_for_long_are_no_overload() {
    everywhere(|| {
        let pool = Pool::builder().workers(2).max_queue_age(Duration::ZERO).build();
        let busy = Busy::fill(&pool, 1);
        gopark::time::sleep(BRIEF);
        for number in 0..20 {
            assert_eq!(pool.try_submit(move || number).expect("nobody is queued").join().unwrap(), number);
        }
        busy.end();
    });
}

#[test]
fn a_queue_that_moves_is_no_overload() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).queue(5).max_queue_age(Duration::from_secs(20)).build();
        let tasks: Vec<_> = (0..500)
            .map(|number| {
                pool.submit(move || {
                    yield_now();
                    number
                })
            })
            .collect();
        for (number, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.join().unwrap(), number);
        }
        assert_eq!(pool.stats().rejected, 0);
    });
}

#[test]
fn the_oldest_is_the_one_in_front() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        assert_eq!(pool.stats().oldest_queued, None);
        let since = Instant::now();
        let mut busy: Vec<_> = (0..2).map(|_| Busy::fill(&pool, 1)).collect();
        eventually("the queued one gets old", || is_old(&pool, since));
        busy.remove(0).end();
        assert_eq!(pool.stats().oldest_queued, None, "it runs now");
        busy.into_iter().for_each(Busy::end);
    });
}

#[test]
fn an_overloaded_pool_still_has_each_item_done() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).max_queue_age(BRIEF).build();
        let busy = Busy::fill(&pool, 1);
        let _queued = pool.submit(|| 6);
        let since = Instant::now();
        eventually("the queued one gets old", || is_old(&pool, since));
        assert_eq!(pool.map(0..10, |number| number), Vec::from_iter(0..10));
        busy.end();
    });
}
