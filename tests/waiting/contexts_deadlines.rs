//! Deadlines of contexts: when they end one, and what it says of its end if something else has ended it as well.

use crate::contexts::{assert_ended, assert_lives, everywhere};
use gopark::Context;
use gopark::chan::bounded as channel;
use gopark::coroutine::Reason::{Cancelled, DeadlineExceeded};
use gopark::select;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_millis(20);
const HOUR: Duration = Duration::from_secs(3600);

/// Waits until it ends by itself, which it does not do before `until`.
#[track_caller]
fn assert_ends_at(context: &Context, until: Instant) {
    assert!(context.done().recv().is_err());
    assert!(Instant::now() >= until, "too early");
    assert_ended(context, DeadlineExceeded);
}

#[test]
fn a_timeout_ends_it_and_not_before() {
    everywhere(|| {
        let until = Instant::now() + SOON;
        assert_ends_at(&Context::background().with_timeout(SOON), until);
        let until = Instant::now() + SOON;
        assert_ends_at(&Context::background().with_deadline(until), until);
        // Also where somebody waits for more than the one.
        let until = Instant::now() + SOON;
        let context = Context::background().with_timeout(SOON);
        let (_sender, receiver) = channel::<u8>(0);
        select! {
            recv(receiver) -> _ => panic!("nobody sends"),
            recv(context.done()) -> end => assert!(end.is_err() && Instant::now() >= until),
        }
    });
}

#[test]
fn the_earlier_deadline_counts() {
    everywhere(|| {
        let parent = Context::background().with_timeout(HOUR);
        let until = Instant::now() + SOON;
        assert_ends_at(&parent.with_timeout(SOON), until);
        assert_lives(&parent);

        let until = Instant::now() + SOON;
        let parent = Context::background().with_deadline(until);
        let children = [
            parent.with_timeout(HOUR),
            parent.with_deadline(until + HOUR),
            parent.with_timeout(Duration::MAX),
            parent.with_cancel().0,
            parent.with_value(7).with_value("seven"),
        ];
        children.iter().for_each(|child| assert_ends_at(child, until));
        assert_ended(&parent, DeadlineExceeded);
    });
}

#[test]
fn deadlines_of_all_sizes() {
    everywhere(|| {
        let background = Context::background();
        assert_ended(&background.with_timeout(Duration::ZERO), DeadlineExceeded);
        assert_ended(&background.with_deadline(Instant::now()), DeadlineExceeded);
        if let Some(past) = Instant::now().checked_sub(Duration::from_secs(1)) {
            assert_ended(&background.with_deadline(past), DeadlineExceeded);
            assert_ended(&background.with_deadline(past).with_timeout(HOUR), DeadlineExceeded);
        }
        let endless = background.with_timeout(Duration::MAX);
        assert_lives(&endless);
        let (child, cancel) = endless.with_timeout(Duration::MAX - HOUR).with_cancel();
        assert_lives(&child);
        cancel.cancel();
        assert_ended(&child, Cancelled);
        assert_lives(&endless);
    });
}

/// Go: what `Err` has said once it says for good. Here: a cancellation that comes late changes nothing.
#[test]
fn a_deadline_that_came_first_stays_the_reason() {
    everywhere(|| {
        let (parent, cancel) = Context::background().with_cancel();
        let (child, child_cancel) = parent.with_timeout(Duration::ZERO).with_cancel();
        assert_ended(&child, DeadlineExceeded);
        child_cancel.cancel();
        assert_ended(&child, DeadlineExceeded);
        cancel.cancel();
        assert_ended(&child, DeadlineExceeded);
        assert_ended(&parent, Cancelled);
    });
}

/// The other order.
#[test]
fn a_cancellation_that_came_first_stays_the_reason() {
    everywhere(|| {
        let until = Instant::now() + SOON;
        let (context, cancel) = Context::background().with_deadline(until).with_cancel();
        cancel.cancel();
        let child = context.with_timeout(HOUR);
        while Instant::now() < until {
            assert!(context.done().recv().is_err());
            gopark::time::sleep(Duration::from_millis(1));
        }
        assert_ended(&context, Cancelled);
        assert_ended(&child, Cancelled);
    });
}
