//! Contexts and `shield`; and a context that ends while its coroutine is in a call that this does not concern.

use crate::activity::{parks, until_parked};
use crate::calls;
use crate::eventually::eventually;
use crate::oneshot::oneshot;
use crate::sockets::pair;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{bounded as channel, never};
use gopark::coroutine::Reason::Cancelled;
use gopark::coroutine::cancelled;
use gopark::sync::Semaphore;
use gopark::time::{sleep, try_sleep};
use gopark::{Context, block_on, go, select, shield, try_block_on};
use std::io::{Read, Write};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

const A_WHILE: Duration = Duration::from_millis(5);
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn inside_a_shield_it_does_not_count() {
    let program = || {
        let (context, cancel) = Context::background().with_cancel();
        context.run(|| {
            shield(|| {
                cancel.cancel();
                assert_eq!(cancelled(), None);
                let (sender, receiver) = channel(1);
                assert_eq!(sender.send(7), Ok(()));
                assert_eq!(receiver.recv(), Ok(7));
                assert_eq!(try_sleep(A_WHILE), Ok(()));
                assert_eq!(context.err(), Some(Cancelled), "who asks the context itself is told");
            });
            assert_eq!(try_sleep(HOUR), Err(gopark::Cancelled));
            let late = Context::background().with_timeout(Duration::ZERO);
            late.run(|| shield(|| assert_eq!(try_sleep(A_WHILE), Ok(()))));
        });
    };
    bounded(move || {
        runtime(1).run(program);
        program();
    });
}

/// It waits there when the context is cancelled.
#[test]
fn a_wait_inside_a_shield_goes_on() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let (context, cancel) = Context::background().with_cancel();
            let (sender, receiver) = channel(0);
            let waits = runtime.spawn(move || {
                context.run(|| (shield(|| receiver.recv()), cancelled(), receiver.recv().is_err()))
            });
            until_parked(&runtime, 1);
            cancel.cancel();
            // Time for it to go wrong; what is asserted does not depend on it.
            thread::sleep(A_WHILE);
            assert_eq!(sender.send(7), Ok(()), "it still waits");
            assert_eq!(waits.join().expect("no panic"), (Ok(7), Some(Cancelled), true));
        }
    });
}

/// A context that is entered inside the shield counts, as a deadline that is set there does.
#[test]
fn a_context_inside_a_shield_counts() {
    let program = || {
        let (context, cancel) = Context::background().with_cancel();
        shield(|| {
            context.run(|| {
                assert_eq!(try_sleep(Duration::ZERO), Ok(()));
                cancel.cancel();
                assert_eq!(cancelled(), Some(Cancelled));
                assert!(never::<u8>().recv().is_err());
            });
            assert_eq!(try_sleep(Duration::ZERO), Ok(()));
            let late = Context::background().with_timeout(A_WHILE);
            late.run(|| assert!(never::<u8>().recv().is_err()));
        });
    };
    bounded(move || {
        runtime(1).run(program);
        program();
    });
}

/// The same when it already waits there.
#[test]
fn a_context_inside_a_shield_ends_a_wait() {
    bounded(|| {
        let runtime = runtime(1);
        let (context, cancel) = Context::background().with_cancel();
        let waits = runtime.spawn(move || shield(|| context.run(|| never::<u8>().recv().is_err())));
        until_parked(&runtime, 1);
        cancel.cancel();
        eventually("it is told", || waits.is_finished());
        assert!(waits.join().expect("no panic"));
    });
}

/// Only the innermost context's cancellation counts: whoever waits in that one waits on, and is left in peace.
#[test]
fn an_outer_one_ends_while_one_waits_inside_another() {
    bounded(|| {
        let runtime = runtime(2);
        let (outer, cancel_outer) = Context::background().with_cancel();
        let (inner, cancel_inner) = Context::background().with_cancel();
        let all: Vec<_> = calls::all(Cancelled)
            .into_iter()
            .map(|(_, call)| {
                let (outer, inner) = (outer.clone(), inner.clone());
                runtime.spawn(move || {
                    outer.run(|| {
                        inner.run(call);
                        cancelled()
                    })
                })
            })
            .collect();
        let waits = all.len() as u64;
        until_parked(&runtime, waits);
        cancel_outer.cancel();
        // Time for it to go wrong; what is asserted does not depend on it.
        thread::sleep(4 * A_WHILE);
        assert!(all.iter().all(|one| !one.is_finished()), "it is not theirs");
        assert!(parks(&runtime) <= 3 * waits, "they are woken again and again");
        cancel_inner.cancel();
        all.into_iter().for_each(|one| assert_eq!(one.join().expect("it has failed"), Some(Cancelled)));
    });
}

/// Calls that cannot fail wait on, and return what they promise.
#[test]
fn it_ends_while_one_waits_in_a_call_that_cannot_fail() {
    bounded(|| {
        let runtime = runtime(2);
        let (context, cancel) = Context::background().with_cancel();
        let (brings, gets) = oneshot();
        let inside = [
            runtime.spawn({
                let context = context.clone();
                move || context.run(|| block_on(gets))
            }),
            runtime.spawn({
                let context = context.clone();
                move || {
                    let child = go(|| {
                        sleep(4 * A_WHILE);
                        7
                    });
                    context.run(|| child.join().expect("no panic"))
                }
            }),
            runtime.spawn(move || {
                let begun = Instant::now();
                context.run(|| sleep(4 * A_WHILE));
                assert!(begun.elapsed() >= 4 * A_WHILE);
                7
            }),
        ];
        until_parked(&runtime, 4);
        cancel.cancel();
        thread::sleep(A_WHILE);
        assert!(!inside[0].is_finished());
        brings.bring(7);
        inside.into_iter().for_each(|one| assert_eq!(one.join().expect("no panic"), 7));
    });
}

/// It ended while its coroutine computed, which then has left it: no later call notices anything of that.
#[test]
fn a_cancellation_that_found_nobody_waiting_leaves_nothing() {
    fn ends_unnoticed() {
        let (context, cancel) = Context::background().with_cancel();
        context.run(|| cancel.cancel());
        assert_eq!(cancelled(), None);
    }
    /// In each call, something else is done meanwhile by somebody else, a while later.
    fn meanwhile<R>(does: impl FnOnce() + Send + 'static, call: impl FnOnce() -> R) -> R {
        let thread = thread::spawn(move || {
            thread::sleep(A_WHILE);
            does();
        });
        ends_unnoticed();
        let result = call();
        gopark::blocking(|| thread.join()).expect("no panic");
        result
    }
    let program = || {
        let (sender, receiver) = channel(0);
        let (sends, receives) = (sender.clone(), receiver.clone());
        assert_eq!(meanwhile(move || assert_eq!(sends.send(7), Ok(())), || receiver.recv()), Ok(7));
        assert_eq!(meanwhile(move || assert_eq!(receives.recv(), Ok(8)), || sender.send(8)), Ok(()));
        let sends = sender.clone();
        let value = meanwhile(
            move || assert_eq!(sends.send(9), Ok(())),
            || select! { recv(receiver) -> value => value, recv(never()) -> value => value },
        );
        assert_eq!(value, Ok(9));
        let (near, far) = pair();
        let read = meanwhile(move || drop((&far).write(b"x")), || (&near).read(&mut [0; 8]));
        assert_eq!(read.expect("an open socket"), 1);
        let (brings, gets) = oneshot();
        assert_eq!(meanwhile(|| brings.bring(7), || try_block_on(gets)), Ok(7));
        let permits = Arc::new(Semaphore::new(0));
        let adds = permits.clone();
        meanwhile(move || adds.add_permits(1), || permits.acquire_timeout(HOUR).map(drop)).expect("a permit");

        let lasts = |what: &str, call: &dyn Fn() -> bool| {
            ends_unnoticed();
            let begun = Instant::now();
            assert!(call(), "{what}");
            assert!(begun.elapsed() >= A_WHILE, "{what}");
        };
        lasts("try_sleep", &|| try_sleep(A_WHILE).is_ok());
        lasts("sleep", &|| {
            sleep(A_WHILE);
            true
        });
        lasts("recv_timeout", &|| receiver.recv_timeout(A_WHILE).is_err_and(|error| error.is_timeout()));
        lasts("send_timeout", &|| sender.send_timeout(7, A_WHILE).is_err_and(|error| error.is_timeout()));
        lasts("default", &|| select! { recv(receiver) -> _ => false, default(A_WHILE) => true });
        lasts("acquire_timeout", &|| Semaphore::new(0).acquire_timeout(A_WHILE).is_err());
    };
    bounded(move || {
        [1, 2].into_iter().for_each(|workers| runtime(workers).run(program));
        program();
    });
}
