//! More workers, or fewer, while the pool works.

use crate::busy::Busy;
use crate::eventually::eventually;
use crate::everywhere::everywhere;
use gopark::pool::Pool;
use gopark::{go, yield_now};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[test]
fn more_workers_begin_what_is_queued_at_once() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).queue(10).build();
        let busy = Busy::fill(&pool, 11);
        for workers in [1, 2, 5, 11, 20] {
            pool.resize(workers);
            let stats = pool.stats();
            let running = workers.min(11);
            assert_eq!((stats.workers, stats.running, stats.queued), (workers, running, 11 - running));
        }
        busy.end();
    });
}

#[test]
fn more_workers_make_room_for_who_waits() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).queue(0).build();
        let busy = Busy::fill(&pool, 1);
        let waits: Vec<_> = (0..3)
            .map(|number| {
                let pool = pool.clone();
                go(move || pool.submit(move || number).join().unwrap())
            })
            .collect();
        assert!(!waits[0].join_timeout(Duration::from_millis(10)));
        pool.resize(2);
        for (number, waits) in waits.into_iter().enumerate() {
            assert_eq!(waits.join().unwrap(), number);
        }
        busy.end();
    });
}

#[test]
fn with_fewer_workers_those_that_run_go_on_and_none_begins() {
    everywhere(|| {
        let pool = Pool::builder().workers(4).queue(10).build();
        let mut running: Vec<_> = (0..4).map(|_| Busy::fill(&pool, 1)).collect();
        let queued = Busy::fill(&pool, 3);
        pool.resize(2);
        assert_eq!((pool.stats().workers, pool.stats().running, pool.stats().queued), (2, 4, 3));
        for left in [3, 2] {
            running.pop().expect("there were four").end();
            assert_eq!((pool.stats().running, pool.stats().queued), (left, 3));
        }
        running.pop().expect("there were four").end();
        assert_eq!((pool.stats().running, pool.stats().queued), (2, 2), "now it is somebody's turn");
        queued.end();
        running.into_iter().for_each(Busy::end);
        assert_eq!((pool.stats().running, pool.stats().queued), (0, 0));
    });
}

#[test]
fn the_bound_holds_while_it_changes() {
    everywhere(|| {
        const MOST: usize = 6;
        let pool = Pool::builder().workers(1).queue(4).build();
        let inside = Arc::new(AtomicUsize::new(0));
        let submits = go({
            let pool = pool.clone();
            move || {
                let task = |number| {
                    let inside = inside.clone();
                    pool.submit(move || {
                        assert!(inside.fetch_add(1, Ordering::SeqCst) < MOST);
                        (0..number % 3).for_each(|_| yield_now());
                        inside.fetch_sub(1, Ordering::SeqCst);
                    })
                };
                let tasks: Vec<_> = (0..1000).map(task).collect();
                tasks.into_iter().for_each(|task| task.join().unwrap());
            }
        });
        for turn in 0.. {
            pool.resize(1 + turn % MOST);
            yield_now();
            if submits.is_finished() {
                break;
            }
        }
        submits.join().unwrap();
        pool.resize(2);
        let busy = Busy::fill(&pool, 6);
        assert_eq!((pool.stats().running, pool.stats().queued), (2, 4));
        assert!(pool.try_submit(|| ()).unwrap_err().is_full());
        busy.end();
    });
}

#[test]
fn a_task_may_change_its_own_pool() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let inner = pool.clone();
        let ends = pool.submit(move || {
            inner.resize(3);
            let busy = Busy::fill(&inner, 2);
            assert_eq!(inner.stats().running, 3);
            inner.resize(1);
            busy.end();
            inner.submit(|| 7).join().unwrap()
        });
        assert_eq!(ends.join().unwrap(), 7);
        eventually("nothing is left", || pool.stats().running == 0);
        assert_eq!(pool.stats().workers, 1);
    });
}

#[test]
fn the_most_workers_are_no_bound() {
    everywhere(|| {
        let pool = Pool::builder().workers(usize::MAX).queue(usize::MAX).build();
        let busy = Busy::fill(&pool, 50);
        assert_eq!(pool.stats().running, 50);
        pool.resize(1);
        let queued = pool.try_submit(|| 7).expect("the queue has room");
        pool.resize(usize::MAX);
        assert_eq!(queued.join().unwrap(), 7);
        busy.end();
    });
}
