//! `Context::run`: calls inside a context, which fail when it ends, and what is left of it outside.

use crate::activity::until_parked;
use crate::calls;
use crate::contexts::everywhere;
use crate::eventually::eventually;
use crate::sockets::{assert_cancelled, pair};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{bounded as channel, never};
use gopark::coroutine::Reason::{self, Cancelled, DeadlineExceeded};
use gopark::coroutine::cancelled;
use gopark::sync::Semaphore;
use gopark::time::{sleep, try_sleep};
use gopark::{Context, block_on, blocking, scope, select, shield, try_block_on, with_timeout};
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_millis(20);
const HOUR: Duration = Duration::from_secs(3600);

/// Waits until it is stopped.
fn is_stopped() -> Option<Reason> {
    assert!(never::<u8>().recv().is_err());
    cancelled()
}

#[test]
fn every_call_ends_when_the_context_is_cancelled() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let (context, cancel) = Context::background().with_cancel();
            let all: Vec<_> = calls::all(Cancelled)
                .into_iter()
                .map(|(name, call)| {
                    let context = context.with_value(name);
                    runtime.spawn(move || {
                        context.run(|| {
                            assert_eq!(cancelled(), None, "{name}");
                            call();
                            assert_eq!(cancelled(), Some(Cancelled), "{name}");
                        });
                        assert_eq!(cancelled(), None, "{name}: the context is behind it");
                    })
                })
                .collect();
            until_parked(&runtime, all.len() as u64);
            assert!(all.iter().all(|one| !one.is_finished()), "nobody has cancelled it yet");
            cancel.cancel();
            all.into_iter().for_each(|one| one.join().expect("it has failed as it should"));
        }
    });
}

/// In all of `calls`, on a thread each, when the context is cancelled.
fn end_on_plain_threads(calls: Vec<calls::Call>) {
    let (context, cancel) = Context::background().with_cancel();
    let all: Vec<_> = calls
        .into_iter()
        .map(|(name, call)| {
            let context = context.clone();
            (name, thread::spawn(move || context.run(call)))
        })
        .collect();
    // Time to begin to wait; what is asserted does not depend on it.
    thread::sleep(SOON);
    assert!(all.iter().all(|(_, one)| !one.is_finished()), "nobody has cancelled it yet");
    cancel.cancel();
    for (name, one) in all {
        eventually(name, || one.is_finished());
        one.join().expect("it has failed as it should");
    }
}

#[test]
fn calls_end_on_plain_threads() {
    bounded(|| {
        let mut calls = calls::without_a_socket();
        calls.extend(calls::selects_on_sockets(Cancelled));
        end_on_plain_threads(calls);
    });
}

#[test]
fn calls_on_sockets_end_on_plain_threads() {
    bounded(|| end_on_plain_threads(calls::on_sockets(Cancelled)));
}

#[test]
fn every_call_ends_at_its_deadline() {
    bounded(|| {
        let runtime = runtime(2);
        let all: Vec<_> = calls::all(DeadlineExceeded)
            .into_iter()
            .map(|(name, call)| {
                runtime.spawn(move || {
                    let begun = Instant::now();
                    Context::background().with_timeout(SOON).run(|| {
                        call();
                        assert_eq!(cancelled(), Some(DeadlineExceeded), "{name}");
                    });
                    assert!(begun.elapsed() >= SOON, "{name}");
                })
            })
            .collect();
        all.into_iter().for_each(|one| one.join().expect("it has failed as it should"));
    });
}

#[test]
fn calls_that_begin_late_do_not_try() {
    everywhere(|| {
        let (context, cancel) = Context::background().with_cancel();
        let (sender, receiver) = channel(2);
        let (near, far) = pair();
        sender.send(7).expect("there is room");
        (&far).write_all(b"here").expect("there is room");
        context.run(|| {
            cancel.cancel();
            assert!(receiver.recv().is_err());
            assert_eq!(sender.send(8).expect_err("it is late").into_inner(), 8);
            select! { recv(receiver) -> value => assert!(value.is_err()) }
            assert!(try_sleep(Duration::ZERO).is_err());
            assert!(try_block_on(async { panic!("it is not polled") }).is_err());
            assert!(Semaphore::new(1).acquire_timeout(HOUR).is_err());
            assert_cancelled("read", (&near).read(&mut [0; 8]));
            assert_cancelled("write", (&near).write(b"lost"));
        });
        assert_eq!(receiver.recv(), Ok(7));
        assert_eq!((&near).read(&mut [0; 8]).expect("what was there"), 4);
    });
}

#[test]
fn calls_that_cannot_fail_go_on() {
    everywhere(|| {
        let (context, cancel) = Context::background().with_cancel();
        cancel.cancel();
        context.run(|| {
            let begun = Instant::now();
            sleep(SOON);
            assert!(begun.elapsed() >= SOON);
            assert_eq!(block_on(async { 7 }), 7);
            assert_eq!(blocking(|| 8), 8);
            assert_eq!(scope(|_| 9), 9);
            drop(Semaphore::new(1).acquire());
            assert_eq!(cancelled(), Some(Cancelled));
        });
    });
}

#[test]
fn the_result_is_that_of_the_body() {
    everywhere(|| {
        let text = String::from("borrowed");
        let (context, cancel) = Context::background().with_cancel();
        assert_eq!(context.run(|| &text), "borrowed");
        cancel.cancel();
        assert_eq!(context.run(|| text.len()), 8);
    });
}

/// The inner one's cancellation counts inside, the outer one's outside; the earliest deadline counts everywhere.
#[test]
fn the_innermost_context_counts() {
    everywhere(|| {
        let (outer, cancel_outer) = Context::background().with_cancel();
        let (inner, cancel_inner) = Context::background().with_cancel();
        outer.run(|| {
            inner.run(|| {
                cancel_outer.cancel();
                assert_eq!((cancelled(), try_sleep(Duration::ZERO)), (None, Ok(())));
                cancel_inner.cancel();
                assert_eq!((cancelled(), try_sleep(HOUR)), (Some(Cancelled), Err(gopark::Cancelled)));
            });
            assert_eq!(is_stopped(), Some(Cancelled), "the outer one's");
        });
        assert_eq!((cancelled(), try_sleep(Duration::ZERO)), (None, Ok(())));

        let (inner, cancel_inner) = Context::background().with_timeout(HOUR).with_cancel();
        let short = Context::background().with_timeout(SOON);
        short.run(|| inner.run(|| with_timeout(HOUR, || assert_eq!(is_stopped(), Some(DeadlineExceeded)))));
        with_timeout(HOUR, || short.run(|| assert_eq!(is_stopped(), Some(DeadlineExceeded))));
        assert_eq!(inner.err(), None);
        inner.run(|| {
            with_timeout(SOON, || assert_eq!(is_stopped(), Some(DeadlineExceeded)));
            assert_eq!(cancelled(), None);
            cancel_inner.cancel();
            assert_eq!(is_stopped(), Some(Cancelled));
        });
    });
}

#[test]
fn a_panic_leaves_the_one_outside() {
    everywhere(|| {
        let (outer, cancel) = Context::background().with_cancel();
        let (inner, cancel_inner) = Context::background().with_cancel();
        outer.run(|| {
            let panics = catch_unwind(AssertUnwindSafe(|| inner.run(|| panic!("inside"))));
            assert_eq!(panics.expect_err("it panics").downcast_ref(), Some(&"inside"));
            cancel_inner.cancel();
            assert_eq!((cancelled(), try_sleep(Duration::ZERO)), (None, Ok(())));
            cancel.cancel();
            assert_eq!(is_stopped(), Some(Cancelled));
        });
        assert_eq!(cancelled(), None);
    });
}

/// One that is entered twice is left twice.
#[test]
fn one_may_be_inside_twice() {
    everywhere(|| {
        let (context, cancel) = Context::background().with_cancel();
        context.run(|| {
            context.run(|| assert_eq!(cancelled(), None));
            let thread = thread::spawn(move || {
                thread::sleep(Duration::from_millis(2));
                cancel.cancel();
            });
            assert_eq!(is_stopped(), Some(Cancelled));
            thread.join().expect("no panic");
        });
    });
}

/// What `Context::current` gives ends with the calls of whoever has asked for it, elsewhere too.
#[test]
fn the_current_context_is_what_bounds_the_calls() {
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                let (context, cancel) = Context::background().with_value(7_u32).with_cancel();
                let inside = context.run(|| scope(|s| s.go(Context::current).join().expect("no panic")));
                assert_eq!((inside.err(), inside.value::<u32>()), (None, Some(&7)));
                assert!(context.run(|| shield(Context::current)).value::<u32>().is_none());

                let earlier = context.run(|| with_timeout(SOON, Context::current));
                assert_eq!(earlier.value::<u32>(), Some(&7));
                assert!(earlier.done().recv().is_err());
                assert_eq!((earlier.err(), inside.err()), (Some(DeadlineExceeded), None));

                let elsewhere = inside.clone();
                let waits = gopark::go(move || elsewhere.run(is_stopped));
                cancel.cancel();
                assert_eq!(waits.join().expect("no panic"), Some(Cancelled));
                assert_eq!(Context::current().err(), None);
            });
        }
    });
}
