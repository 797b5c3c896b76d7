//! Tasks that borrow, and are waited for together.

use crate::busy::Busy;
use crate::everywhere::everywhere;
use gopark::pool::Pool;
use gopark::{Cancelled, chan, yield_now};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

fn small() -> Pool {
    Pool::builder().workers(2).queue(1).build()
}

#[test]
fn tasks_borrow_and_return() {
    everywhere(|| {
        let pool = small();
        let words = ["one".to_owned(), "three".to_owned()];
        let mut places = [0; 20];
        let lengths: Vec<usize> = pool.scope(|s| {
            for (number, place) in places.iter_mut().enumerate() {
                let words = &words;
                s.submit(move || {
                    yield_now();
                    *place = number * words[1].len();
                });
            }
            let tasks: Vec<_> = words.iter().map(|word| s.submit(move || word.len())).collect();
            tasks.into_iter().map(|task| task.join().unwrap()).collect()
        });
        assert_eq!(lengths, [3, 5]);
        assert_eq!(places, std::array::from_fn(|number| 5 * number));
    });
}

#[test]
fn a_scope_ends_when_all_have_ended() {
    everywhere(|| {
        let pool = small();
        let ended = AtomicUsize::new(0);
        pool.scope(|s| {
            for number in 0..50 {
                let ended = &ended;
                s.submit(move || {
                    (0..number % 4).for_each(|_| yield_now());
                    ended.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        assert_eq!(ended.into_inner(), 50);
        let stats = pool.stats();
        assert_eq!((stats.finished, stats.running, stats.queued), (50, 0, 0));
    });
}

#[test]
fn scopes_nest_and_tasks_start_others() {
    everywhere(|| {
        let pool = small();
        let mut rows = [[0; 4]; 4];
        let count = AtomicUsize::new(0);
        pool.scope(|s| {
            for (y, row) in rows.iter_mut().enumerate() {
                let (pool, count) = (&pool, &count);
                s.submit(move || {
                    pool.scope(|inner| {
                        for (x, cell) in row.iter_mut().enumerate() {
                            inner.submit(move || *cell = 10 * y + x);
                        }
                    });
                    assert_eq!(row[3], 10 * y + 3, "the inner scope has ended");
                    s.submit(|| count.fetch_add(1, Ordering::SeqCst));
                });
            }
        });
        assert_eq!((rows[3], count.into_inner()), ([30, 31, 32, 33], 4));
    });
}

#[test]
fn a_panic_that_nobody_has_asked_for_is_passed_on_after_all_have_ended() {
    everywhere(|| {
        let pool = small();
        let ended = AtomicUsize::new(0);
        let panics = catch_unwind(AssertUnwindSafe(|| {
            pool.scope(|s| {
                s.submit(|| panic!("of a task"));
                for _ in 0..10 {
                    s.submit(|| {
                        (0..10).for_each(|_| yield_now());
                        ended.fetch_add(1, Ordering::SeqCst);
                    });
                }
            })
        }));
        assert_eq!(panics.unwrap_err().downcast_ref(), Some(&"of a task"));
        assert_eq!(ended.into_inner(), 10);
        assert_eq!((pool.stats().finished, pool.stats().panicked, pool.stats().running), (10, 1, 0));
    });
}

#[test]
fn a_panic_that_somebody_has_asked_for_is_his() {
    everywhere(|| {
        let pool = small();
        let outcome = pool.scope(|s| s.submit(|| panic!("of a task")).join().map(|(): ()| ()));
        assert!(outcome.is_err());
        assert_eq!(pool.stats().panicked, 1);
    });
}

#[test]
fn a_panic_of_the_scope_itself_waits_for_all() {
    everywhere(|| {
        let pool = small();
        let ended = AtomicUsize::new(0);
        let panics = catch_unwind(AssertUnwindSafe(|| {
            pool.scope(|s| {
                for _ in 0..10 {
                    s.submit(|| {
                        yield_now();
                        ended.fetch_add(1, Ordering::SeqCst);
                    });
                }
                panic!("of the scope")
            })
        }));
        assert_eq!(panics.unwrap_err().downcast_ref(), Some(&"of the scope"));
        assert_eq!(ended.into_inner(), 10);
    });
}

#[test]
fn a_queued_task_of_a_scope_is_cancelled_as_any_other() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let busy = Busy::fill(&pool, 1);
        let begun = AtomicUsize::new(0);
        pool.scope(|s| {
            let (first, second) = (s.submit(|| begun.fetch_add(1, Ordering::SeqCst)), s.submit(|| 7));
            first.cancel();
            busy.end();
            assert!(first.join().unwrap_err().is::<Cancelled>());
            assert_eq!(second.join().unwrap(), 7);
        });
        assert_eq!((begun.into_inner(), pool.stats().cancelled), (0, 1));
    });
}

#[test]
fn a_scope_of_a_closed_pool_ends() {
    everywhere(|| {
        let pool = small();
        pool.close(Duration::ZERO);
        let word = String::from("borrowed");
        let refused = pool.scope(|s| {
            drop(s.submit(|| word.len()));
            s.submit(|| word.len()).join().unwrap_err().is::<Cancelled>()
        });
        assert!(refused);
        assert_eq!((pool.stats().submitted, pool.stats().rejected), (0, 2));
    });
}

#[test]
fn a_scope_whose_pool_is_closed_meanwhile_ends() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let (tell, told) = chan::bounded::<()>(0);
        let outcomes = pool.scope(|s| {
            let runs = s.submit(|| told.recv().is_err());
            let queued = s.submit(|| 7);
            while pool.stats().running == 0 {
                yield_now();
            }
            let closed = pool.close(Duration::from_millis(5));
            assert_eq!((closed.cancelled, closed.stopped, closed.left), (1, 1, vec![]));
            (runs.join().unwrap(), queued.join().is_err())
        });
        assert_eq!(outcomes, (true, true));
        drop(tell);
    });
}

/// A thread of its own blocks at the end, and the tasks borrow from its stack.
#[test]
fn threads_have_scopes() {
    crate::watchdog::bounded(|| {
        let runtime = crate::workers::runtime(2);
        let pool = runtime.run(small);
        let mut numbers = [0; 20];
        let mine = thread::current().id();
        pool.scope(|s| {
            for number in &mut numbers {
                s.submit(move || {
                    assert_ne!(thread::current().id(), mine);
                    *number = 7;
                });
            }
        });
        assert_eq!(numbers, [7; 20]);
    });
}
