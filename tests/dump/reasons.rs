//! What a coroutine waits for, where it is neither a channel, a lock nor a socket.

use std::future::poll_fn;
use std::sync::mpsc;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use crate::looks::{is_waiting, seen, wait_of};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{park, park_timeout};
use gopark::dump::WaitsFor;
use gopark::time::{sleep_until, try_sleep};
use gopark::{block_on, blocking, go};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_token() {
    bounded(|| {
        runtime(2).run(|| {
            let parked = go(park);
            assert_eq!(wait_of(&parked), WaitsFor::Unpark);
            assert_eq!(wait_of(&parked).to_string(), "until it is unparked");
            let timed = go(|| park_timeout(HOUR));
            assert_eq!(wait_of(&timed), WaitsFor::Unpark);
            for handle in [parked, timed] {
                handle.coroutine().unpark();
                handle.join().unwrap();
            }
        });
    });
}

#[test]
fn a_moment() {
    bounded(|| {
        runtime(2).run(|| {
            let begun = Instant::now();
            let due = begun + HOUR;
            let sleeper = go(|| try_sleep(HOUR));
            let WaitsFor::Time { due_in, .. } = wait_of(&sleeper) else { panic!("it sleeps") };
            assert!(due_in <= HOUR + begun.elapsed(), "{due_in:?}");
            assert!(due_in >= HOUR - begun.elapsed() - HOUR / 20, "{due_in:?}");
            sleeper.cancel();
            sleeper.join().unwrap().unwrap_err();

            let soon = Instant::now() + Duration::from_millis(300);
            let until = go(move || sleep_until(soon));
            let WaitsFor::Time { due_in, .. } = wait_of(&until) else { panic!("it sleeps") };
            assert!(due_in <= Duration::from_millis(310), "{due_in:?}");
            until.join().unwrap();
            assert!(Instant::now() < due, "an hour has not passed");
        });
    });
}

/// Behind a worker that is kept, a moment has come and the sleeper has not gone on.
#[test]
fn a_moment_that_has_come() {
    bounded(|| {
        let runtime = crate::policy::builder().workers(1).max_machines(1).build().unwrap();
        let sleeper = runtime.spawn(|| gopark::time::sleep(Duration::from_millis(150)));
        wait_of(&sleeper);
        let (over, is_over) = mpsc::channel::<()>();
        let hog = runtime.spawn(move || is_over.recv());
        let late = seen(
            &sleeper,
            "it is due",
            |look| matches!(look.waits_for, Some(WaitsFor::Time { due_in: Duration::ZERO, overdue_by }) if !overdue_by.is_zero()),
        );
        assert!(late.in_state_for >= Duration::from_millis(100), "{late:?}");
        drop(over);
        hog.join().unwrap().unwrap_err();
        sleeper.join().unwrap();
    });
}

#[test]
fn the_end_of_another_one() {
    bounded(|| {
        runtime(2).run(|| {
            let target = go(park);
            let (id, coroutine) = (target.coroutine().id(), target.coroutine().clone());
            let joiner = go(move || target.join());
            assert_eq!(wait_of(&joiner), WaitsFor::Join { coroutine: id });
            assert_eq!(wait_of(&joiner).to_string(), format!("for the end of coroutine {id}"));
            coroutine.unpark();
            joiner.join().unwrap().unwrap();

            let target = go(park);
            let (id, coroutine) = (target.coroutine().id(), target.coroutine().clone());
            let joiner = go(move || target.join_timeout(HOUR));
            assert_eq!(wait_of(&joiner), WaitsFor::Join { coroutine: id });
            coroutine.unpark();
            assert!(joiner.join().unwrap());
        });
    });
}

#[test]
fn those_of_a_scope() {
    bounded(|| {
        runtime(2).run(|| {
            let (send, receive) = gopark::chan::bounded(1);
            let owner = go(move || {
                gopark::scope(|scope| {
                    let inner = scope.go(park);
                    send.send(inner.coroutine().clone()).unwrap();
                });
            });
            let inner = receive.recv().unwrap();
            let look = seen(&owner, "it waits", is_waiting);
            assert!(matches!(look.waits_for, Some(WaitsFor::Scope { alive: 1 })), "{look:#?}");
            let call = look.stack[0].function.as_deref().unwrap_or_default();
            assert!(call.contains("scope"), "{look:#?}");
            inner.unpark();
            owner.join().unwrap();
        });
    });
}

#[test]
fn a_blocking_call() {
    bounded(|| {
        runtime(2).run(|| {
            let (over, is_over) = mpsc::channel::<()>();
            let blocks = go(move || blocking(move || is_over.recv().is_err()));
            assert_eq!(wait_of(&blocks), WaitsFor::Blocking);
            drop(over);
            assert!(blocks.join().unwrap());
        });
    });
}

#[test]
fn a_future() {
    bounded(|| {
        runtime(2).run(|| {
            let (send, receive) = mpsc::channel();
            let mut polls = 0;
            let awaits = go(move || {
                block_on(poll_fn(move |task| {
                    polls += 1;
                    send.send(task.waker().clone()).unwrap();
                    if polls == 1 { Poll::Pending } else { Poll::Ready(()) }
                }));
            });
            assert_eq!(wait_of(&awaits), WaitsFor::Future);
            receive.recv().unwrap().wake();
            awaits.join().unwrap();
        });
    });
}

/// Threads wait as well, and are none of the coroutines.
#[test]
fn plain_threads_are_not_told_of() {
    bounded(|| {
        let (send, receive) = gopark::chan::bounded::<()>(0);
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            tell.send(gopark::coroutine::current().map(|own| own.id())).unwrap();
            receive.recv()
        });
        assert_eq!(told.recv().unwrap(), None);
        let ids = gopark::dump().coroutines.into_iter().map(|look| look.id).collect::<Vec<_>>();
        assert!(!ids.contains(&0));
        drop(send);
        thread.join().unwrap().unwrap_err();
    });
}
