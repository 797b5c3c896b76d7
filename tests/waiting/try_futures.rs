//! `try_block_on`: futures that a deadline or a cancellation ends, and `block_on`, which nothing ends.

use crate::activity::{parks, until_parked};
use crate::counted::{Counted, Drops};
use crate::oneshot::oneshot;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{Reason, cancelled};
use gopark::runtime::Runtime;
use gopark::{Cancelled, JoinHandle, block_on, go, try_block_on, with_timeout, yield_now};
use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

/// Never ready, and owns a value.
async fn never(owns: Counted) {
    pending::<()>().await;
    drop(owns);
}

#[test]
fn a_cancellation_drops_the_future() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let drops = Drops::default();
            let future = never(drops.value());
            let counts = drops.clone();
            let waits = runtime.spawn(move || {
                let result = try_block_on(future);
                assert_eq!(counts.count(), 1, "before the call returns");
                (result, cancelled())
            });
            until_parked(&runtime, 1);
            assert_eq!(drops.count(), 0);
            waits.cancel();
            assert_eq!(waits.join().expect("no panic"), (Err(Cancelled), Some(Reason::Cancelled)));
            assert_eq!(drops.count(), 1);
        }
    });
}

#[test]
fn a_deadline_drops_the_future() {
    bounded(|| {
        let check = || {
            let drops = Drops::default();
            let result = with_timeout(Duration::from_millis(5), || try_block_on(never(drops.value())));
            assert_eq!((result, drops.count()), (Err(Cancelled), 1));
        };
        runtime(1).run(check);
        check();
    });
}

#[test]
fn one_that_is_done_in_time_has_its_result() {
    bounded(|| {
        let check = || {
            let (brings, gets) = oneshot();
            let thread = thread::spawn(move || brings.bring(7));
            let result = with_timeout(Duration::from_secs(3600), || try_block_on(gets));
            assert_eq!(result, Ok(7));
            thread.join().expect("no panic");
        };
        runtime(1).run(check);
        check();
    });
}

/// It would be ready at once, and is not asked.
#[test]
fn one_that_begins_late_is_not_polled() {
    bounded(|| {
        let check = || {
            let polls = Cell::new(0);
            let ready = poll_fn(|_| {
                polls.set(polls.get() + 1);
                Poll::Ready(())
            });
            assert_eq!(with_timeout(Duration::ZERO, || try_block_on(ready)), Err(Cancelled));
            assert_eq!(polls.get(), 0);
        };
        runtime(1).run(check);
        check();
    });
}

/// A future that wakes itself for ever never parks, and is ended all the same.
#[test]
fn one_that_never_parks_is_ended() {
    fn restless() -> impl Future<Output = ()> {
        poll_fn(|context| {
            context.waker().wake_by_ref();
            Poll::Pending
        })
    }
    bounded(|| {
        let runtime = runtime(2);
        let late = runtime.run(|| with_timeout(Duration::from_millis(5), || try_block_on(restless())));
        assert_eq!(late, Err(Cancelled));
        let (tell, told) = std::sync::mpsc::channel();
        let loops = runtime.spawn(move || {
            tell.send(()).expect("told lives");
            try_block_on(restless())
        });
        told.recv().expect("it has begun");
        loops.cancel();
        assert_eq!(loops.join().expect("no panic"), Err(Cancelled));
    });
}

#[test]
fn block_on_goes_on_when_it_is_cancelled() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let (brings, gets) = oneshot();
            let waits = runtime.spawn(move || (block_on(gets), cancelled()));
            until_parked(&runtime, 1);
            waits.cancel();
            // Time for it to go wrong; what is asserted does not depend on it.
            thread::sleep(Duration::from_millis(5));
            assert!(!waits.is_finished());
            brings.bring(7);
            assert_eq!(waits.join().expect("no panic"), (7, Some(Reason::Cancelled)));
        }
    });
}

/// Whoever was woken before the end came gets what it was woken for.
#[test]
fn woken_first_and_cancelled_afterwards() {
    bounded(|| {
        let runtime = runtime(1);
        let (brings, gets) = oneshot();
        let waits = runtime.spawn(move || try_block_on(gets));
        until_parked(&runtime, 1);
        let cancels = runtime.spawn(move || {
            brings.bring(7);
            waits.cancel();
            waits.join().expect("no panic")
        });
        assert_eq!(cancels.join().expect("no panic"), Ok(7));
    });
}

/// The same without a wait in between: it is polled once more, and not twice.
#[test]
fn cancelled_while_it_is_polled() {
    bounded(|| {
        for (done_at, result) in [(2, Ok(2)), (3, Err(Cancelled))] {
            let runtime = runtime(1);
            let (tell, told) = std::sync::mpsc::channel();
            let mut polls = 0;
            let future = poll_fn(move |context| {
                polls += 1;
                if polls == done_at {
                    return Poll::Ready(polls);
                }
                context.waker().wake_by_ref();
                tell.send(()).expect("told lives");
                while cancelled().is_none() {
                    yield_now();
                }
                Poll::Pending
            });
            let polled = runtime.spawn(|| try_block_on(future));
            told.recv().expect("it is polled");
            polled.cancel();
            assert_eq!(polled.join().expect("no panic"), result, "done at poll {done_at}");
        }
    });
}

/// A future that wakes itself lets others run.
#[test]
fn a_future_that_yields_lets_others_run() {
    bounded(|| {
        runtime(1).run(|| {
            let ran = Arc::new(AtomicBool::new(false));
            let runs = ran.clone();
            drop(go(move || runs.store(true, Ordering::Relaxed)));
            let mut polls = 0;
            block_on(poll_fn(|context| {
                polls += 1;
                context.waker().wake_by_ref();
                if ran.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }
            }));
            assert!(polls < 10, "{polls} polls until the neighbour has run");
        });
    });
}

/// Woken and cancelled at once: it returns once, with one of the two answers.
#[test]
fn a_wake_up_and_a_cancellation_race() {
    bounded(|| {
        let runtime = runtime(2);
        let (mut brought, mut ended) = (0, 0);
        for round in 0..500_u32 {
            let (brings, gets) = oneshot();
            let waits = until_parked_again(&runtime, || try_block_on(gets));
            let thread = thread::spawn(move || {
                (0..round % 50 * 20).for_each(|_| std::hint::spin_loop());
                brings.bring(7);
            });
            match round % 10 {
                0 => until_finished(&waits),
                1 => {}
                _ => thread::sleep(Duration::from_micros(u64::from(round % 50))),
            }
            waits.cancel();
            match waits.join().expect("no panic") {
                Ok(value) => {
                    assert_eq!(value, 7);
                    brought += 1;
                }
                Err(Cancelled) => ended += 1,
            }
            thread.join().expect("no panic");
        }
        assert!(brought >= 50 && ended > 0, "{brought} have come, {ended} were cancelled");
    });
}

/// Starts it, and returns when it waits.
fn until_parked_again(
    runtime: &Runtime,
    body: impl FnOnce() -> Result<u32, Cancelled> + Send + 'static,
) -> JoinHandle<Result<u32, Cancelled>> {
    let waits = parks(runtime);
    let handle = runtime.spawn(body);
    until_parked(runtime, waits + 1);
    handle
}

fn until_finished<T>(handle: &JoinHandle<T>) {
    while !handle.is_finished() {
        thread::yield_now();
    }
}

#[test]
fn a_waker_that_does_nothing_is_no_obstacle() {
    bounded(|| {
        runtime(1).run(|| {
            let (brings, gets) = oneshot();
            let mut gets = std::pin::pin!(gets);
            let mut nobody = std::task::Context::from_waker(Waker::noop());
            assert!(gets.as_mut().poll(&mut nobody).is_pending());
            let thread = thread::spawn(move || brings.bring(7));
            assert_eq!(block_on(poll_fn(|context| gets.as_mut().poll(context))), 7);
            thread.join().expect("no panic");
        });
    });
}
