//! One call for each item, until one fails.

use crate::busy::Busy;
use crate::everywhere::everywhere;
use gopark::coroutine::cancelled;
use gopark::pool::Pool;
use gopark::time::try_sleep;
use gopark::{Cancelled, chan, yield_now};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn without_a_failure_it_is_a_map() {
    everywhere(|| {
        let pool = Pool::builder().workers(3).build();
        let doubled = pool.try_map(0..100, |number| {
            (0..number % 3).for_each(|_| yield_now());
            Ok::<_, ()>(2 * number)
        });
        assert_eq!(doubled, Ok((0..100).map(|number| 2 * number).collect()));
        assert_eq!(pool.try_for_each(0..100, |_| Ok::<_, ()>(())), Ok(()));
    });
}

#[test]
fn the_first_failure_is_the_result_and_no_more_items_are_taken() {
    everywhere(|| {
        for workers in [1, 3] {
            let pool = Pool::builder().workers(workers).build();
            let taken = AtomicUsize::new(0);
            let items = std::iter::repeat_with(|| taken.fetch_add(1, Ordering::SeqCst));
            let outcome = pool.try_for_each(items, |number| {
                yield_now();
                if number == 10 { Err(number) } else { Ok(()) }
            });
            assert_eq!(outcome, Err(10));
            assert!(taken.load(Ordering::SeqCst) >= 11);
            let before = taken.load(Ordering::SeqCst);
            yield_now();
            assert_eq!(taken.load(Ordering::SeqCst), before);
            assert_eq!((pool.stats().running, pool.stats().queued), (0, 0));
        }
    });
}

#[test]
fn a_failure_ends_those_at_work() {
    everywhere(|| {
        let pool = Pool::builder().workers(3).build();
        let begun = AtomicUsize::new(0);
        let outcome: Result<Vec<()>, _> = pool.try_map(0..3, |number| {
            begun.fetch_add(1, Ordering::SeqCst);
            if number < 2 {
                assert_eq!(try_sleep(HOUR), Err(Cancelled));
                assert!(cancelled().is_some());
                return Err("a later one");
            }
            while begun.load(Ordering::SeqCst) < 3 {
                yield_now();
            }
            Err("the first")
        });
        assert_eq!((outcome, begun.into_inner()), (Err("the first"), 3));
        assert!(cancelled().is_none());
    });
}

/// Who waits for the next item is at work as well.
#[test]
fn a_failure_ends_the_wait_for_an_item() {
    everywhere(|| {
        let pool = Pool::builder().workers(2).build();
        let (sender, receiver) = chan::unbounded();
        sender.send(1).unwrap();
        let outcome = pool.try_for_each(receiver, |_| {
            yield_now();
            Err("no")
        });
        assert_eq!(outcome, Err("no"));
        drop(sender);
    });
}

#[test]
fn who_finds_a_full_pool_waits_for_one_place_and_no_more() {
    everywhere(|| {
        let pool = Pool::builder().workers(2).queue(0).build();
        let busy = Busy::fill(&pool, 1);
        assert_eq!(pool.try_map(0..50, Ok::<_, ()>), Ok(Vec::from_iter(0..50)));
        busy.end();
        assert_eq!((pool.stats().running, pool.stats().queued), (0, 0));
    });
}
