//! Who inherits an ambient deadline: the children of a scope and `blocking`, not `go`.

use crate::sockets::pair;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{bounded as channel, never};
use gopark::coroutine::{Reason, cancelled};
use gopark::{blocking, go, is_timeout, scope, with_timeout};
use std::io::Read;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_millis(20);
const HOUR: Duration = Duration::from_secs(3600);

/// Waits until the deadline that it is under.
fn is_stopped() -> Option<Reason> {
    assert!(never::<u8>().recv().is_err());
    cancelled()
}

#[test]
fn children_of_a_scope_do() {
    bounded(|| {
        runtime(2).run(|| {
            let begun = Instant::now();
            with_timeout(SOON, || {
                scope(|s| {
                    let children: Vec<_> = (0..10).map(|_| s.go(is_stopped)).collect();
                    for child in children {
                        assert_eq!(child.join().expect("no panic"), Some(Reason::DeadlineExceeded));
                    }
                });
            });
            assert!(begun.elapsed() >= SOON);
            assert_eq!(cancelled(), None);
        });
    });
}

#[test]
fn their_children_do() {
    bounded(|| {
        runtime(2).run(|| {
            let why = with_timeout(SOON, || scope(|s| s.go(|| scope(|s| s.go(is_stopped).join())).join()));
            assert_eq!(why.expect("no panic").expect("no panic"), Some(Reason::DeadlineExceeded));
        });
    });
}

/// What counts is where the child was started, not where the scope began or ends.
#[test]
fn it_is_that_of_the_moment() {
    bounded(|| {
        runtime(2).run(|| {
            scope(|s| {
                let bounded_one = with_timeout(SOON, || s.go(is_stopped));
                let (sender, receiver) = channel(0);
                let free_one = s.go(move || (receiver.recv(), cancelled()));
                assert_eq!(bounded_one.join().expect("no panic"), Some(Reason::DeadlineExceeded));
                sender.send(7).expect("it waits, or will");
                assert_eq!(free_one.join().expect("no panic"), (Ok(7), None));
            });
        });
    });
}

/// A child may be stricter with itself.
#[test]
fn a_child_may_add_its_own() {
    bounded(|| {
        runtime(2).run(|| {
            with_timeout(HOUR, || {
                scope(|s| {
                    let child = s.go(|| (with_timeout(SOON, is_stopped), cancelled()));
                    let told = child.join().expect("no panic");
                    assert_eq!(told, (Some(Reason::DeadlineExceeded), None));
                });
                assert_eq!(cancelled(), None);
            });
        });
    });
}

#[test]
fn a_scope_on_a_plain_thread_passes_it_on() {
    bounded(|| {
        let runtime = runtime(1);
        let _current = runtime.enter();
        let why = with_timeout(SOON, || scope(|s| s.go(is_stopped).join()));
        assert_eq!(why.expect("no panic"), Some(Reason::DeadlineExceeded));
        assert_eq!(cancelled(), None);
    });
}

#[test]
fn blocking_does() {
    bounded(|| {
        runtime(2).run(|| {
            let (near, _far) = pair();
            let begun = Instant::now();
            let why = with_timeout(SOON, || {
                blocking(|| {
                    let error = (&near).read(&mut [0; 8]).expect_err("nobody writes");
                    assert!(is_timeout(&error), "{error:?}");
                    is_stopped()
                })
            });
            assert!(begun.elapsed() >= SOON);
            assert_eq!(why, Some(Reason::DeadlineExceeded));
            assert_eq!(blocking(cancelled), None, "the helper thread has kept nothing of it");
        });
    });
}

/// Many in turn, on the same few helper threads, with and without one.
#[test]
fn blocking_keeps_nothing_of_it() {
    bounded(|| {
        runtime(2).run(|| {
            let callers: Vec<_> = (0..50)
                .map(|number| {
                    go(move || {
                        if number % 2 == 0 {
                            with_timeout(Duration::ZERO, || blocking(cancelled))
                        } else {
                            blocking(cancelled)
                        }
                    })
                })
                .collect();
            for (number, caller) in callers.into_iter().enumerate() {
                let expected = (number % 2 == 0).then_some(Reason::DeadlineExceeded);
                assert_eq!(caller.join().expect("no panic"), expected);
            }
        });
    });
}

/// It goes on behind the deadline of who started it.
#[test]
fn go_does_not() {
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                let (sender, receiver) = channel(0);
                let child = with_timeout(SOON, || {
                    let child = go(move || (cancelled(), receiver.recv(), cancelled()));
                    assert_eq!(is_stopped(), Some(Reason::DeadlineExceeded));
                    child
                });
                sender.send(7).expect("it waits, or will");
                assert_eq!(child.join().expect("no panic"), (None, Ok(7), None));
                let late = with_timeout(Duration::ZERO, || go(cancelled));
                assert_eq!(late.join().expect("no panic"), None);
            });
        }
    });
}
