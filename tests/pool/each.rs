//! One call for each item.

use crate::everywhere::everywhere;
use gopark::coroutine::current;
use gopark::pool::Pool;
use gopark::{chan, go, yield_now};
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[test]
fn results_come_in_the_order_of_the_items() {
    everywhere(|| {
        for (workers, queue) in [(1, 0), (2, 0), (4, 100)] {
            let pool = Pool::builder().workers(workers).queue(queue).build();
            let words: Vec<String> = (0..100).map(|number| number.to_string()).collect();
            let lengths = pool.map(&words, |word| {
                (0..word.len() * 7 % 4).for_each(|_| yield_now());
                word.clone()
            });
            assert_eq!(lengths, words);
            assert_eq!((pool.stats().running, pool.stats().lent, pool.stats().queued), (0, 0, 0));
        }
    });
}

#[test]
fn never_more_are_at_work_than_there_are_workers() {
    everywhere(|| {
        let pool = Pool::builder().workers(3).build();
        let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        pool.for_each(0..200, |_| {
            most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            yield_now();
            inside.fetch_sub(1, Ordering::SeqCst);
        });
        assert!((1..=3).contains(&most.into_inner()));
    });
}

#[test]
fn as_many_are_at_work_as_there_are_workers() {
    everywhere(|| {
        let pool = Pool::builder().workers(3).build();
        let inside = AtomicUsize::new(0);
        pool.for_each(0..3, |_| {
            inside.fetch_add(1, Ordering::SeqCst);
            while inside.load(Ordering::SeqCst) < 3 {
                yield_now(); // for ever, if nobody else takes part
            }
        });
    });
}

#[test]
fn nothing_is_nothing() {
    everywhere(|| {
        let pool = Pool::builder().workers(2).build();
        assert!(pool.map(iter::empty::<u8>(), |_| panic!("there is none")).is_empty());
        pool.for_each(iter::from_fn(|| None::<u8>), |_| panic!("there is none"));
        assert_eq!(pool.try_map([], |_: u8| Err::<(), _>("there is none")), Ok(vec![]));
        assert_eq!(pool.stats().running, 0);
    });
}

#[test]
fn a_hundred_thousand() {
    everywhere(|| {
        let pool = Pool::builder().workers(4).build();
        let doubled = pool.map(0..100_000, |number| 2 * number);
        assert!(doubled.into_iter().eq((0..100_000).map(|number| 2 * number)));
        assert!(pool.stats().submitted <= 4, "tasks do many");
    });
}

/// An item is taken when somebody is free for it.
#[test]
fn the_iterator_is_not_run_ahead_of() {
    everywhere(|| {
        for workers in [1, 3] {
            let pool = Pool::builder().workers(workers).build();
            let (taken, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let items = (0..300).inspect(|_| {
                let taken = taken.fetch_add(1, Ordering::SeqCst) + 1;
                assert!(taken <= done.load(Ordering::SeqCst) + workers);
            });
            pool.for_each(items, |number| {
                (0..number % 3).for_each(|_| yield_now());
                done.fetch_add(1, Ordering::SeqCst);
            });
            assert_eq!((taken.into_inner(), done.into_inner()), (300, 300));
        }
    });
}

#[test]
fn a_channel_is_drained_as_fast_as_the_pool_works() {
    everywhere(|| {
        const WORKERS: usize = 3;
        static DONE: AtomicUsize = AtomicUsize::new(0);
        DONE.store(0, Ordering::SeqCst);
        let pool = Pool::builder().workers(WORKERS).build();
        let (sender, receiver) = chan::bounded(0);
        let produces = go(move || {
            for number in 1..=200 {
                sender.send(number).unwrap();
                assert!(number <= DONE.load(Ordering::SeqCst) + WORKERS);
            }
        });
        pool.for_each(receiver, |_| {
            yield_now();
            DONE.fetch_add(1, Ordering::SeqCst);
        });
        produces.join().unwrap();
        assert_eq!(DONE.load(Ordering::SeqCst), 200);
    });
}

#[test]
fn a_panic_of_the_iterator_is_passed_on() {
    everywhere(|| {
        let pool = Pool::builder().workers(3).build();
        let (taken, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let items = iter::from_fn(|| {
            let number = taken.fetch_add(1, Ordering::SeqCst);
            assert!(number < 20, "of the iterator");
            Some(number)
        });
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            pool.for_each(items, |_| {
                yield_now();
                done.fetch_add(1, Ordering::SeqCst);
            });
        }));
        let payload = outcome.unwrap_err();
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"of the iterator"));
        assert_eq!((taken.into_inner(), done.into_inner()), (21, 20), "it is not asked again");
        assert_eq!(pool.map([1, 2], |number| number), [1, 2]);
        assert_eq!((pool.stats().running, pool.stats().queued), (0, 0));
    });
}

#[test]
fn a_panic_of_a_call_is_passed_on_and_no_more_items_are_taken() {
    everywhere(|| {
        let pool = Pool::builder().workers(3).build();
        let (taken, ended) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let items = iter::repeat_with(|| taken.fetch_add(1, Ordering::SeqCst));
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            pool.map(items, |number| {
                assert!(number != 20, "of the call");
                yield_now();
                ended.fetch_add(1, Ordering::SeqCst);
            })
        }));
        assert_eq!(outcome.unwrap_err().downcast_ref(), Some(&"of the call"));
        // All but the one that has panicked.
        assert_eq!(taken.into_inner(), ended.into_inner() + 1);
        assert_eq!((pool.stats().running, pool.stats().queued), (0, 0));
    });
}

/// The one that panics and the one that waits may live on the same thread, and so may the one that sends.
#[test]
fn a_panic_of_a_call_while_another_one_waits_for_an_item_is_passed_on() {
    everywhere(|| {
        let pool = Pool::builder().workers(2).build();
        let (sender, receiver) = chan::bounded(0);
        let sends = go(move || {
            sender.send(7).unwrap();
            (0..50).for_each(|_| yield_now());
        });
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            pool.for_each(receiver, |_| {
                (0..10).for_each(|_| yield_now());
                panic!("of the call");
            })
        }));
        assert_eq!(outcome.unwrap_err().downcast_ref(), Some(&"of the call"));
        sends.join().unwrap();
        assert_eq!((pool.stats().running, pool.stats().queued), (0, 0));
    });
}

#[test]
fn on_a_closed_pool_the_caller_does_it() {
    everywhere(|| {
        let pool = Pool::builder().workers(3).build();
        pool.close(Duration::ZERO);
        let me = current();
        assert_eq!(
            pool.map(0..100, |number| (number, current() == me)),
            Vec::from_iter((0..100).map(|n| (n, true)))
        );
        assert_eq!(pool.try_map(["1", "x", "2"], str::parse::<u8>).map_err(|_| "x"), Err("x"));
        assert_eq!(pool.stats().submitted, 0);
    });
}

#[test]
fn a_pool_that_is_closed_meanwhile_leaves_nothing_undone() {
    everywhere(|| {
        for workers in [1, 3] {
            let pool = Pool::builder().workers(workers).build();
            let numbers = pool.map(0..100, |number| {
                if number == 50 {
                    pool.close(Duration::ZERO);
                }
                yield_now();
                number
            });
            assert_eq!(numbers, Vec::from_iter(0..100));
        }
    });
}
