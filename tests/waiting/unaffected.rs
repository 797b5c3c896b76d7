//! Calls that cannot fail: neither a deadline nor a cancellation changes what they do.

use crate::oneshot::oneshot;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{cancelled, current, park};
use gopark::time::{sleep, sleep_until};
use gopark::{block_on, blocking, go, scope, with_timeout, yield_now};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const A_WHILE: Duration = Duration::from_millis(5);

/// Somebody works for a while; nobody may go on before.
fn works() {
    sleep(A_WHILE);
}

/// What each of them promises, to a caller who is stopped.
fn keep_their_promises() {
    assert!(cancelled().is_some(), "the caller is stopped");

    let begun = Instant::now();
    sleep(A_WHILE);
    assert!(begun.elapsed() >= A_WHILE, "sleep");

    let until = Instant::now() + A_WHILE;
    sleep_until(until);
    assert!(Instant::now() >= until, "sleep_until");

    let child = go(|| {
        works();
        7
    });
    assert_eq!(child.join().expect("no panic"), 7, "join");

    let child = go(works);
    assert!(child.join_timeout(Duration::from_secs(30)), "join_timeout");
    assert!(child.is_finished());

    let (brings, gets) = oneshot();
    go(move || {
        works();
        brings.bring(7);
    });
    assert_eq!(block_on(gets), 7, "block_on");

    let done = AtomicBool::new(false);
    scope(|s| {
        s.go(|| {
            works();
            done.store(true, Ordering::SeqCst);
        });
    });
    assert!(done.load(Ordering::SeqCst), "the end of a scope");

    let text = String::from("borrowed");
    let length = blocking(|| {
        std::thread::sleep(A_WHILE);
        text.len()
    });
    assert_eq!(length, 8, "blocking");

    yield_now();
    assert!(cancelled().is_some(), "nothing of it has changed that");
}

/// `park` waits for its token. It may return without one, but not more often than it is called.
fn parks_until_it_is_told() {
    let me = current().expect("a coroutine");
    let told = std::sync::Arc::new(AtomicBool::new(false));
    let tells = told.clone();
    go(move || {
        works();
        tells.store(true, Ordering::SeqCst);
        me.unpark();
    });
    let mut returns = 0;
    while !told.load(Ordering::SeqCst) {
        park();
        returns += 1;
    }
    assert!(returns < 100, "park has returned {returns} times without a token");
}

#[test]
fn past_a_deadline() {
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                with_timeout(Duration::ZERO, || {
                    keep_their_promises();
                    parks_until_it_is_told();
                });
            });
        }
    });
}

#[test]
fn past_a_deadline_on_a_plain_thread() {
    bounded(|| {
        let runtime = runtime(2);
        let _current = runtime.enter();
        with_timeout(Duration::ZERO, keep_their_promises);
    });
}

#[test]
fn after_a_cancellation() {
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                let stopped = go(|| {
                    while cancelled().is_none() {
                        yield_now();
                    }
                    keep_their_promises();
                    parks_until_it_is_told();
                });
                stopped.cancel();
                stopped.join().expect("they keep their promises");
            });
        }
    });
}

/// The deadline comes, or the cancellation, while it waits.
#[test]
fn a_join_that_waits_goes_on() {
    bounded(|| {
        runtime(1).run(|| {
            let waits = go(|| {
                with_timeout(Duration::from_millis(1), || {
                    let child = go(|| {
                        sleep(Duration::from_millis(20));
                        7
                    });
                    child.join().expect("no panic")
                })
            });
            yield_now();
            waits.cancel();
            assert_eq!(waits.join().expect("no panic"), 7);
        });
    });
}
