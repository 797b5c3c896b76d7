//! `no_park`: a wait inside panics instead of switching; calls that need not wait go through.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{current, no_park, park, park_timeout};
use gopark::net::{TcpListener, TcpStream};
use gopark::time::{sleep, sleep_until};
use gopark::{go, yield_now};
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Whether `wait` is refused inside `no_park`, with a text that says so.
fn is_refused<R>(wait: impl FnOnce() -> R) -> bool {
    let Err(payload) = catch_unwind(AssertUnwindSafe(|| no_park(wait))) else { return false };
    payload.downcast_ref::<String>().is_some_and(|text| text.contains("no_park"))
}

#[test]
fn waits_panic() {
    bounded(|| {
        runtime(2).run(|| {
            assert!(is_refused(yield_now), "yield_now");
            assert!(is_refused(park), "park");
            assert!(is_refused(|| park_timeout(Duration::from_millis(1))), "park_timeout");
            assert!(is_refused(|| sleep(Duration::from_millis(1))), "sleep");
            assert!(is_refused(|| sleep_until(Instant::now() + Duration::from_secs(1))), "sleep_until");
            let parked = go(park);
            let target = parked.coroutine().clone();
            assert!(is_refused(|| parked.join_timeout(Duration::from_secs(1))), "join_timeout");
            assert!(is_refused(|| parked.join()), "join");
            target.unpark();
            assert!(is_refused(|| crate::run::run(|| sleep(Duration::from_millis(20)))), "run");
            let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
            assert!(is_refused(|| listener.accept()), "accept");
            let conn = TcpStream::connect(listener.local_addr().expect("bound")).expect("a connection");
            assert!(is_refused(|| (&conn).read(&mut [0])), "read");
            assert!(listener.accept().is_ok(), "the listener works afterwards");
        });
    });
}

#[test]
fn calls_that_need_not_wait_go_through() {
    bounded(|| {
        runtime(2).run(|| {
            let finished = go(|| 7);
            assert!(finished.join_timeout(Duration::MAX));
            let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
            let address = listener.local_addr().expect("bound");
            let mut client = TcpStream::connect(address).expect("a connection");
            let (mut server, _) = listener.accept().expect("a connection");
            client.write_all(b"xy").expect("a reader");
            server.read_exact(&mut [0]).expect("one of two bytes");
            let spawned = no_park(|| {
                server.read_exact(&mut [0]).expect("the second byte has come with the first");
                server.write_all(b"z").expect("there is room");
                sleep(Duration::ZERO);
                sleep_until(Instant::now());
                assert!(finished.is_finished());
                assert!(finished.join_timeout(Duration::ZERO));
                assert_eq!(finished.join().expect("no panic"), 7);
                assert!(gopark::metrics().live > 0);
                current().expect("inside").unpark();
                go(|| 8)
            });
            assert_eq!(spawned.join().expect("no panic"), 8);
        });
    });
}

/// With the token there, `park` would not have had to wait.
#[test]
fn a_park_that_finds_its_token_goes_through() {
    bounded(|| {
        runtime(1).run(|| {
            let me = current().expect("inside");
            me.unpark();
            assert!(catch_unwind(|| no_park(park)).is_ok());
            me.unpark();
            assert!(catch_unwind(|| no_park(|| park_timeout(Duration::from_secs(1)))).is_ok());
        });
    });
}

#[test]
fn sections_nest_and_end_with_a_panic_too() {
    bounded(|| {
        runtime(1).run(|| {
            no_park(|| {
                no_park(|| ());
                assert!(catch_unwind(yield_now).is_err(), "the outer section still holds");
                assert!(catch_unwind(|| no_park(|| panic!("inside"))).is_err());
                assert!(catch_unwind(yield_now).is_err(), "the outer section still holds");
            });
            yield_now();
            assert!(is_refused(yield_now));
            yield_now();
            sleep(Duration::from_micros(1));
            assert_eq!(go(|| 3).join().expect("no panic"), 3);
        });
    });
}

#[test]
fn a_section_is_its_coroutines_alone() {
    bounded(|| {
        runtime(1).run(|| {
            // A child of the section is another coroutine.
            no_park(|| go(yield_now)).join().expect("it may wait");
            assert_eq!(no_park(|| "result"), "result");
        });
        // A plain thread never switches, so nothing is refused there.
        no_park(|| {
            yield_now();
            sleep(Duration::from_micros(1));
        });
    });
}

/// `run` lends to its closure what the caller owns; so however it ends, the closure must not run on behind it.
#[test]
fn a_refused_run_leaves_its_closure_not_running() {
    bounded(|| {
        let (outer, inner) = (runtime(1), runtime(1));
        let state = Arc::new(AtomicUsize::new(0));
        let seen = state.clone();
        outer.run(|| {
            let refused = is_refused(|| {
                inner.run(move || {
                    seen.store(1, Ordering::SeqCst);
                    sleep(Duration::from_millis(20));
                    seen.store(2, Ordering::SeqCst);
                });
            });
            let at_the_refusal = state.load(Ordering::SeqCst);
            sleep(Duration::from_millis(100));
            let later = state.load(Ordering::SeqCst);
            assert_eq!(at_the_refusal, later, "the closure ran on after `run` had ended");
            assert!(refused);
        });
    });
}

/// The refusal names the coroutine, so that the section can be found.
#[test]
fn the_panic_says_which_coroutine() {
    bounded(|| {
        runtime(1).run(|| {
            let spawned = gopark::coroutine::Builder::new().name("guarded").spawn(|| no_park(yield_now));
            let payload = spawned.expect("a coroutine").join().expect_err("refused");
            let text = payload.downcast_ref::<String>().expect("a text");
            assert!(text.contains("guarded") && text.contains("no_park"), "{text}");
        });
    });
}

/// Calls whose time is over do not wait.
#[test]
fn a_timeout_of_zero_waits_for_nothing() {
    bounded(|| {
        runtime(1).run(|| {
            let (sender, receiver) = gopark::chan::bounded(1);
            sender.send(1).expect("there is room");
            let idle = gopark::chan::never::<u8>();
            let other = gopark::go(gopark::coroutine::park);
            no_park(|| {
                assert!(sender.send_timeout(2, Duration::ZERO).is_err());
                assert!(idle.recv_timeout(Duration::ZERO).is_err());
                assert!(!other.join_timeout(Duration::ZERO));
                assert!(select_for_no_time(&idle));
            });
            assert_eq!(receiver.recv(), Ok(1));
            other.coroutine().unpark();
        });
    });
}

fn select_for_no_time(idle: &gopark::chan::Receiver<u8>) -> bool {
    let mut select = gopark::chan::Select::new();
    select.recv(idle);
    select.recv(idle);
    select.select_timeout(Duration::ZERO).is_err() && select.ready_timeout(Duration::ZERO).is_err()
}
