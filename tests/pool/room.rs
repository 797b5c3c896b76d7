//! Who submits to a full pool waits for room.

use crate::alone;
use crate::busy::Busy;
use crate::eventually::eventually;
use crate::everywhere::everywhere;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::pool::Pool;
use gopark::sync::Mutex;
use gopark::{go, yield_now};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Whether somebody waits in `submit` shows nowhere. If this is too short, the outcome is the same.
const GRACE: Duration = Duration::from_millis(20);

#[test]
fn who_submits_waits_while_there_is_no_room() {
    bounded(|| {
        alone::runtime(1).run(|| {
            for queue in [0, 1, 3] {
                let pool = Pool::builder().workers(1).queue(queue).build();
                let busy = Busy::fill(&pool, 1 + queue);
                let passed = Arc::new(AtomicUsize::new(0));
                let submits = go({
                    let (pool, passed) = (pool.clone(), passed.clone());
                    move || {
                        passed.store(1, Ordering::SeqCst);
                        let task = pool.submit(|| 7);
                        passed.store(2, Ordering::SeqCst);
                        task.join().unwrap()
                    }
                });
                // On the only thread: it has come so far, and goes on in others' calls that wait only.
                for _ in 0..20 {
                    yield_now();
                }
                assert_eq!(passed.load(Ordering::SeqCst), 1);
                busy.end();
                assert_eq!(submits.join().unwrap(), 7);
            }
        });
    });
}

#[test]
fn those_who_wait_for_room_are_served_in_order() {
    bounded(|| {
        alone::runtime(1).run(|| {
            for queue in [0, 1, 4] {
                let pool = Pool::builder().workers(1).queue(queue).build();
                let busy = Busy::fill(&pool, 1 + queue);
                let order = Arc::new(Mutex::new(Vec::new()));
                let entered = Arc::new(AtomicUsize::new(0));
                let submitters: Vec<_> = (0..20)
                    .map(|number| {
                        let (pool, order) = (pool.clone(), order.clone());
                        let came = entered.clone();
                        let submits = go(move || {
                            came.fetch_add(1, Ordering::SeqCst);
                            pool.submit(move || order.lock().push(number)).join().unwrap();
                        });
                        // On the only thread another one is seen where it waits: in `submit`.
                        while entered.load(Ordering::SeqCst) <= number {
                            yield_now();
                        }
                        submits
                    })
                    .collect();
                busy.end();
                submitters.into_iter().for_each(|submits| submits.join().unwrap());
                assert_eq!(*order.lock(), (0..20).collect::<Vec<_>>(), "with a queue of {queue}");
            }
        });
    });
}

#[test]
fn several_submitters_lose_nothing() {
    everywhere(|| {
        for queue in [0, 2] {
            let pool = Pool::builder().workers(2).queue(queue).build();
            let sum = Arc::new(AtomicUsize::new(0));
            let submitters: Vec<_> = (0..8)
                .map(|_| {
                    let (pool, sum) = (pool.clone(), sum.clone());
                    go(move || {
                        for number in 0..100 {
                            let sum = sum.clone();
                            drop(pool.submit(move || sum.fetch_add(number, Ordering::SeqCst)));
                        }
                    })
                })
                .collect();
            submitters.into_iter().for_each(|submits| submits.join().unwrap());
            eventually("all are done", || pool.stats().finished == 800);
            assert_eq!(sum.load(Ordering::SeqCst), 8 * 4950);
            assert_eq!(pool.stats().submitted, 800);
        }
    });
}

#[test]
fn threads_of_a_runtime_wait_as_coroutines_do() {
    bounded(|| {
        let runtime = runtime(2);
        let _current = runtime.enter();
        let pool = Pool::builder().workers(1).queue(1).build();
        let busy = Busy::fill(&pool, 2);
        thread::scope(|s| {
            let submitters: Vec<_> = (0..4)
                .map(|number| {
                    let (pool, runtime) = (&pool, &runtime);
                    s.spawn(move || {
                        let _current = runtime.enter();
                        pool.submit(move || number).join().unwrap()
                    })
                })
                .collect();
            thread::sleep(GRACE);
            assert!(submitters.iter().all(|submits| !submits.is_finished()));
            assert_eq!(pool.stats().submitted, 2);
            busy.end();
            for (number, submits) in submitters.into_iter().enumerate() {
                assert_eq!(submits.join().unwrap(), number);
            }
        });
    });
}

#[test]
fn threads_without_a_runtime_submit_to_where_the_pool_was_built() {
    bounded(|| {
        let runtime = runtime(2);
        let pool = runtime.run(|| Pool::builder().workers(2).queue(0).build());
        let busy = runtime.run({
            let pool = pool.clone();
            move || Busy::fill(&pool, 2)
        });
        let submitters: Vec<_> = (0..4)
            .map(|number| {
                let pool = pool.clone();
                thread::spawn(move || {
                    let inside = move || (number, gopark::coroutine::current().is_some());
                    (0..50).for_each(|_| assert_eq!(pool.submit(inside).join().unwrap(), (number, true)));
                })
            })
            .collect();
        thread::sleep(GRACE);
        assert_eq!(pool.stats().submitted, 2);
        busy.end();
        submitters.into_iter().for_each(|submits| submits.join().expect("it could submit"));
        assert_eq!(pool.stats().finished, 202);
    });
}
