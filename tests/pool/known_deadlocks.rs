//! Programs that come to no end on pools for Go.

use crate::everywhere::everywhere;
use gopark::pool::Pool;
use gopark::time::try_sleep;
use gopark::{Cancelled, chan, go};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// ants, issue 197: the one worker submits to its own pool, which is full, and waits for itself.
#[test]
fn a_task_submits_to_its_own_full_pool() {
    fn submits(pool: Pool, left: usize, done: chan::Sender<usize>) {
        let inner = pool.clone();
        let sender = done.clone();
        if left > 0 {
            drop(pool.submit(move || submits(inner, left - 1, sender)));
        }
        done.send(left).unwrap();
    }
    everywhere(|| {
        for queue in [0, 1] {
            let pool = Pool::builder().workers(1).queue(queue).build();
            let (sender, done) = chan::unbounded();
            let inner = pool.clone();
            drop(pool.submit(move || submits(inner, 100, sender)));
            let mut seen: Vec<_> = done.iter().collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..=100).collect::<Vec<_>>());
        }
    });
}

/// The same with many at once: whoever runs submits, and all are full.
#[test]
fn all_tasks_submit_to_their_own_full_pool() {
    everywhere(|| {
        let pool = Pool::builder().workers(2).queue(1).build();
        let (sender, done) = chan::unbounded();
        for _ in 0..5 {
            let (inner, sender) = (pool.clone(), sender.clone());
            drop(pool.submit(move || {
                for number in 0..20 {
                    let sender = sender.clone();
                    drop(inner.submit(move || sender.send(number).unwrap()));
                }
            }));
        }
        drop(sender);
        assert_eq!(done.iter().count(), 100);
    });
}

/// conc, issue 133: a task starts others in the pool that it runs in, and waits for them.
#[test]
fn a_task_waits_for_others_that_it_has_started_in_the_same_pool() {
    everywhere(|| {
        for queue in [0, 1, 100] {
            let pool = Pool::builder().workers(1).queue(queue).build();
            let count = Arc::new(AtomicUsize::new(0));
            pool.scope(|outer| {
                for _ in 0..5 {
                    let (pool, count) = (&pool, &count);
                    outer.submit(move || {
                        pool.scope(|inner| {
                            for _ in 0..5 {
                                inner.submit(|| count.fetch_add(1, Ordering::SeqCst));
                            }
                        });
                        count.fetch_add(100, Ordering::SeqCst);
                    });
                }
            });
            assert_eq!(count.load(Ordering::SeqCst), 525);
        }
    });
}

/// The same, but that the tasks are put into the scope that the task itself is of.
#[test]
fn a_task_starts_others_in_its_own_scope() {
    everywhere(|| {
        for queue in [0, 1, 100] {
            let pool = Pool::builder().workers(1).queue(queue).build();
            let count = AtomicUsize::new(0);
            pool.scope(|s| {
                let count = &count;
                s.submit(move || {
                    for _ in 0..10 {
                        s.submit(move || {
                            s.submit(|| count.fetch_add(1, Ordering::SeqCst)).join().unwrap();
                        });
                    }
                });
            });
            assert_eq!(count.into_inner(), 10);
        }
    });
}

/// pond, issue 138: what is queued when the group is cancelled does not run, and is waited for.
#[test]
fn whoever_waits_for_cancelled_tasks_is_told() {
    everywhere(|| {
        let pool = Pool::builder().workers(1).queue(10).build();
        let runs = pool.submit(|| try_sleep(Duration::from_secs(3600)));
        let queued: Vec<_> = (0..10).map(|number| pool.submit(move || number)).collect();
        let waits = go({
            let pool = pool.clone();
            move || pool.submit(|| 7).join().unwrap()
        });
        queued.iter().for_each(|task| task.cancel());
        runs.cancel();
        for task in queued {
            assert!(task.join().unwrap_err().is::<Cancelled>());
        }
        assert_eq!(waits.join().unwrap(), 7);
        assert!(runs.join().map_or(true, |slept| slept.is_err()));
    });
}

/// The same for a group: the first fails while the others are queued.
#[test]
fn a_group_that_is_cancelled_ends() {
    everywhere(|| {
        for queue in [0, 100] {
            let pool = Pool::builder().workers(1).queue(queue).build();
            let outcome = pool.try_scope(|s| {
                for number in 0..20 {
                    s.submit(move || if number == 3 { Err(number) } else { Ok(()) });
                }
                Ok(())
            });
            assert_eq!(outcome, Err(3));
            assert_eq!((pool.stats().running, pool.stats().queued), (0, 0));
        }
    });
}
