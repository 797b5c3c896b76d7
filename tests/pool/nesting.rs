//! Tasks that wait for tasks of their own pool come to an end, at any depth and in a pool of any size.

use crate::alone;
use crate::everywhere::everywhere;
use crate::watchdog::bounded;
use gopark::pool::Pool;
use gopark::{chan, yield_now};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The smallest, and some that are not.
const SIZES: [(usize, usize); 5] = [(1, 0), (1, 1), (1, 1000), (2, 0), (3, 2)];

fn pools() -> impl Iterator<Item = Pool> {
    SIZES.into_iter().map(|(workers, queue)| Pool::builder().workers(workers).queue(queue).build())
}

fn assert_empty(pool: &Pool) {
    let stats = pool.stats();
    assert_eq!((stats.running, stats.lent, stats.queued), (0, 0, 0));
    assert_eq!(stats.submitted, stats.finished + stats.panicked + stats.cancelled);
}

#[test]
fn a_thousand_deep() {
    fn descend(pool: &Pool, depth: usize) -> usize {
        let inner = pool.clone();
        let deeper = move || if depth == 0 { 0 } else { 1 + descend(&inner, depth - 1) };
        pool.submit(deeper).join().unwrap()
    }
    everywhere(|| {
        for pool in pools() {
            assert_eq!(descend(&pool, 1000), 1000);
            assert_empty(&pool);
        }
    });
}

/// Each has three, and waits for them when all are submitted.
#[test]
fn a_tree() {
    fn grow(pool: &Pool, depth: u32) -> usize {
        let child = |_| {
            let inner = pool.clone();
            pool.submit(move || if depth == 1 { 1 } else { 1 + grow(&inner, depth - 1) })
        };
        let children: Vec<_> = (0..3).map(child).collect();
        children.into_iter().map(|child| child.join().unwrap()).sum()
    }
    everywhere(|| {
        for pool in pools() {
            assert_eq!(grow(&pool, 5), 363);
            assert_eq!(pool.stats().finished, 363);
            assert_empty(&pool);
        }
    });
}

#[test]
fn all_ways_to_wait_in_turn() {
    fn grow(pool: &Pool, depth: u32) -> usize {
        if depth == 0 {
            return 1;
        }
        let inner = pool.clone();
        let joined = pool.submit(move || grow(&inner, depth - 1)).join().unwrap();
        let mut scoped = [0; 3];
        pool.scope(|s| {
            for place in &mut scoped {
                s.submit(|| *place = grow(pool, depth - 1));
            }
        });
        let mapped: usize = pool.map(0..3, |_| grow(pool, depth - 1)).into_iter().sum();
        let tried = pool.try_map([(); 2], |()| Ok::<_, ()>(grow(pool, depth - 1))).unwrap();
        1 + joined + scoped.into_iter().sum::<usize>() + mapped + tried.into_iter().sum::<usize>()
    }
    everywhere(|| {
        for pool in pools() {
            assert_eq!(grow(&pool, 3), 1 + 9 + 81 + 729);
            assert_empty(&pool);
        }
    });
}

#[test]
fn scopes_in_scopes() {
    fn deeper<'env>(pool: &'env Pool, depth: usize, count: &'env AtomicUsize) {
        count.fetch_add(1, Ordering::SeqCst);
        if depth > 0 {
            pool.scope(|s| drop(s.submit(move || deeper(pool, depth - 1, count))));
        }
    }
    everywhere(|| {
        for pool in pools() {
            let count = AtomicUsize::new(0);
            deeper(&pool, 300, &count);
            assert_eq!(count.into_inner(), 301);
            assert_empty(&pool);
        }
    });
}

#[test]
fn maps_in_maps() {
    fn deeper(pool: &Pool, depth: u32) -> usize {
        if depth == 0 { 1 } else { pool.map(0..2, |_| deeper(pool, depth - 1)).into_iter().sum() }
    }
    everywhere(|| {
        for pool in pools() {
            assert_eq!(deeper(&pool, 7), 128);
            assert_empty(&pool);
        }
    });
}

#[test]
fn waits_that_end_too_early_do_no_harm() {
    everywhere(|| {
        for pool in pools() {
            let inner = pool.clone();
            let outer = pool.submit(move || {
                let (open, gate) = chan::bounded::<()>(0);
                let awaited = inner.submit(move || gate.recv().is_err());
                for _ in 0..5 {
                    assert!(!awaited.join_timeout(Duration::from_millis(1)));
                }
                drop(open);
                let others: Vec<_> = (0..5).map(|number| inner.submit(move || number)).collect();
                while !awaited.join_timeout(Duration::from_millis(1)) {}
                awaited.join().unwrap()
                    && others.into_iter().map(|task| task.join().unwrap()).sum::<i32>() == 10
            });
            assert!(outer.join().unwrap());
            assert_empty(&pool);
        }
    });
}

#[test]
fn many_wait_for_the_same_place() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let (open, gate) = chan::bounded::<()>(0);
        let total = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let (inner, gate, total) = (pool.clone(), gate.clone(), total.clone());
                pool.submit(move || {
                    let awaited = inner.submit(move || gate.recv().is_err());
                    yield_now();
                    assert!(awaited.join().unwrap());
                    total.fetch_add(1, Ordering::SeqCst);
                })
            })
            .collect();
        drop(open);
        tasks.into_iter().for_each(|task| task.join().unwrap());
        assert_eq!(total.load(Ordering::SeqCst), 100);
        assert_empty(&pool);
    });
}

#[test]
fn while_it_waits_a_task_has_lent_its_place() {
    bounded(|| {
        alone::runtime(1).run(|| {
            let pool = Pool::builder().workers(1).build();
            let (open, gate) = chan::bounded::<()>(0);
            let (tell, told) = chan::bounded(0);
            let inner = pool.clone();
            let outer = pool.submit(move || {
                let awaited = inner.submit(move || {
                    tell.send(()).unwrap();
                    gate.recv().unwrap_err();
                });
                awaited.join().unwrap();
                inner.stats()
            });
            told.recv().unwrap();
            let stats = pool.stats();
            assert_eq!((stats.running, stats.lent, stats.queued), (1, 1, 0));
            drop(open);
            let stats = outer.join().unwrap();
            assert_eq!((stats.running, stats.lent, stats.queued), (1, 0, 0));
            assert_empty(&pool);
        });
    });
}
