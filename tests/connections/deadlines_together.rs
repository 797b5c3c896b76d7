//! Deadlines of sockets together with what else ends calls: timeouts, ambient deadlines, contexts, cancellation.

use std::io::{ErrorKind, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use gopark::coroutine::{Reason, cancelled};
use gopark::{Context, go, is_cancelled, is_timeout, with_timeout};

use crate::loopback::pair;
use crate::parked::{parks, until_parked};
use crate::waiting_calls::{self, WaitingCall};
use crate::watchdog::bounded;
use crate::workers::runtime;

const SOON: Duration = Duration::from_millis(20);
const HOUR: Duration = Duration::from_secs(3600);

fn soon() -> Option<Instant> {
    Some(Instant::now() + SOON)
}

fn in_an_hour() -> Option<Instant> {
    Some(Instant::now() + HOUR)
}

/// Has a coroutine, and then a plain thread, check one call of every kind that `choose` leaves.
fn each(choose: fn(&WaitingCall) -> bool, check: fn(WaitingCall)) {
    bounded(move || {
        let runtime = runtime(2);
        for call in waiting_calls::all().into_iter().filter(choose) {
            runtime.spawn(move || check(call)).join().unwrap();
        }
        waiting_calls::all().into_iter().filter(choose).for_each(check);
    });
}

fn has_timeout(call: &WaitingCall) -> bool {
    call.within.is_some()
}

fn of_all(_: &WaitingCall) -> bool {
    true
}

fn within(call: &WaitingCall, timeout: Option<Duration>) {
    call.within.as_ref().expect("only a listener has none")(timeout);
}

#[test]
fn a_timeout_that_comes_first_is_a_timeout() {
    each(has_timeout, |call| {
        (call.until)(in_an_hour());
        within(&call, Some(SOON));
        for _ in 0..3 {
            let begun = Instant::now();
            let expired = (call.call)().expect_err(call.name);
            assert_eq!(expired.kind(), ErrorKind::WouldBlock, "{}: {expired:?}", call.name);
            assert!(!is_timeout(&expired) && begun.elapsed() >= SOON, "{}", call.name);
        }
        (call.until)(soon());
        within(&call, None);
        assert!(is_timeout(&(call.call)().expect_err(call.name)), "{}", call.name);
    });
}

#[test]
fn a_deadline_that_comes_first_is_a_deadline() {
    each(has_timeout, |call| {
        let deadline = soon();
        (call.until)(deadline);
        within(&call, Some(HOUR));
        let over = (call.call)().expect_err(call.name);
        assert!(is_timeout(&over) && !is_cancelled(&over), "{}: {over:?}", call.name);
        assert!(Some(Instant::now()) >= deadline, "{}", call.name);

        // It has no more to say; the timeout has.
        (call.until)(None);
        within(&call, Some(SOON));
        let expired = (call.call)().expect_err(call.name);
        assert_eq!(expired.kind(), ErrorKind::WouldBlock, "{}: {expired:?}", call.name);
    });
}

/// A timeout is read when a call begins, a deadline whenever it waits.
#[test]
fn a_deadline_that_is_moved_leaves_the_timeout_as_it_is() {
    each(has_timeout, |call| {
        within(&call, Some(2 * SOON));
        (call.until)(in_an_hour());
        let until = call.until.clone();
        let mover = thread::spawn(move || {
            for _ in 0..20 {
                // On and back.
                until(Some(Instant::now() + 2 * HOUR));
                until(in_an_hour());
                thread::sleep(Duration::from_millis(1));
            }
        });
        let begun = Instant::now();
        let expired = (call.call)().expect_err(call.name);
        assert_eq!(expired.kind(), ErrorKind::WouldBlock, "{}: {expired:?}", call.name);
        assert!(begun.elapsed() >= 2 * SOON, "{}: too early", call.name);
        mover.join().unwrap();
    });
}

#[test]
fn an_ambient_deadline_that_comes_first_is_heeded() {
    each(of_all, |mut call| {
        (call.until)(in_an_hour());
        with_timeout(SOON, || {
            let over = (call.call)().expect_err(call.name);
            assert!(is_timeout(&over) && !is_cancelled(&over), "{}: {over:?}", call.name);
            assert!(over.get_ref().is_some_and(|why| why.is::<gopark::Cancelled>()), "{over:?}");
            assert_eq!(cancelled(), Some(Reason::DeadlineExceeded), "{}", call.name);
        });
        (call.serve)();
        assert!((call.call)().is_ok(), "{}", call.name);
    });
}

#[test]
fn within_an_ambient_deadline_that_of_the_socket_is_heeded() {
    each(of_all, |mut call| {
        with_timeout(HOUR, || {
            let deadline = soon();
            (call.until)(deadline);
            let over = (call.call)().expect_err(call.name);
            assert!(is_timeout(&over), "{}: {over:?}", call.name);
            assert!(!over.get_ref().is_some_and(|why| why.is::<gopark::Cancelled>()), "{over:?}");
            assert!(Some(Instant::now()) >= deadline);
            assert_eq!(cancelled(), None, "{}: nothing has stopped the coroutine", call.name);
            (call.until)(None);
            (call.serve)();
            assert!((call.call)().is_ok(), "{}", call.name);
        });
    });
}

#[test]
fn cancellation_is_told_from_it() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let calls = waiting_calls::all();
            let before = parks(&runtime);
            let begun: Vec<_> = calls
                .iter()
                .map(|of| {
                    (of.until)(in_an_hour());
                    let call = of.call.clone();
                    runtime.spawn(move || call())
                })
                .collect();
            until_parked(&runtime, before + calls.len() as u64);
            for (of, begun) in calls.iter().zip(begun) {
                begun.cancel();
                let error = begun.join().unwrap().expect_err(of.name);
                assert!(is_cancelled(&error) && !is_timeout(&error), "{}: {error:?}", of.name);
            }
        }
    });
}

#[test]
fn a_context_is_told_from_it() {
    bounded(|| {
        runtime(2).run(|| {
            let (context, cancel) = Context::background().with_cancel();
            let (mut a, mut b) = pair();
            a.set_read_deadline(in_an_hour()).unwrap();
            let reader = go({
                let mut a = a.try_clone().unwrap();
                move || context.run(|| a.read(&mut [0; 8]))
            });
            gopark::time::sleep(SOON);
            cancel.cancel();
            assert!(is_cancelled(&reader.join().unwrap().unwrap_err()));

            // The socket is as it was.
            b.write_all(b"x").unwrap();
            assert_eq!(a.read(&mut [0; 8]).unwrap(), 1);
            a.set_read_deadline(soon()).unwrap();
            assert!(is_timeout(&a.read(&mut [0; 8]).unwrap_err()));
        });
    });
}
