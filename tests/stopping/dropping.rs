//! Dropping a runtime, and the end of `run`: as `shutdown`, with a grace of a tenth of a second.

use crate::sockets::{assert_cancelled, listener};
use crate::waiting::until_parked;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{cancelled, park};
use gopark::time::sleep;
use gopark::{Cancelled, JoinHandle, go};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn what_waits_for_ever_does_not_hold_up_the_drop() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let (send, receive) = channel();
            for i in 0..30 {
                let send = send.clone();
                runtime.spawn(move || {
                    send.send(()).expect("the test waits");
                    match i % 3 {
                        0 => park(),
                        1 => sleep(Duration::MAX),
                        _ => return assert_cancelled("accept", listener().0.accept()),
                    }
                    unreachable!("nobody wakes it");
                });
            }
            for _ in 0..30 {
                receive.recv().expect("a coroutine starts");
            }
            drop(runtime);
        }
    });
}

#[test]
fn runtimes_come_and_go() {
    bounded(|| {
        for round in 0..100 {
            let runtime = runtime(2);
            let handle = runtime.spawn(move || round);
            if round % 2 == 0 {
                assert_eq!(handle.join().expect("no panic"), round);
            }
        }
    });
}

/// Three that live when the runtime ends: on a socket, for a moment, for ever.
type Leftovers = (JoinHandle<()>, JoinHandle<u32>, JoinHandle<()>);

fn leftovers() -> Leftovers {
    let on_a_socket = go(|| assert_cancelled("accept", listener().0.accept()));
    let for_a_moment = go(|| {
        while cancelled().is_none() {
            sleep(Duration::from_millis(1));
        }
        7
    });
    (on_a_socket, for_a_moment, go(|| sleep(Duration::MAX)))
}

fn check_leftovers((on_a_socket, for_a_moment, for_ever): Leftovers) {
    on_a_socket.join().expect("it was cancelled and came to its end");
    assert_eq!(for_a_moment.join().expect("it saw that it was cancelled, and had time"), 7);
    assert!(for_ever.join().expect_err("it was abandoned").is::<Cancelled>());
}

/// A machine that is busy with other things may take all of the tenth of a second before a coroutine has its turn.
fn until_one_round_is_in_time(round: impl Fn()) {
    let tries = 5;
    for _ in 1..tries {
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(&round)).is_ok() {
            return;
        }
    }
    round();
}

#[test]
fn the_drop_of_a_runtime_cancels_waits_and_abandons() {
    bounded(|| {
        until_one_round_is_in_time(|| {
            let runtime = runtime(2);
            let leftovers = {
                let _current = runtime.enter();
                leftovers()
            };
            until_parked(&runtime, 3);
            let begun = Instant::now();
            drop(runtime);
            let took = begun.elapsed();
            assert!(took >= Duration::from_millis(100), "it gave them {took:?} only");
            assert!(took < Duration::from_secs(10), "it gave them {took:?}");
            check_leftovers(leftovers);
        });
    });
}

#[test]
fn the_end_of_run_cancels_waits_and_abandons() {
    bounded(|| {
        until_one_round_is_in_time(|| {
            let begun = Instant::now();
            let leftovers = crate::run::run(|| {
                let leftovers = leftovers();
                // They start, and wait.
                sleep(Duration::from_millis(20));
                leftovers
            });
            assert!(begun.elapsed() >= Duration::from_millis(120));
            check_leftovers(leftovers);
        });
    });
}

/// With nothing left there is nothing to wait for.
#[test]
fn the_end_of_run_with_nothing_left_takes_no_tenth_of_a_second() {
    bounded(|| {
        let quickest = (0..20)
            .map(|_| {
                let begun = Instant::now();
                crate::run::run(|| go(|| ()).join().expect("no panic"));
                begun.elapsed()
            })
            .min();
        assert!(quickest < Some(Duration::from_millis(90)), "{quickest:?}");
    });
}

#[test]
fn the_drop_while_a_thread_panics_stops_it_too() {
    bounded(|| {
        let panics = thread::spawn(|| {
            let runtime = runtime(1);
            let parked = runtime.spawn(park);
            until_parked(&runtime, 1);
            let (send, receive) = channel();
            drop(runtime.spawn(move || send.send(listener().0.accept().map(drop)).expect("the test waits")));
            until_parked(&runtime, 2);
            // Locals go in the reverse order: first the runtime, then what the panic carries away.
            std::panic::panic_any((parked, receive));
        });
        let carried = panics.join().expect_err("a panic");
        type Carried = (JoinHandle<()>, std::sync::mpsc::Receiver<std::io::Result<()>>);
        let (parked, accepted) = *carried.downcast::<Carried>().expect("what it has thrown");
        assert!(parked.join().expect_err("abandoned").is::<Cancelled>());
        assert_cancelled("accept", accepted.recv().expect("it came to its end in time"));
    });
}
