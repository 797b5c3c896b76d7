//! How many run, how many are queued, and in which order they begin.

use crate::busy::Busy;
use crate::everywhere::everywhere;
use gopark::pool::{Pool, TrySubmitError};
use gopark::sync::Mutex;
use gopark::yield_now;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn never_more_run_than_there_are_workers() {
    everywhere(|| {
        for workers in [1, 2, 5] {
            let pool = Pool::builder().workers(workers).queue(10).build();
            let inside = Arc::new(AtomicUsize::new(0));
            let tasks: Vec<_> = (0..200)
                .map(|number| {
                    let inside = inside.clone();
                    pool.submit(move || {
                        let now = inside.fetch_add(1, Ordering::SeqCst) + 1;
                        (0..number % 4).for_each(|_| yield_now());
                        inside.fetch_sub(1, Ordering::SeqCst);
                        now
                    })
                })
                .collect();
            for task in tasks {
                assert!((1..=workers).contains(&task.join().unwrap()));
            }
        }
    });
}

#[test]
fn as_many_run_as_there_are_workers() {
    everywhere(|| {
        for workers in [1, 2, 7] {
            let pool = Pool::builder().workers(workers).build();
            let busy = Busy::fill(&pool, workers + 3);
            let stats = pool.stats();
            assert_eq!((stats.workers, stats.running, stats.queued), (workers, workers, 3));
            assert!(stats.oldest_queued.is_some());
            busy.end();
        }
    });
}

#[test]
fn tasks_begin_in_the_order_in_which_they_came() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let order = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = (0..300)
            .map(|number| {
                let order = order.clone();
                pool.submit(move || {
                    order.lock().push(number);
                    (0..number % 3).for_each(|_| yield_now());
                })
            })
            .collect();
        tasks.into_iter().for_each(|task| task.join().unwrap());
        assert_eq!(*order.lock(), (0..300).collect::<Vec<_>>());
    });
}

#[test]
fn exactly_so_many_are_taken_as_run_or_have_room() {
    everywhere(|| {
        for (workers, queue) in [(1, 0), (1, 1), (2, 0), (3, 5)] {
            let pool = Pool::builder().workers(workers).queue(queue).build();
            let busy = Busy::fill(&pool, workers);
            let queued: Vec<_> = (0..queue).map(|number| pool.try_submit(move || number).unwrap()).collect();
            let text = String::from("kept");
            let refused = pool.try_submit(move || text).expect_err("there is no room");
            assert!(refused.is_full() && !refused.is_closed() && !refused.is_overloaded());
            let TrySubmitError::Full(task) = refused else { panic!("it is full") };
            assert_eq!(task(), "kept");
            assert_eq!((pool.stats().running, pool.stats().queued), (workers, queue));
            busy.end();
            for (number, task) in queued.into_iter().enumerate() {
                assert_eq!(task.join().unwrap(), number);
            }
            let stats = pool.stats();
            assert_eq!((stats.submitted, stats.rejected), ((workers + queue) as u64, 1));
            assert_eq!(stats.finished, stats.submitted);
        }
    });
}

#[test]
fn there_is_room_again_when_one_has_ended() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).queue(0).build();
        for round in 0..50 {
            assert_eq!(
                pool.try_submit(move || round).expect("the one before has ended").join().unwrap(),
                round
            );
        }
        assert_eq!(pool.stats().rejected, 0);
    });
}

#[test]
fn no_workers_are_one_worker() {
    everywhere(|| {
        let pool = Pool::builder().workers(0).queue(0).build();
        assert_eq!(pool.stats().workers, 1);
        assert_eq!(pool.submit(|| 7).join().unwrap(), 7);
        pool.resize(0);
        assert_eq!(pool.stats().workers, 1);
        assert_eq!(pool.submit(|| 8).join().unwrap(), 8);
    });
}

#[test]
fn clones_are_the_same_pool() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).queue(0).build();
        let busy = Busy::fill(&pool.clone(), 1);
        assert!(pool.try_submit(|| ()).is_err());
        assert_eq!(pool.clone().stats(), pool.stats());
        busy.end();
    });
}
