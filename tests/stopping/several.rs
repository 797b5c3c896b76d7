//! Several runtimes in one process, beside and inside each other, and one of them stops.

use crate::sockets::{assert_cancelled, listener, pair};
use crate::waiting::until_parked;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{cancelled, current, park};
use gopark::time::sleep;
use gopark::{Cancelled, go, yield_now};
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// Something of everything: spawns, joins, sleeps, parks, a connection.
fn some_work(size: usize) -> usize {
    let (near, far) = pair();
    let echo = go(move || {
        let mut buf = [0; 64];
        let mut turns = 0;
        while let Ok(count @ 1..) = (&far).read(&mut buf) {
            (&far).write_all(&buf[..count]).expect("somebody reads");
            turns += 1;
        }
        turns
    });
    let me = current().expect("inside");
    let children: Vec<_> = (0..size)
        .map(|i| {
            let me = me.clone();
            go(move || {
                sleep(Duration::from_micros(100));
                yield_now();
                me.unpark();
                i
            })
        })
        .collect();
    for _ in 0..size {
        (&near).write_all(b"ball").expect("somebody reads");
        (&near).read_exact(&mut [0; 4]).expect("it comes back");
    }
    park();
    let sum = children.into_iter().map(|child| child.join().expect("no panic")).sum();
    drop(near);
    assert!(echo.join().expect("no panic") > 0);
    sum
}

#[test]
fn one_in_each_of_many_test_threads() {
    bounded(|| {
        let threads: Vec<_> = (0..6)
            .map(|i| {
                thread::spawn(move || {
                    for round in 0..5 {
                        let runtime = runtime(1 + i % 2);
                        assert_eq!(runtime.run(|| some_work(20)), 190);
                        let parked = runtime.spawn(park);
                        if round % 2 == 0 {
                            let report = runtime.shutdown(Duration::ZERO);
                            assert!(report.abandoned.len() <= 1, "it has started or not: {report:?}");
                            assert!(parked.join().expect_err("it never ends").is::<Cancelled>());
                        }
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
    });
}

#[test]
fn the_others_do_not_notice() {
    bounded(|| {
        let stays = Arc::new(runtime(2));
        let stop = Arc::new(AtomicBool::new(false));
        let rounds = Arc::new(AtomicUsize::new(0));
        let (flag, count) = (stop.clone(), rounds.clone());
        let work = stays.spawn(move || {
            while !flag.load(Ordering::SeqCst) {
                assert_eq!(some_work(10), 45);
                assert_eq!(cancelled(), None);
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        for _ in 0..40 {
            let goes = runtime(2);
            for i in 0..20 {
                drop(goes.spawn(move || match i % 4 {
                    0 => park(),
                    1 => sleep(Duration::MAX),
                    2 => assert_cancelled("accept", listener().0.accept()),
                    _ => drop(some_work(5)),
                }));
            }
            until_parked(&goes, 20);
            drop(goes.shutdown(Duration::from_millis(2)));
        }
        let then = rounds.load(Ordering::SeqCst);
        while rounds.load(Ordering::SeqCst) < then + 3 {
            thread::sleep(Duration::from_millis(1));
        }
        stop.store(true, Ordering::SeqCst);
        work.join().expect("it was left alone");
        assert_eq!(stays.metrics().panicked, 0);
    });
}

/// Created, used and dropped inside a coroutine of another one.
#[test]
fn one_inside_a_coroutine_of_another() {
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                let children: Vec<_> = (0..4)
                    .map(|_| {
                        go(|| {
                            let outside = current();
                            let inner = runtime(1);
                            let spawned = inner.spawn(|| some_work(10));
                            assert_eq!(inner.run(|| some_work(10)), 45);
                            assert_eq!(spawned.join().expect("no panic"), 45);
                            let (begin, begun) = channel();
                            let left = inner.spawn(move || {
                                begin.send(()).expect("the test waits");
                                park();
                            });
                            begun.recv().expect("it begins");
                            let report = inner.shutdown(Duration::from_millis(1));
                            assert_eq!(report.abandoned.len(), 1);
                            assert!(left.join().expect_err("abandoned").is::<Cancelled>());
                            drop(inner);
                            assert!(outside == current() && cancelled().is_none());
                            // The outer one is current again.
                            go(|| 6).join().expect("no panic")
                        })
                    })
                    .collect();
                children.into_iter().for_each(|child| assert_eq!(child.join().expect("no panic"), 6));
            });
        }
    });
}

#[test]
fn run_inside_run_inside_run() {
    bounded(|| {
        fn nested(depth: usize) -> usize {
            let lent = [depth; 10];
            let deeper = if depth == 0 { 0 } else { crate::run::run(|| nested(depth - 1) + lent[3]) };
            // And something is left when the inner one ends.
            drop(go(park));
            yield_now();
            deeper + some_work(3)
        }
        assert_eq!(crate::run::run(|| nested(3)), 1 + 2 + 3 + 4 * 3);
    });
}

/// The end of an inner runtime, with leftovers that need all of the grace, is a wait of the coroutine that has started
/// it, and not of its worker.
#[test]
fn the_end_of_an_inner_run_does_not_hold_up_the_outer_worker() {
    bounded(|| {
        let outer = runtime(1);
        let longest = outer.run(|| {
            let done = Arc::new(AtomicBool::new(false));
            let flag = done.clone();
            let neighbour = go(move || {
                let mut longest = Duration::ZERO;
                while !flag.load(Ordering::SeqCst) {
                    let begun = Instant::now();
                    yield_now();
                    longest = longest.max(begun.elapsed());
                }
                longest
            });
            for _ in 0..3 {
                crate::run::run(|| {
                    drop(go(|| sleep(Duration::MAX)));
                    sleep(Duration::from_millis(2));
                });
            }
            done.store(true, Ordering::SeqCst);
            neighbour.join().expect("no panic")
        });
        // Each of the three ends takes a tenth of a second.
        assert!(longest < Duration::from_millis(90), "a neighbour had to wait for {longest:?}");
    });
}

/// From a coroutine of another runtime, which waits for the grace.
#[test]
fn a_shutdown_from_a_coroutine_of_another() {
    bounded(|| {
        let (stays, goes) = (runtime(1), Arc::new(runtime(2)));
        let parked = goes.spawn(park);
        let on_a_socket = goes.spawn(|| assert_cancelled("accept", listener().0.accept()));
        until_parked(&goes, 2);
        let stops = goes.clone();
        let report = stays.run(move || stops.shutdown(Duration::from_millis(300)));
        assert_eq!((report.finished, report.cancelled, report.abandoned.len()), (1, 0, 1));
        on_a_socket.join().expect("no panic");
        assert!(parked.join().expect_err("abandoned").is::<Cancelled>());
        assert_eq!(stays.run(|| some_work(5)), 10);
    });
}

/// Two whose coroutines wait for each other stop one after the other, in both orders.
#[test]
fn those_who_wait_for_coroutines_of_another() {
    bounded(|| {
        for order in [[0, 1], [1, 0]] {
            let mut runtimes = [Some(runtime(1)), Some(runtime(1))];
            let [Some(one), Some(two)] = &runtimes else { unreachable!("both are there") };
            let target = one.spawn(park);
            let (send, told) = channel();
            let joins = two.spawn(move || {
                let end = target.join();
                send.send(end.expect_err("abandoned").is::<Cancelled>()).expect("the test waits");
            });
            until_parked(one, 1);
            until_parked(two, 1);
            for number in order {
                let report = runtimes[number].take().expect("once").shutdown(Duration::from_millis(20));
                // The joiner of the first is told, and ends, if its own runtime is still there.
                let expected = usize::from(!(order[0] == 0 && number == 1));
                assert_eq!(report.abandoned.len(), expected, "order {order:?}, runtime {number}");
                if order[0] == 0 && number == 0 {
                    assert!(told.recv().expect("it is told"));
                    assert!(joins.join_timeout(Duration::from_secs(30)));
                }
            }
            assert_eq!(joins.join().is_ok(), order[0] == 0);
        }
    });
}

/// Runtimes that nobody has used, or that are used by nobody but the thread that drops them.
#[test]
fn idle_ones_stop_at_once() {
    bounded(|| {
        let begun = Instant::now();
        let idle: Vec<_> = (0..50).map(|number| runtime(1 + number % 3)).collect();
        for (number, runtime) in idle.into_iter().enumerate() {
            if number % 2 == 0 {
                drop(runtime.shutdown(Duration::MAX));
            }
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    });
}
