//! A panic stays in its coroutine, and says whose it was.

use crate::child::in_child;
use crate::eventually::eventually;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{Builder, park_timeout};
use gopark::time::sleep;
use gopark::{go, yield_now};
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

#[test]
fn name_and_spawn_site_are_printed() {
    let spawned_at = line!() + 4;
    let child = in_child(name_and_spawn_site_are_printed, &[], || {
        runtime(2).run(|| {
            let named = Builder::new().name("weigher of souls");
            let handle = named.spawn(|| panic!("too heavy")).expect("a coroutine");
            assert!(handle.join().is_err());
        });
    });
    assert!(child.stderr.contains("too heavy"), "{}", child.stderr);
    assert!(child.stderr.contains("weigher of souls"), "{}", child.stderr);
    let site = format!("{}:{spawned_at}", file!());
    assert!(child.stderr.contains(&site), "no {site} in {}", child.stderr);
    child.succeeded();
}

#[test]
fn a_detached_panic_is_printed_too() {
    let spawned_at = line!() + 4;
    let child = in_child(a_detached_panic_is_printed_too, &[], || {
        let runtime = runtime(1);
        runtime.run(|| {
            drop(go(|| panic!("unheard")));
            yield_until(|| gopark::metrics().panicked == 1);
        });
    });
    assert!(child.stderr.contains("unheard"), "{}", child.stderr);
    let site = format!("{}:{spawned_at}", file!());
    assert!(child.stderr.contains(&site), "no {site} in {}", child.stderr);
    child.succeeded();
}

fn yield_until(holds: impl Fn() -> bool) {
    while !holds() {
        yield_now();
    }
}

#[test]
fn others_go_on() {
    bounded(|| {
        let runtime = runtime(2);
        let finished = Arc::new(AtomicUsize::new(0));
        let counts = finished.clone();
        runtime.run(move || {
            let listener = gopark::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
            let address = listener.local_addr().expect("bound");
            let server = go(move || {
                let (mut conn, _) = listener.accept().expect("a connection");
                let mut byte = [0];
                while conn.read(&mut byte).expect("a byte") == 1 {
                    conn.write_all(&byte).expect("a reader");
                }
            });
            let mut conn = gopark::net::TcpStream::connect(address).expect("a connection");
            let others: Vec<_> = (0..20)
                .map(|i| {
                    let counts = counts.clone();
                    go(move || {
                        for round in 0..20 {
                            match (i + round) % 3 {
                                0 => yield_now(),
                                1 => sleep(Duration::from_micros(100)),
                                _ => park_timeout(Duration::from_micros(100)),
                            }
                        }
                        counts.fetch_add(1, Ordering::SeqCst);
                    })
                })
                .collect();
            for _ in 0..50 {
                assert!(go(|| panic!("one of fifty, on purpose")).join().is_err());
                conn.write_all(&[7]).expect("the server reads");
                conn.read_exact(&mut [0]).expect("the server writes");
            }
            drop(conn);
            server.join().expect("it was left alone");
            for other in others {
                other.join().expect("it was left alone");
            }
        });
        assert_eq!(finished.load(Ordering::SeqCst), 20);
        // A joiner may go on before its child's end is counted.
        eventually("all have ended", || runtime.metrics().live == 0);
        let metrics = runtime.metrics();
        assert_eq!((metrics.panicked, metrics.finished), (50, metrics.spawned));
    });
}

#[test]
fn a_panic_may_be_caught_across_waits() {
    bounded(|| {
        runtime(1).run(|| {
            let catchers: Vec<_> = (0..10_usize)
                .map(|i| {
                    go(move || {
                        let caught = catch_unwind(|| {
                            yield_now();
                            catch_unwind(|| {
                                sleep(Duration::from_micros(10));
                                std::panic::panic_any(i);
                            })
                        });
                        yield_now();
                        let inner = caught.expect("the inner one catches").expect_err("a panic");
                        *inner.downcast_ref::<usize>().expect("its own payload")
                    })
                })
                .collect();
            for (i, catcher) in catchers.into_iter().enumerate() {
                assert_eq!(catcher.join().expect("caught"), i);
            }
        });
    });
}

/// A wait in a destructor must not leave `thread::panicking()` set for the neighbours on the same thread: std's
/// locks would be poisoned by bystanders.
#[test]
fn waiting_while_unwinding_does_not_make_neighbours_panic() {
    struct WaitsInDrop(Arc<AtomicBool>);
    impl Drop for WaitsInDrop {
        fn drop(&mut self) {
            assert!(thread::panicking());
            sleep(Duration::from_millis(1));
            yield_now();
            park_timeout(Duration::from_millis(1));
            go(|| ()).join().expect("no panic");
            self.0.store(true, Ordering::SeqCst);
        }
    }
    // In a child process: a panic of a neighbour that is taken for a second one would abort it.
    in_child(waiting_while_unwinding_does_not_make_neighbours_panic, &[], || {
        // Two workers: the child joined in the destructor may have to run while this thread is held.
        runtime(2).run(|| {
            let unwound = Arc::new(AtomicBool::new(false));
            let bystanders: Vec<_> = (0..8)
                .map(|_| {
                    let unwound = unwound.clone();
                    go(move || {
                        while !unwound.load(Ordering::SeqCst) {
                            assert!(!thread::panicking(), "a neighbour's panic is seen here");
                            yield_now();
                        }
                    })
                })
                .collect();
            let flag = unwound.clone();
            let panics = go(move || {
                let _waits = WaitsInDrop(flag);
                panic!("on purpose");
            });
            assert!(panics.join().is_err());
            assert!(unwound.load(Ordering::SeqCst), "the destructor ended");
            for bystander in bystanders {
                bystander.join().expect("nobody else panics");
            }
        });
    })
    .succeeded();
}

#[test]
fn destructors_that_panic_do_not_harm_the_worker() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped, on purpose");
        }
    }
    let child = in_child(destructors_that_panic_do_not_harm_the_worker, &[], || {
        let runtime = runtime(1);
        let captured = Bomb;
        assert!(runtime.spawn(move || drop(captured)).join().is_err());
        // A result that nobody takes, dropped by the worker or by the handle.
        runtime.run(|| {
            let before = go(|| Bomb);
            while !before.is_finished() {
                yield_now();
            }
            assert!(catch_unwind(AssertUnwindSafe(|| drop(before))).is_ok());
            drop(go(|| Bomb));
            // A payload that nobody takes.
            drop(go(|| std::panic::panic_any(Bomb)));
            yield_until(|| gopark::metrics().live == 1);
        });
        assert_eq!(runtime.run(|| "alive"), "alive");
    });
    child.succeeded();
}
