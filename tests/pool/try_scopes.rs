//! Groups of tasks of which the first that fails ends the others.

use crate::busy::Busy;
use crate::everywhere::everywhere;
use gopark::coroutine::cancelled;
use gopark::pool::Pool;
use gopark::time::try_sleep;
use gopark::{Cancelled, chan, with_timeout, yield_now};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn without_a_failure_the_result_is_that_of_the_body() {
    everywhere(|| {
        let pool = Pool::builder().workers(2).build();
        let sum = AtomicUsize::new(0);
        let result = pool.try_scope(|s| {
            for number in 0..10 {
                let sum = &sum;
                s.submit(move || {
                    sum.fetch_add(number, Ordering::SeqCst);
                    Ok::<_, ()>(())
                });
            }
            Ok("all")
        });
        assert_eq!((result, sum.into_inner()), (Ok("all"), 45));
        assert!(cancelled().is_none());
    });
}

#[test]
fn the_first_failure_ends_those_that_wait() {
    everywhere(|| {
        let pool = Pool::builder().workers(4).build();
        let ended = AtomicUsize::new(0);
        let result = pool.try_scope(|s| {
            for _ in 0..3 {
                s.submit(|| {
                    if try_sleep(HOUR).is_err() {
                        assert!(cancelled().is_some());
                        ended.fetch_add(1, Ordering::SeqCst);
                    }
                    Err("a later one")
                });
            }
            // They have begun: they have been before it in the queue.
            s.submit(|| {
                while pool.stats().running < 4 {
                    yield_now();
                }
                Err("the first")
            });
            Ok(())
        });
        assert_eq!(result, Err("the first"));
        assert!(ended.into_inner() <= 3);
        assert_eq!((pool.stats().running, pool.stats().queued), (0, 0));
    });
}

#[test]
fn the_first_in_time_counts() {
    everywhere(|| {
        let pool = Pool::builder().workers(3).build();
        let (open, gate) = chan::bounded::<()>(0);
        let result = pool.try_scope(|s| {
            s.submit(|| gate.recv().map_err(|_| "the cancelled one"));
            let first = s.submit(|| Err("the first"));
            first.join().unwrap();
            s.submit(|| Err("one after it")).join().unwrap();
            Err::<(), _>("the body's")
        });
        assert_eq!(result, Err("the first"));
        drop(open);
    });
}

#[test]
fn what_is_queued_when_one_fails_does_not_begin() {
    everywhere(|| {
        for queue in [0, 100] {
            let pool = Pool::builder().workers(1).queue(queue).build();
            let begun = AtomicUsize::new(0);
            let result = pool.try_scope(|s| {
                for number in 0..20 {
                    let begun = &begun;
                    s.submit(move || {
                        begun.fetch_add(1, Ordering::SeqCst);
                        if number == 4 { Err("the fifth") } else { Ok(()) }
                    });
                }
                Ok(())
            });
            assert_eq!((result, begun.into_inner()), (Err("the fifth"), 5));
        }
    });
}

#[test]
fn a_failure_of_the_body_alone_is_the_result_and_ends_nobody() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let ended = AtomicUsize::new(0);
        let result: Result<(), _> = pool.try_scope(|s| {
            for _ in 0..5 {
                s.submit(|| {
                    yield_now();
                    ended.fetch_add(1, Ordering::SeqCst);
                    Ok(())
                });
            }
            Err("the body's")
        });
        assert_eq!((result, ended.into_inner()), (Err("the body's"), 5));
    });
}

#[test]
fn the_body_can_see_and_hear_that_one_has_failed() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).build();
        let result = pool.try_scope(|s| {
            assert!(s.context().err().is_none());
            s.submit(|| Err("one")).join().unwrap();
            assert!(s.context().err().is_some());
            assert_eq!(s.context().run(|| try_sleep(HOUR)), Err(Cancelled));
            assert!(cancelled().is_none(), "the caller itself is not meant");
            Ok(())
        });
        assert_eq!(result, Err("one"));
    });
}

#[test]
fn a_failure_ends_groups_inside() {
    everywhere(|| {
        // One for the sleeper, and one for the one that fails.
        let pool = Pool::builder().workers(2).build();
        let result = pool.try_scope(|outer| {
            outer.submit(|| {
                pool.try_scope(|inner| {
                    inner.submit(|| try_sleep(HOUR).map_err(|_| "inside"));
                    Ok(())
                })
            });
            outer.submit(|| Err("outside"));
            Ok(())
        });
        assert_eq!(result, Err("outside"));
        assert_eq!((pool.stats().running, pool.stats().lent, pool.stats().queued), (0, 0, 0));
    });
}

#[test]
fn a_panic_is_passed_on_before_any_failure() {
    everywhere(|| {
        let pool = Pool::builder().workers(2).build();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            pool.try_scope(|s| {
                s.submit(|| panic!("of a task"));
                s.submit(|| Ok::<_, ()>(()));
                Ok(())
            })
        }));
        assert_eq!(outcome.unwrap_err().downcast_ref(), Some(&"of a task"));
    });
}

#[test]
fn tasks_inherit_the_deadline_of_who_submits_them() {
    everywhere(|| {
        let pool = Pool::builder().workers(2).build();
        let result = with_timeout(Duration::from_millis(10), || {
            pool.try_scope(|s| {
                s.submit(|| try_sleep(HOUR));
                Ok(())
            })
        });
        assert_eq!(result, Err(Cancelled));
    });
}

#[test]
fn a_failure_does_not_touch_others_of_the_pool() {
    everywhere(|| {
        let pool = Pool::builder().workers(2).build();
        let busy = Busy::fill(&pool, 1);
        let result: Result<(), _> = pool.try_scope(|s| {
            s.submit(|| Err(7));
            Ok(())
        });
        assert_eq!(result, Err(7));
        assert!(!busy.tasks[0].is_finished());
        busy.end();
    });
}
