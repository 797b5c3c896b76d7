//! A runtime that stops: what has not started is dropped and says so; what waits holds nobody up.

use crate::child::in_child;
use crate::counted::{Counted, Drops};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{JoinHandle, park};
use gopark::runtime::Runtime;
use gopark::time::sleep;
use gopark::{Cancelled, go};
use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

/// Keeps the only worker of a runtime busy until the runtime stops; sends the coroutines it has spawned
/// meanwhile, none of which can have started, and at last one that was spawned on the stopped runtime.
fn busy_until_stop(
    drops: &Drops,
    started: &Arc<AtomicBool>,
) -> (impl FnOnce() + Send + 'static, Receiver<Vec<JoinHandle<Counted>>>) {
    let (send, receive) = channel();
    let (drops, started) = (drops.clone(), started.clone());
    let spawn = move || {
        let (value, started) = (drops.value(), started.clone());
        go(move || {
            started.store(true, Ordering::SeqCst);
            value
        })
    };
    let body = move || {
        let mut spawned: Vec<_> = (0..20).map(|_| spawn()).collect();
        send.send(Vec::new()).expect("the test waits for the first word");
        // On the one worker a fresh coroutine cannot run before this one waits; so one that is finished at once
        // was refused.
        while !spawned.last().expect("twenty at least").is_finished() {
            let pause = Instant::now();
            while pause.elapsed() < Duration::from_millis(1) {
                spin_loop();
            }
            spawned.push(spawn());
        }
        send.send(spawned).expect("the test waits for the handles");
    };
    (body, receive)
}

#[test]
fn what_has_not_started_is_dropped_and_join_answers_cancelled() {
    bounded(|| {
        let (drops, started) = (Drops::default(), Arc::new(AtomicBool::new(false)));
        let runtime = runtime(1);
        let (body, spawned) = busy_until_stop(&drops, &started);
        let busy = runtime.spawn(body);
        spawned.recv().expect("the coroutine has begun");
        drop(runtime);
        let handles = spawned.recv().expect("the coroutine has ended");
        busy.join().expect("it ran to its end");
        let count = handles.len();
        assert!(count > 20, "one of them was spawned on the stopped runtime");
        for handle in handles {
            assert!(handle.join_timeout(Duration::MAX));
            let error = handle.join().map(drop).expect_err("it never ran");
            assert_eq!(error.downcast_ref::<Cancelled>(), Some(&Cancelled));
        }
        assert!(!started.load(Ordering::SeqCst));
        assert_eq!(drops.count(), count, "each closure was dropped once");
    });
}

#[test]
fn a_thread_that_joins_what_never_starts_is_woken() {
    bounded(|| {
        let (drops, started) = (Drops::default(), Arc::new(AtomicBool::new(false)));
        let runtime = runtime(1);
        let (body, spawned) = busy_until_stop(&drops, &started);
        runtime.spawn(body);
        spawned.recv().expect("the coroutine has begun");
        let value = drops.value();
        let (begin, begun) = channel();
        let behind = runtime.spawn(move || value);
        let joiner = thread::spawn(move || {
            begin.send(()).expect("the test waits");
            behind.join().map(drop)
        });
        begun.recv().expect("the joiner has started");
        drop(runtime);
        let error = joiner.join().expect("no panic").expect_err("it never ran");
        assert!(error.is::<Cancelled>());
    });
}

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
                        _ => drop(gopark::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.accept())),
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

/// What a parked coroutine has captured may be lent out; so it is leaked rather than dropped under its feet.
#[test]
fn what_waits_when_the_runtime_stops_is_never_dropped_nor_resumed() {
    bounded(|| {
        let drops = Drops::default();
        let runtime = runtime(2);
        let value = drops.value();
        let (send, receive) = channel();
        let parked = runtime.spawn(move || {
            let _value = value;
            send.send(()).expect("the test waits");
            loop {
                park();
            }
        });
        receive.recv().expect("it starts");
        drop(runtime);
        parked.coroutine().unpark();
        assert!(!parked.join_timeout(Duration::from_millis(20)));
        assert!(!parked.is_finished());
        assert_eq!(drops.count(), 0);
    });
}

#[test]
fn a_runtime_may_be_dropped_by_its_own_coroutine() {
    bounded(|| {
        let runtime = Arc::new(runtime(2));
        let last = runtime.clone();
        let (send, receive) = channel();
        let (release, released) = channel();
        runtime.spawn(move || {
            released.recv().expect("the test lets go");
            drop(last);
            send.send(()).expect("the test waits");
        });
        drop(runtime);
        release.send(()).expect("the coroutine waits");
        receive.recv().expect("it comes out of the drop");
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

/// What a closure has captured may do what it likes when it is dropped unstarted.
#[test]
fn destructors_of_what_never_started_may_spawn_unpark_and_panic() {
    struct Busy {
        _counted: Counted,
    }
    impl Drop for Busy {
        fn drop(&mut self) {
            let late = go(|| ());
            late.coroutine().unpark();
            assert!(late.join().is_err(), "the runtime has stopped");
            sleep(Duration::from_micros(10));
            panic!("dropped, on purpose");
        }
    }
    bounded(|| {
        let (drops, started) = (Drops::default(), Arc::new(AtomicBool::new(false)));
        let runtime = runtime(1);
        let (body, spawned) = busy_until_stop(&Drops::default(), &started);
        runtime.spawn(body);
        spawned.recv().expect("the coroutine has begun");
        let handles: Vec<_> = (0..5)
            .map(|_| {
                let captured = Busy { _counted: drops.value() };
                runtime.spawn(move || drop(captured))
            })
            .collect();
        drop(runtime);
        for handle in handles {
            assert!(handle.join().expect_err("it never ran").is::<Cancelled>());
        }
        assert_eq!(drops.count(), 5);
    });
}

#[test]
fn the_process_may_exit_from_a_coroutine() {
    let child = in_child(the_process_may_exit_from_a_coroutine, &[], || {
        runtime(2).run(|| {
            drop(go(park));
            drop(go(|| sleep(Duration::MAX)));
            gopark::yield_now();
            std::process::exit(17)
        })
    });
    assert_eq!(child.status.code(), Some(17));
}

/// A runtime in a static is never dropped.
#[test]
fn the_process_may_end_with_a_runtime_alive() {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    in_child(the_process_may_end_with_a_runtime_alive, &[], || {
        let runtime = RUNTIME.get_or_init(|| runtime(2));
        drop(runtime.spawn(park));
        drop(runtime.spawn(|| {
            loop {
                gopark::yield_now();
            }
        }));
        assert_eq!(runtime.run(|| 1), 1);
    })
    .succeeded();
}
