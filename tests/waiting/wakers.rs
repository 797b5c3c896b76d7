//! `block_on` and who wakes it, from wherever and whenever.

use crate::activity::until_parked;
use crate::oneshot::oneshot;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::park_timeout;
use gopark::{block_on, go, yield_now};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// Pending so many times, and each time it has been woken by `wake` before it says so.
fn woken_before_it_waits(times: u32, wake: impl Fn(&Waker)) -> impl Future<Output = u32> {
    let mut polls = 0;
    poll_fn(move |context| {
        polls += 1;
        if polls > times {
            return Poll::Ready(polls);
        }
        wake(context.waker());
        Poll::Pending
    })
}

/// In a coroutine and on a plain thread without a runtime.
fn everywhere(body: fn()) {
    bounded(move || {
        [1, 2].into_iter().for_each(|workers| runtime(workers).run(body));
        body();
    });
}

#[test]
fn before_the_poll_returns() {
    everywhere(|| {
        assert_eq!(block_on(woken_before_it_waits(1000, Waker::wake_by_ref)), 1001);
        let by_value = |waker: &Waker| [waker.clone(), waker.clone()].into_iter().for_each(Waker::wake);
        assert_eq!(block_on(woken_before_it_waits(1000, by_value)), 1001);
        let from_a_thread = |waker: &Waker| {
            let waker = waker.clone();
            thread::spawn(move || waker.wake()).join().expect("no panic");
        };
        assert_eq!(block_on(woken_before_it_waits(20, from_a_thread)), 21);
    });
}

#[test]
fn many_times_is_once() {
    everywhere(|| {
        let a_hundred_times = |waker: &Waker| (0..100).for_each(|_| waker.wake_by_ref());
        assert_eq!(block_on(woken_before_it_waits(10, a_hundred_times)), 11);
    });
}

#[test]
fn from_a_plain_thread() {
    everywhere(|| {
        for _ in 0..50 {
            let (brings, gets) = oneshot();
            let thread = thread::spawn(move || {
                while !brings.is_awaited() {
                    thread::yield_now();
                }
                brings.bring(7);
            });
            assert_eq!(block_on(gets), 7);
            thread.join().expect("no panic");
        }
    });
}

#[test]
fn from_another_coroutine() {
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                for _ in 0..1000 {
                    let (brings, gets) = oneshot();
                    let other = go(move || {
                        while !brings.is_awaited() {
                            yield_now();
                        }
                        brings.bring(7);
                    });
                    assert_eq!(block_on(gets), 7);
                    other.join().expect("no panic");
                }
            });
        }
    });
}

/// It ends no later wait, and is no token of `park`.
#[test]
fn after_the_end() {
    everywhere(|| {
        let (tell, told) = mpsc::channel();
        assert_eq!(
            block_on(poll_fn(|context| {
                tell.send(context.waker().clone()).expect("told lives");
                Poll::Ready(7)
            })),
            7
        );
        let late = told.recv().expect("a waker");
        late.wake_by_ref();
        let begun = Instant::now();
        let (brings, gets) = oneshot();
        let thread = thread::spawn(move || {
            late.wake();
            thread::sleep(Duration::from_millis(20));
            brings.bring(());
        });
        block_on(gets);
        assert!(begun.elapsed() >= Duration::from_millis(20));
        thread.join().expect("no panic");
        if gopark::coroutine::current().is_some() {
            let begun = Instant::now();
            park_timeout(Duration::from_millis(5));
            assert!(begun.elapsed() >= Duration::from_millis(5), "a waker has set the token");
        }
    });
}

/// The inner call waits for something else when the outer one is woken.
#[test]
fn an_outer_one_while_an_inner_one_waits() {
    everywhere(|| {
        let (outer_brings, outer_gets) = oneshot();
        let (inner_brings, inner_gets) = oneshot();
        let mut inner_gets = Some(inner_gets);
        let mut outer_gets = pin!(outer_gets);
        let thread = thread::spawn(move || {
            while !outer_brings.is_awaited() || !inner_brings.is_awaited() {
                thread::yield_now();
            }
            outer_brings.bring("outer");
            inner_brings.bring("inner");
        });
        let mut seen = Vec::new();
        let outer = block_on(poll_fn(|context| {
            let polled = outer_gets.as_mut().poll(context);
            if let Some(inner) = inner_gets.take() {
                assert!(polled.is_pending());
                seen.push(block_on(inner));
            }
            polled
        }));
        assert_eq!((outer, seen), ("outer", vec!["inner"]));
        thread.join().expect("no panic");
    });
}

#[test]
fn thirty_levels_deep() {
    fn nested(depth: u32) -> u32 {
        block_on(async {
            let below = if depth == 0 { 0 } else { nested(depth - 1) };
            woken_before_it_waits(1, Waker::wake_by_ref).await + below
        })
    }
    everywhere(|| assert_eq!(nested(30), 62));
}

/// One whose coroutine was abandoned, one whose coroutine has ended.
#[test]
fn a_waker_outlives_its_runtime() {
    bounded(|| {
        let runtime = runtime(1);
        let (tell, told) = mpsc::channel();
        let tells = tell.clone();
        let waits = runtime.spawn(move || {
            block_on(poll_fn(|context| {
                tells.send(context.waker().clone()).expect("told lives");
                Poll::<()>::Pending
            }))
        });
        until_parked(&runtime, 1);
        let ends = runtime.spawn(move || {
            block_on(async {
                poll_fn(|context| {
                    tell.send(context.waker().clone()).expect("told lives");
                    Poll::Ready(())
                })
                .await
            })
        });
        ends.join().expect("no panic");
        let report = runtime.shutdown(Duration::from_millis(1));
        assert_eq!(report.abandoned.len(), 1);
        drop(runtime);
        let wakers: Vec<Waker> = told.try_iter().collect();
        assert_eq!(wakers.len(), 2);
        for waker in wakers {
            waker.wake_by_ref();
            thread::spawn(move || waker.wake()).join().expect("no panic");
        }
        assert!(waits.join().is_err(), "it never runs again");
    });
}

#[test]
fn the_futures_panic_is_the_callers() {
    everywhere(|| {
        let panics = catch_unwind(AssertUnwindSafe(|| block_on(async { panic!("inside") })));
        assert_eq!(panics.expect_err("it panics").downcast_ref(), Some(&"inside"));
        assert_eq!(block_on(async { 7 }), 7);
    });
}
