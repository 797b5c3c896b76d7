//! `Context`: what ends one, whom that reaches, and why it says that it has ended. As Go's package of that name.

use crate::activity::until_parked;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::Context;
use gopark::chan::bounded as channel;
use gopark::coroutine::Reason::{self, Cancelled, DeadlineExceeded};
use gopark::select;
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);

/// On a worker, on two, and on a plain thread without a runtime.
pub(crate) fn everywhere(body: fn()) {
    bounded(move || {
        [1, 2].into_iter().for_each(|workers| runtime(workers).run(body));
        body();
    });
}

#[track_caller]
pub(crate) fn assert_lives(context: &Context) {
    assert_eq!(context.err(), None);
    assert!(context.done().try_recv().is_err_and(|error| error.is_empty()), "`done` has ended");
}

/// `done` and `err` say the same.
#[track_caller]
pub(crate) fn assert_ended(context: &Context, why: Reason) {
    assert_eq!(context.err(), Some(why));
    assert!(context.done().try_recv().is_err_and(|error| error.is_disconnected()), "`done` lasts");
    assert!(context.done().recv().is_err());
    select! {
        recv(context.done()) -> end => assert!(end.is_err()),
        default => panic!("`done` cannot happen"),
    }
}

#[test]
fn the_background_is_never_done() {
    everywhere(|| {
        let background = Context::background();
        assert_lives(&background);
        let patience = background.done().recv_timeout(Duration::from_millis(2));
        assert!(patience.is_err_and(|error| error.is_timeout()));
        select! {
            recv(background.done()) -> _ => panic!("it is done"),
            default(Duration::from_millis(2)) => {},
        }
        assert_lives(&background);
    });
}

#[test]
fn a_cancelled_one_is_done_at_once_and_for_good() {
    everywhere(|| {
        let (context, cancel) = Context::background().with_cancel();
        assert_lives(&context);
        cancel.cancel();
        assert_ended(&context, Cancelled);
        cancel.cancel();
        cancel.clone().cancel();
        assert_ended(&context, Cancelled);
    });
}

/// Five generations of all kinds, and the lines beside them.
#[test]
fn a_parents_cancel_reaches_its_descendants_only() {
    everywhere(|| {
        let (root, _root_cancel) = Context::background().with_cancel();
        let (parent, cancel) = root.with_cancel();
        let (sibling, _sibling_cancel) = root.with_cancel();
        let nephew = sibling.with_timeout(HOUR);
        let with_value = parent.with_value("child");
        let (grandchild, _) = with_value.with_cancel();
        let timed = grandchild.with_timeout(HOUR);
        let youngest = timed.with_deadline(Instant::now() + HOUR).with_value(7);
        let family = [&parent, &with_value, &grandchild, &timed, &youngest];
        family.into_iter().for_each(assert_lives);
        cancel.cancel();
        family.into_iter().for_each(|one| assert_ended(one, Cancelled));
        [&root, &sibling, &nephew].into_iter().for_each(assert_lives);
    });
}

#[test]
fn a_childs_cancel_reaches_no_ancestor() {
    everywhere(|| {
        let (parent, parent_cancel) = Context::background().with_cancel();
        let middle = parent.with_value("middle");
        let (child, cancel) = middle.with_cancel();
        let brother = middle.with_timeout(HOUR);
        cancel.cancel();
        assert_ended(&child, Cancelled);
        [&parent, &middle, &brother].into_iter().for_each(assert_lives);
        parent_cancel.cancel();
        [&parent, &middle, &child, &brother].into_iter().for_each(|one| assert_ended(one, Cancelled));
    });
}

/// Go: a context that is made from one that has ended has ended.
#[test]
fn a_child_of_one_that_has_ended_has_ended() {
    everywhere(|| {
        let (parent, cancel) = Context::background().with_cancel();
        cancel.cancel();
        let (child, _) = parent.with_cancel();
        for late in
            [child, parent.with_value(7), parent.with_timeout(HOUR), parent.with_value(7).with_value(8)]
        {
            assert_ended(&late, Cancelled);
        }
        let parent = Context::background().with_timeout(Duration::ZERO);
        let (child, cancel) = parent.with_cancel();
        for late in [child, parent.with_value(7), parent.with_timeout(HOUR)] {
            assert_ended(&late, DeadlineExceeded);
        }
        cancel.cancel();
    });
}

/// Somebody waits before it ends, in each of the ways in which one can wait for it.
#[test]
fn who_waits_learns_of_it() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let (context, cancel) = Context::background().with_value("asked").with_cancel();
            let child = context.with_timeout(HOUR);
            let (_sender, receiver) = channel::<u8>(0);
            let waits: [Box<dyn FnOnce() -> bool + Send>; 4] = [
                Box::new({
                    let context = context.clone();
                    move || context.done().recv().is_err()
                }),
                Box::new({
                    let done = child.done().clone();
                    move || done.iter().next().is_none()
                }),
                Box::new({
                    let (child, receiver) = (child.clone(), receiver.clone());
                    move || select! { recv(receiver) -> _ => false, recv(child.done()) -> end => end.is_err() }
                }),
                Box::new(move || child.done().recv_timeout(HOUR).is_err_and(|error| error.is_disconnected())),
            ];
            let waits = waits.map(|waits| runtime.spawn(waits));
            until_parked(&runtime, 4);
            assert!(waits.iter().all(|one| !one.is_finished()), "nobody has cancelled it");
            cancel.cancel();
            waits.into_iter().for_each(|one| assert!(one.join().expect("no panic")));
        }
    });
}
