//! Who inherits the context that somebody is inside: the children of a scope and `blocking`, not `go`.

use crate::activity::until_parked;
use crate::sockets::{assert_cancelled, pair};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{bounded as channel, never};
use gopark::coroutine::Reason::{self, Cancelled, DeadlineExceeded};
use gopark::coroutine::cancelled;
use gopark::{Cancel, Context, blocking, go, scope, yield_now};
use std::io::Read;
use std::time::Duration;

/// Waits until it is stopped.
fn is_stopped() -> Option<Reason> {
    assert!(never::<u8>().recv().is_err());
    cancelled()
}

/// Runs `body` in a coroutine, and cancels its context when so many wait.
fn cancelled_when(waiting: u64, body: impl FnOnce(&Context) + Send + 'static) {
    bounded(move || {
        let runtime = runtime(2);
        let (context, cancel) = Context::background().with_cancel();
        let runs = runtime.spawn(move || body(&context));
        until_parked(&runtime, waiting);
        assert!(!runs.is_finished());
        cancel.cancel();
        runs.join().expect("no panic");
    });
}

#[test]
fn children_of_a_scope_do() {
    // The children, and the one that waits for the first of them.
    cancelled_when(11, |context| {
        context.run(|| {
            scope(|s| {
                let children: Vec<_> = (0..10).map(|_| s.go(is_stopped)).collect();
                for child in children {
                    assert_eq!(child.join().expect("no panic"), Some(Cancelled));
                }
            });
        });
        assert_eq!(cancelled(), None);
    });
}

#[test]
fn their_children_do() {
    cancelled_when(3, |context| {
        let why = context.run(|| scope(|s| s.go(|| scope(|s| s.go(is_stopped).join())).join()));
        assert_eq!(why.expect("no panic").expect("no panic"), Some(Cancelled));
    });
}

/// Where it was started counts. It is still inside when its parent has left.
#[test]
fn it_is_that_of_the_moment() {
    cancelled_when(3, |context| {
        scope(|s| {
            let inside = context.run(|| s.go(is_stopped));
            let (sender, receiver) = channel(0);
            let outside = s.go(move || (receiver.recv(), cancelled()));
            assert_eq!(inside.join().expect("no panic"), Some(Cancelled));
            sender.send(7).expect("it waits, or will");
            assert_eq!(outside.join().expect("no panic"), (Ok(7), None));
        });
    });
}

/// A child may be in a context of its own besides; then that one's cancellation counts, and both deadlines.
#[test]
fn a_child_may_add_its_own() {
    bounded(|| {
        runtime(2).run(|| {
            let short = Context::background().with_timeout(Duration::from_millis(20));
            let (own, cancel) = Context::background().with_cancel();
            short.run(|| {
                scope(|s| {
                    let waits = s.go(|| own.run(is_stopped));
                    assert_eq!(waits.join().expect("no panic"), Some(DeadlineExceeded));
                });
            });
            let (outer, cancel_outer) = Context::background().with_cancel();
            outer.run(|| {
                scope(|s| {
                    let waits = s.go(|| (own.run(is_stopped), cancelled()));
                    yield_now();
                    cancel.cancel();
                    assert_eq!(waits.join().expect("no panic"), (Some(Cancelled), None));
                });
                cancel_outer.cancel();
                assert_eq!(cancelled(), Some(Cancelled));
            });
        });
    });
}

#[test]
fn a_scope_on_a_plain_thread_passes_it_on() {
    bounded(|| {
        let runtime = runtime(1);
        let _current = runtime.enter();
        let (context, cancel) = Context::background().with_cancel();
        context.run(|| {
            scope(|s| {
                let child = s.go(is_stopped);
                until_parked(&runtime, 1);
                cancel.cancel();
                assert_eq!(child.join().expect("no panic"), Some(Cancelled));
            });
        });
        assert_eq!(cancelled(), None);
    });
}

#[test]
fn blocking_does() {
    // The one whose call it is, on behalf of which a thread waits.
    cancelled_when(1, |context| {
        let why = context.run(|| blocking(is_stopped));
        assert_eq!(why, Some(Cancelled));
        assert_eq!(blocking(cancelled), None, "the helper thread has kept nothing of it");
    });
}

#[test]
fn blocking_does_on_a_socket() {
    cancelled_when(1, |context| {
        let (near, _far) = pair();
        context.run(|| blocking(|| assert_cancelled("read", (&near).read(&mut [0; 8]))));
    });
}

/// Many in turn, on the same few helper threads, inside one that has ended and outside.
#[test]
fn blocking_keeps_nothing_of_it() {
    bounded(|| {
        runtime(2).run(|| {
            let (context, cancel) = Context::background().with_cancel();
            cancel.cancel();
            let callers: Vec<_> = (0..50)
                .map(|number| {
                    let context = context.clone();
                    go(move || match number % 2 {
                        0 => context.run(|| blocking(cancelled)),
                        _ => blocking(cancelled),
                    })
                })
                .collect();
            for (number, caller) in callers.into_iter().enumerate() {
                let expected = (number % 2 == 0).then_some(Cancelled);
                assert_eq!(caller.join().expect("no panic"), expected);
            }
        });
    });
}

#[test]
fn go_does_not() {
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                let (context, cancel): (Context, Cancel) = Context::background().with_cancel();
                let (sender, receiver) = channel(0);
                let child = context.run(|| {
                    let child = go(move || (cancelled(), receiver.recv(), cancelled()));
                    yield_now();
                    cancel.cancel();
                    assert_eq!(is_stopped(), Some(Cancelled));
                    child
                });
                sender.send(7).expect("it waits, or will");
                assert_eq!(child.join().expect("no panic"), (None, Ok(7), None));
                let late = context.run(|| go(cancelled));
                assert_eq!(late.join().expect("no panic"), None);
            });
        }
    });
}
