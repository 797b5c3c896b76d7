//! The token of `park`: one for each coroutine, set by `unpark`, taken by `park` and by nothing else.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{current, park, park_timeout};
use gopark::net::{TcpListener, TcpStream};
use gopark::time::sleep;
use gopark::{go, yield_now};
use std::io::{Read, Write};
use std::time::{Duration, Instant};

/// Longer than any test may take: a `park_timeout` of it that returns has found a token.
const FOR_EVER: Duration = Duration::from_secs(1 << 20);
/// A wait that runs to its end shows that there was no token.
const SHORT: Duration = Duration::from_millis(5);

fn unpark_self() {
    current().expect("in a coroutine").unpark();
}

/// Whether a token is there; takes it.
fn token_is_there() -> bool {
    let start = Instant::now();
    park_timeout(SHORT);
    start.elapsed() < SHORT
}

#[test]
fn a_token_set_before_the_park_ends_it_at_once() {
    bounded(|| {
        runtime(1).run(|| {
            for _ in 0..100 {
                unpark_self();
                park();
                unpark_self();
                park_timeout(FOR_EVER);
                unpark_self();
                park_timeout(Duration::MAX);
            }
            assert!(!token_is_there());
        });
    });
}

#[test]
fn two_unparks_make_one_token() {
    bounded(|| {
        runtime(1).run(|| {
            unpark_self();
            unpark_self();
            park();
            assert!(!token_is_there());
            let me = current().expect("in a coroutine");
            go(move || (0..10).for_each(|_| me.unpark())).join().expect("no panic");
            park();
            assert!(!token_is_there());
        });
    });
}

#[test]
fn a_park_that_times_out_leaves_no_token_and_takes_none_that_comes_later() {
    bounded(|| {
        runtime(1).run(|| {
            assert!(!token_is_there());
            assert!(!token_is_there());
            unpark_self();
            park();
            park_timeout(Duration::ZERO);
            unpark_self();
            park_timeout(Duration::ZERO);
            assert!(!token_is_there(), "a park without patience takes the token all the same");
        });
    });
}

#[test]
fn no_other_wait_consumes_the_token() {
    bounded(|| {
        runtime(2).run(|| {
            let waits: [(&str, fn()); 6] = [
                ("yield_now", yield_now),
                ("sleep", || sleep(Duration::from_millis(1))),
                ("join", || go(|| sleep(Duration::from_millis(1))).join().expect("no panic")),
                ("join_timeout", || {
                    let late = go(|| sleep(2 * SHORT));
                    assert!(!late.join_timeout(Duration::from_millis(1)));
                    late.join().expect("no panic");
                }),
                ("run", || crate::run::run(|| sleep(Duration::from_millis(1)))),
                ("net", echo_once),
            ];
            for (name, wait) in waits {
                unpark_self();
                wait();
                assert!(token_is_there(), "{name} took the token");
            }
        });
    });
}

/// Accept, connect, a read that waits, and a write.
fn echo_once() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("bound");
    let client = go(move || {
        sleep(Duration::from_millis(1));
        let mut conn = TcpStream::connect(address).expect("a connection");
        sleep(Duration::from_millis(1));
        conn.write_all(b"x").expect("a reader");
        conn.read_exact(&mut [0]).expect("an echo");
    });
    let (mut conn, _) = listener.accept().expect("a connection");
    let mut byte = [0];
    conn.read_exact(&mut byte).expect("a byte");
    conn.write_all(&byte).expect("a reader");
    client.join().expect("no panic");
}

/// The token that comes during another wait neither ends that wait nor is lost by it.
#[test]
fn a_token_set_during_another_wait_stays_for_the_park() {
    bounded(|| {
        runtime(2).run(|| {
            let me = current().expect("in a coroutine");
            let waits: [fn() -> bool; 3] = [
                || {
                    let start = Instant::now();
                    sleep(4 * SHORT);
                    start.elapsed() >= 4 * SHORT
                },
                || go(|| sleep(4 * SHORT)).join().is_ok(),
                || !go(|| sleep(8 * SHORT)).join_timeout(4 * SHORT),
            ];
            for (number, wait) in waits.into_iter().enumerate() {
                let waker = me.clone();
                let wakes = go(move || {
                    sleep(SHORT);
                    waker.unpark();
                });
                assert!(wait(), "wait {number} was cut short");
                assert!(token_is_there(), "wait {number} took the token");
                wakes.join().expect("no panic");
            }
        });
    });
}

#[test]
fn unpark_after_the_end_does_nothing() {
    bounded(|| {
        let runtime = runtime(2);
        let handle = runtime.spawn(|| current().expect("inside"));
        let ended = handle.join().expect("no panic");
        for _ in 0..100 {
            ended.unpark();
            runtime.run(yield_now);
        }
        drop(runtime);
        ended.unpark();
    });
}

/// A coroutine's place in the tables and its stack go to others after its end.
#[test]
fn a_late_unpark_does_not_reach_the_next_tenant() {
    bounded(|| {
        runtime(2).run(|| {
            let ended: Vec<_> = (0..100).map(|_| go(|| current().expect("inside"))).collect();
            let ended: Vec<_> = ended.into_iter().map(|handle| handle.join().expect("no panic")).collect();
            let long = 20 * SHORT;
            let tenants: Vec<_> = (0..200)
                .map(|_| {
                    go(move || {
                        let start = Instant::now();
                        park_timeout(long);
                        start.elapsed()
                    })
                })
                .collect();
            for _ in 0..20 {
                ended.iter().for_each(gopark::Coroutine::unpark);
                yield_now();
            }
            for tenant in tenants {
                let waited = tenant.join().expect("no panic");
                assert!(waited >= long, "woken after {waited:?} by an unpark of its predecessor");
            }
        });
    });
}
