//! Values that are used again.

use crate::counted::Drops;
use crate::crowd::{Crowd, Kind};
use crate::subject::{ObjectPool, Pooled, yield_now};
use crate::trial::trial;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn what_was_returned_comes_again_and_reset() {
    trial(|| {
        let pool = ObjectPool::new(2, || Vec::with_capacity(64)).with_reset(Vec::clear);
        let mut first = pool.get();
        first.push(7);
        let address = first.as_ptr();
        drop(first);
        assert_eq!(pool.len(), 1);
        let again = pool.get();
        assert!(again.is_empty() && again.as_ptr() == address);
        assert!(pool.is_empty());
        assert_eq!(Pooled::take(again).capacity(), 64);
        assert!(pool.is_empty(), "it was taken for good");
    });
}

#[test]
fn it_keeps_no_more_than_it_may_and_drops_the_rest() {
    trial(|| {
        let drops = Drops::default();
        let makes = drops.clone();
        let pool = ObjectPool::new(2, move || makes.value());
        drop([pool.get(), pool.get(), pool.get()]);
        assert_eq!((pool.len(), drops.count()), (2, 1));
        drop(pool);
        assert_eq!(drops.count(), 3);
    });
}

#[test]
fn a_reset_that_panics_costs_the_value_and_no_more() {
    trial(|| {
        let pool = ObjectPool::new(2, || 1).with_reset(|value| assert_eq!(*value, 1, "on purpose"));
        let panicked = catch_unwind(AssertUnwindSafe(|| *pool.get() = 2));
        assert!(panicked.is_err() && pool.is_empty());
        assert_eq!(*pool.get(), 1);
        assert_eq!(pool.len(), 1);
    });
}

#[test]
fn nobody_has_what_another_one_has() {
    trial(|| {
        let pool = Arc::new(ObjectPool::new(3, || AtomicUsize::new(0)));
        let mut crowd = Crowd::default();
        for number in 0..6 {
            let pool = pool.clone();
            crowd.start(Kind::BOTH[number % 2], move || {
                for _ in 0..300 {
                    let value = pool.get();
                    assert_eq!(value.fetch_add(1, Ordering::SeqCst), 0);
                    yield_now();
                    value.fetch_sub(1, Ordering::SeqCst);
                }
            });
        }
        crowd.join();
        assert!(pool.len() <= 3);
    });
}
