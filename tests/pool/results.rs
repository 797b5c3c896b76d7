//! What tasks return, and how they panic.

use crate::everywhere::everywhere;
use gopark::pool::Pool;
use gopark::{JoinHandle, chan, yield_now};
use std::panic::panic_any;
use std::time::Duration;

#[test]
fn results_come_back() {
    everywhere(|| {
        let pool = Pool::builder().workers(3).queue(2).build();
        let tasks: Vec<_> = (0..100_usize)
            .map(|number| {
                pool.submit(move || {
                    (0..number % 3).for_each(|_| yield_now());
                    vec![number; 3]
                })
            })
            .collect();
        for (number, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.join().unwrap(), [number; 3]);
        }
    });
}

#[test]
fn a_panic_reaches_the_joiner_as_it_is() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let number = pool.stats().workers;
        let text = pool.submit(move || panic!("number {number}"));
        let value: JoinHandle<()> = pool.submit(|| panic_any(vec![1, 2, 3]));
        assert_eq!(text.join().map(|(): ()| ()).unwrap_err().downcast_ref::<String>().unwrap(), "number 1");
        assert_eq!(*value.join().unwrap_err().downcast::<Vec<i32>>().unwrap(), [1, 2, 3]);
        let stats = pool.stats();
        assert_eq!((stats.submitted, stats.finished, stats.panicked), (2, 0, 2));
    });
}

#[test]
fn the_pool_goes_on_after_many_panics() {
    everywhere(|| {
        let pool = Pool::builder().workers(2).queue(1).build();
        let tasks: Vec<_> = (0..300)
            .map(|number| {
                pool.submit(move || {
                    if number % 2 == 0 {
                        yield_now();
                    }
                    assert!(number % 3 != 0, "on purpose");
                    number
                })
            })
            .collect();
        for (number, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.join().ok(), (number % 3 != 0).then_some(number));
        }
        let stats = pool.stats();
        assert_eq!((stats.finished, stats.panicked, stats.running, stats.queued), (200, 100, 0, 0));
    });
}

#[test]
fn a_panic_gives_the_place_back() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).queue(0).build();
        for _ in 0..20 {
            let task = pool.try_submit(|| panic!("on purpose")).expect("the place has come back");
            assert!(task.join().map(|(): ()| ()).is_err());
        }
    });
}

#[test]
fn a_task_whose_handle_is_dropped_runs() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let (sender, receiver) = chan::unbounded();
        for number in 0..10 {
            let sender = sender.clone();
            drop(pool.submit(move || {
                sender.send(number).unwrap();
                assert!(number % 2 == 0, "on purpose, and nobody asks");
            }));
        }
        drop(sender);
        assert_eq!(receiver.iter().collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
    });
}

/// What a task has lent it has back when it panics, and what waits in it gives back what it lends.
#[test]
fn a_panic_passes_through_tasks_that_wait() {
    fn descend(pool: Pool, depth: u32) {
        let inner = pool.clone();
        if depth == 0 {
            panic!("at the bottom");
        }
        pool.submit(move || descend(inner, depth - 1)).join().unwrap_or_else(|payload| panic_any(payload));
    }
    everywhere(|| {
        let pool = Pool::builder().workers(1).queue(1).build();
        let top = pool.submit({
            let pool = pool.clone();
            move || descend(pool, 10)
        });
        assert!(top.join().is_err());
        let stats = pool.stats();
        assert_eq!((stats.panicked, stats.running, stats.lent, stats.queued), (11, 0, 0, 0));
        assert_eq!(pool.submit(|| 7).join().unwrap(), 7);
    });
}

#[test]
fn a_result_stays_until_it_is_asked_for() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let task = pool.submit(|| 7);
        assert!(task.join_timeout(Duration::MAX));
        assert!(task.is_finished() && task.join_timeout(Duration::ZERO));
        assert_eq!(task.join().unwrap(), 7);
    });
}

#[test]
fn tasks_have_the_name_of_their_pool() {
    everywhere(|| {
        let pool = Pool::builder().name("resizer").workers(1).build();
        let inside = pool.submit(|| gopark::coroutine::current().expect("a coroutine"));
        assert_eq!(inside.coroutine().name(), Some("resizer"));
        assert_eq!(inside.join().unwrap().name(), Some("resizer"));
        assert!(format!("{pool:?}").contains("resizer"));
    });
}
