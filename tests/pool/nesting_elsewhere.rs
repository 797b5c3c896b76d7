//! Nesting through something else: another pool, a helper thread, coroutines of a scope, destructors.

use crate::everywhere::everywhere;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::pool::Pool;
use gopark::{blocking, go, scope};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn smallest() -> Pool {
    Pool::builder().workers(1).queue(0).build()
}

fn assert_empty(pool: &Pool) {
    let stats = pool.stats();
    assert_eq!((stats.running, stats.lent, stats.queued), (0, 0, 0));
}

/// Each level is a task of the other pool.
fn back_and_forth(here: &Pool, there: &Pool, depth: usize) -> usize {
    if depth == 0 {
        return 0;
    }
    let (first, second) = (here.clone(), there.clone());
    1 + here.submit(move || back_and_forth(&second, &first, depth - 1)).join().unwrap()
}

#[test]
fn two_pools_that_wait_for_each_other() {
    everywhere(|| {
        let (left, right) = (smallest(), smallest());
        let games: Vec<_> = (0..10)
            .map(|number| {
                let (left, right) = (left.clone(), right.clone());
                go(move || {
                    let (here, there) = if number % 2 == 0 { (&left, &right) } else { (&right, &left) };
                    back_and_forth(here, there, 50)
                })
            })
            .collect();
        games.into_iter().for_each(|game| assert_eq!(game.join().unwrap(), 50));
        assert_empty(&left);
        assert_empty(&right);
    });
}

#[test]
fn a_pool_of_another_runtime() {
    bounded(|| {
        let elsewhere = runtime(1);
        let there = elsewhere.run(smallest);
        runtime(1).run(|| {
            let here = smallest();
            assert_eq!(back_and_forth(&here, &there, 50), 50);
            assert_empty(&here);
        });
        assert_empty(&there);
    });
}

#[test]
fn on_a_helper_thread() {
    fn deeper(pool: &Pool, depth: usize) -> usize {
        if depth == 0 {
            return 0;
        }
        let inner = pool.clone();
        let task = move || 1 + deeper(&inner, depth - 1);
        blocking(|| pool.submit(task).join().unwrap())
    }
    everywhere(|| {
        let pool = smallest();
        assert_eq!(deeper(&pool, 8), 8);
        assert_empty(&pool);
    });
}

#[test]
fn in_coroutines_of_a_scope() {
    fn deeper(pool: &Pool, depth: u32) -> usize {
        if depth == 0 {
            return 1;
        }
        scope(|s| {
            let child = || {
                let inner = pool.clone();
                s.go(move || {
                    let own = inner.clone();
                    inner.submit(move || deeper(&own, depth - 1)).join().unwrap()
                })
            };
            let children = [child(), child()];
            children.into_iter().map(|child| child.join().unwrap()).sum()
        })
    }
    everywhere(|| {
        let pool = smallest();
        assert_eq!(deeper(&pool, 6), 64);
        assert_empty(&pool);
    });
}

/// They are waited for at the end of the scope, and by nobody in particular.
#[test]
fn in_coroutines_that_a_scope_waits_for() {
    everywhere(|| {
        let pool = smallest();
        let (inner, count) = (pool.clone(), Arc::new(AtomicUsize::new(0)));
        let counts = count.clone();
        let outer = pool.submit(move || {
            scope(|s| {
                for _ in 0..10 {
                    s.go(|| {
                        let counts = counts.clone();
                        inner.submit(move || counts.fetch_add(1, Ordering::SeqCst)).join().unwrap();
                    });
                }
            });
        });
        outer.join().unwrap();
        assert_eq!(count.load(Ordering::SeqCst), 10);
        assert_empty(&pool);
    });
}

struct Submits(Pool, Arc<AtomicUsize>);

impl Drop for Submits {
    fn drop(&mut self) {
        let count = self.1.clone();
        self.0.submit(move || count.fetch_add(1, Ordering::SeqCst)).join().unwrap();
    }
}

#[test]
fn in_destructors() {
    everywhere(|| {
        let (pool, count) = (smallest(), Arc::new(AtomicUsize::new(0)));
        for panics in [false, true] {
            let (inner, counts) = (pool.clone(), count.clone());
            let outer = pool.submit(move || {
                let _value = Submits(inner.clone(), counts.clone());
                let awaited = inner.clone().submit(move || {
                    let _value = Submits(inner, counts);
                    assert!(!panics, "on purpose");
                });
                assert_eq!(awaited.join().is_err(), panics);
            });
            outer.join().unwrap();
        }
        assert_eq!(count.load(Ordering::SeqCst), 4);
        assert_empty(&pool);
    });
}

/// Of a result that nobody takes.
#[test]
fn in_destructors_of_results() {
    everywhere(|| {
        let (pool, count) = (smallest(), Arc::new(AtomicUsize::new(0)));
        pool.scope(|s| {
            for _ in 0..3 {
                drop(s.submit(|| Submits(pool.clone(), count.clone())));
            }
        });
        assert_eq!(count.load(Ordering::SeqCst), 3);
        let (inner, counts) = (pool.clone(), count.clone());
        let outer = pool.submit(move || inner.scope(|s| drop(s.submit(|| Submits(inner.clone(), counts)))));
        outer.join().unwrap();
        assert_eq!(count.load(Ordering::SeqCst), 4);
        assert_empty(&pool);
    });
}
