//! What a context carries, and what it keeps alive, and for how long.

use crate::contexts::{assert_ended, assert_lives, everywhere};
use crate::counted::{Counted, Drops};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{TryRecvError, never};
use gopark::coroutine::Reason::{Cancelled, DeadlineExceeded};
use gopark::{Context, go};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

#[derive(Debug, PartialEq)]
struct Request(u32);

#[derive(Debug, PartialEq)]
struct User(&'static str);

#[test]
fn the_nearest_value_of_a_type_counts() {
    everywhere(|| {
        let root = Context::background();
        assert_eq!(root.value::<Request>(), None);
        let one = root.with_value(Request(1));
        let (two, _cancel) = one.with_value(User("ann")).with_timeout(HOUR).with_cancel();
        let three = two.with_value(Request(3));
        assert_eq!((one.value(), one.value::<User>()), (Some(&Request(1)), None));
        assert_eq!((two.value(), two.value()), (Some(&Request(1)), Some(&User("ann"))));
        assert_eq!((three.value(), three.value()), (Some(&Request(3)), Some(&User("ann"))));
        assert_eq!(three.value::<u32>(), None, "its insides are another type");
        assert_eq!(two.value(), Some(&Request(1)), "a child's value is not its parent's");
        assert_eq!(root.value::<User>(), None);
    });
}

#[test]
fn brothers_have_their_own() {
    everywhere(|| {
        let parent = Context::background().with_value("parent");
        let (left, right) = (parent.with_value("left"), parent.with_value(Request(7)));
        assert_eq!(left.value(), Some(&"left"));
        assert_eq!(right.value(), Some(&"parent"));
        assert_eq!((left.value::<Request>(), right.value()), (None, Some(&Request(7))));
        assert_eq!(parent.value(), Some(&"parent"));
    });
}

/// A clone is the same context; what has ended still has its values.
#[test]
fn clones_are_one() {
    everywhere(|| {
        let (context, cancel) = Context::background().with_value(Request(7)).with_cancel();
        let (other, done) = (context.clone(), context.done().clone());
        drop(context);
        assert_lives(&other);
        cancel.clone().cancel();
        assert_ended(&other, Cancelled);
        assert!(done.recv().is_err());
        assert_eq!(other.value(), Some(&Request(7)));
        let value: *const Request = other.value().expect("it is there");
        assert!(std::ptr::eq(value, other.clone().value().expect("it is there")));
    });
}

/// What the documentation says, and not what Go's linter asks for.
#[test]
fn dropping_the_cancel_does_nothing() {
    everywhere(|| {
        let (context, cancel) = Context::background().with_cancel();
        let clone = cancel.clone();
        drop(cancel);
        assert_lives(&context);
        drop(clone);
        assert_lives(&context);
        let child = context.with_timeout(Duration::ZERO);
        assert_ended(&child, DeadlineExceeded);
        assert_lives(&context);
    });
}

#[test]
fn a_value_lives_as_long_as_somebody_may_ask_for_it() {
    everywhere(|| {
        let drops = Drops::default();
        let (parent, cancel) = Context::background().with_value(drops.value()).with_cancel();
        let child = parent.with_value(Request(7));
        drop(parent);
        cancel.cancel();
        drop(cancel);
        assert!(child.value::<Counted>().is_some());
        assert_eq!(drops.count(), 0);
        drop(child);
        assert_eq!(drops.count(), 1);
    });
}

/// Nobody has cancelled it: the end of the context is no news to who waits.
#[test]
fn done_outlives_a_context_that_was_never_cancelled() {
    everywhere(|| {
        let (context, cancel) = Context::background().with_cancel();
        let done = context.done().clone();
        drop((context, cancel));
        assert_eq!(done.try_recv(), Err(TryRecvError::Empty));

        let context = Context::background().with_timeout(Duration::from_millis(2));
        let done = context.done().clone();
        drop(context);
        assert!(done.recv().is_err(), "it ends at its deadline");
    });
}

/// A server makes one for each request from a single root: nothing of them stays, however they end.
#[test]
fn nothing_stays_of_those_that_have_ended() {
    const REQUESTS: usize = 3000;
    bounded(|| {
        let drops = Drops::default();
        let (root, root_cancel) = Context::background().with_cancel();
        runtime(2).run(|| {
            let requests: Vec<_> = (0..REQUESTS)
                .map(|number| {
                    let context = root.with_value(drops.value());
                    go(move || {
                        let (context, cancel) = match number % 3 {
                            0 => context.with_timeout(Duration::from_millis(2)).with_cancel(),
                            1 => context.with_timeout(HOUR).with_cancel(),
                            _ => context.with_cancel(),
                        };
                        if number % 3 == 1 {
                            cancel.cancel();
                        }
                        if number % 3 != 2 {
                            assert!(context.run(|| context.done().recv()).is_err());
                        }
                    })
                })
                .collect();
            requests.into_iter().for_each(|request| request.join().expect("no panic"));
        });
        assert_eq!(drops.count(), REQUESTS, "the root keeps them alive");
        assert_lives(&root);
        root_cancel.cancel();
        assert_eq!(drops.count(), REQUESTS);
    });
}

/// Somebody is inside when the last handle goes, and leaves by a panic or by a return.
#[test]
fn who_was_inside_keeps_nothing() {
    bounded(|| {
        runtime(2).run(|| {
            let drops = Drops::default();
            let (root, cancel) = Context::background().with_cancel();
            let inside: Vec<_> = (0..100)
                .map(|number| {
                    let context = root.with_value(drops.value());
                    go(move || {
                        context.run(|| {
                            assert!(never::<u8>().recv().is_err());
                            assert_ne!(number, 7, "this one panics");
                        });
                    })
                })
                .collect();
            drop(root);
            assert_eq!(drops.count(), 0);
            cancel.cancel();
            let panics = inside.into_iter().map(|one| one.join()).filter(Result::is_err);
            assert_eq!(panics.count(), 1);
            assert_eq!(drops.count(), 100);
        });
    });
}
