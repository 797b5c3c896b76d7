//! Programs of all kinds: the runs of each coroutine, and what each of them followed from.

use std::io::{Read, Write};
use std::time::Duration;

use gopark::coroutine::{self, Builder};
use gopark::net::{TcpListener, TcpStream};
use gopark::time::sleep;
use gopark::{chan, go, yield_now};

use crate::traced::trace;
use crate::workers::runtime;

#[test]
fn ping_pong() {
    for workers in [1, 2] {
        let trace = trace(|| {
            runtime(workers).run(|| {
                let (ping, pinged) = chan::bounded(0);
                let (pong, ponged) = chan::bounded(0);
                let partner = go(move || pinged.iter().for_each(|n: u32| pong.send(n + 1).unwrap()));
                for n in 0..500 {
                    ping.send(n).unwrap();
                    assert_eq!(ponged.recv(), Ok(n + 1));
                }
                drop(ping);
                partner.join().unwrap();
            });
        });
        // Each message finds the other side waiting, or lets its own side wait.
        assert!(trace.named("f", "wake").count() >= 500, "{} arrows", trace.named("f", "wake").count());
        assert_eq!(trace.runs_that("finished"), 2);
    }
}

#[test]
fn fan_out_over_two_workers() {
    let trace = trace(|| {
        runtime(2).run(|| {
            let children: Vec<_> = (0..2000)
                .map(|i| {
                    go(move || {
                        if i % 3 == 0 {
                            yield_now();
                        }
                    })
                })
                .collect();
            children.into_iter().for_each(|child| child.join().unwrap());
        });
    });
    assert_eq!(trace.runs_that("finished"), 2001);
    assert_eq!(trace.runs_that("yield"), 667);
    assert_eq!(trace.named("f", "spawn").count(), 2001);
    let first = trace.runs().filter(|run| run.args["first"] == true).count();
    assert_eq!(first, 2001);
    let site =
        |run: &crate::schema::Record| run.arg("spawned_at").unwrap().contains("tests/trace/programs.rs:");
    assert!(trace.runs().all(site));
}

#[test]
fn sleepers_are_woken_by_timers() {
    let trace = trace(|| {
        runtime(2).run(|| {
            let sleepers: Vec<_> =
                (1..50).map(|i| go(move || sleep(Duration::from_micros(100 * i)))).collect();
            sleepers.into_iter().for_each(|sleeper| sleeper.join().unwrap());
        });
    });
    let by_timers = trace.named("s", "wake").filter(|wake| wake.arg("by") == Some("timers")).count();
    assert_eq!(by_timers, 49);
    let fired: u64 = trace.named("X", "timers").map(|timers| timers.count()).sum();
    assert_eq!(fired, 49);
    assert!(trace.named("X", "sleep").count() > 0);
}

#[test]
fn sockets_wake_by_the_poller() {
    let trace = trace(|| {
        runtime(2).run(|| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let server = go(move || {
                let (mut connection, _) = listener.accept().unwrap();
                let mut byte = [0];
                while let Ok(1) = connection.read(&mut byte) {
                    connection.write_all(&byte).unwrap();
                }
            });
            let mut stream = TcpStream::connect(address).unwrap();
            for n in 0..200 {
                stream.write_all(&[n]).unwrap();
                let mut answer = [0];
                stream.read_exact(&mut answer).unwrap();
                assert_eq!(answer, [n]);
            }
            drop(stream);
            server.join().unwrap();
        });
    });
    let by_poller = trace.named("s", "wake").filter(|wake| wake.arg("by") == Some("poller")).count();
    assert!(by_poller >= 200, "{by_poller}");
}

#[test]
fn panics_and_destructors_that_wait() {
    let trace = trace(|| {
        struct Waits;
        impl Drop for Waits {
            fn drop(&mut self) {
                sleep(Duration::from_millis(1));
            }
        }
        runtime(2).run(|| {
            let bad = go(|| {
                let _waits = Waits;
                panic!("on purpose");
            });
            assert!(bad.join().is_err());
            let scoped = gopark::scope(|scope| scope.go(|| panic!("on purpose")).join().is_err());
            assert!(scoped);
        });
    });
    assert_eq!(trace.runs_that("panicked"), 2);
    assert_eq!(trace.runs_that("blocked on its stack"), 1);
    assert_eq!(trace.runs_that("finished"), 1);
}

#[test]
fn plain_threads_spawn_and_wake() {
    let trace = trace(|| {
        let runtime = runtime(2);
        let handles: Vec<_> = (0..20).map(|_| runtime.spawn(coroutine::park)).collect();
        for handle in &handles {
            handle.coroutine().unpark();
        }
        handles.into_iter().for_each(|handle| handle.join().unwrap());
    });
    let outside = |record: &&crate::schema::Record| record.arg("by") == Some("another thread");
    assert_eq!(trace.named("s", "spawn").filter(outside).count(), 20);
    // One that had not waited yet when it was woken did not wait.
    let woken = trace.named("s", "wake").filter(outside).count();
    assert_eq!(woken, trace.runs_that("park"));
    let track = trace.named("s", "spawn").next().unwrap().tid;
    assert_eq!(trace.track(track), "other threads");
}

#[test]
fn names_of_coroutines() {
    let trace = trace(|| {
        runtime(1).run(|| {
            let named = Builder::new().name("parser").spawn(yield_now).unwrap();
            named.join().unwrap();
        });
    });
    assert_eq!(trace.runs().filter(|run| run.name == "parser").count(), 2);
    let main = trace.runs().find(|run| run.name != "parser").unwrap();
    assert_eq!(main.name, format!("coroutine {}", main.coroutine()));
}

#[test]
fn those_that_are_left_behind() {
    let trace = trace(|| {
        let runtime = runtime(2);
        let current = runtime.enter();
        let deaf: Vec<_> = (0..10).map(|_| go(coroutine::park)).collect();
        runtime.run(yield_now);
        drop(deaf);
        drop(current);
        let shutdown = runtime.shutdown(Duration::ZERO);
        assert_eq!(shutdown.abandoned.len() + shutdown.cancelled + shutdown.finished, 10);
    });
    assert_eq!(trace.runs_that("finished"), 1);
}
