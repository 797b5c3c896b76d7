//! Calls on sockets that are cancelled: those that wait, and those that begin afterwards.

use crate::sockets::{Silent, assert_cancelled, calls_that_wait, is_cancelled, listener, pair};
use crate::waiting::until_parked;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{Builder, cancelled, no_park};
use gopark::net::TcpStream;
use gopark::time::sleep;
use gopark::{Cancelled, JoinHandle, go, yield_now};
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Runs `body` in a coroutine that is cancelled already.
fn in_a_cancelled_one<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    let child = go(move || {
        while cancelled().is_none() {
            yield_now();
        }
        body()
    });
    child.cancel();
    child.join().expect("no panic")
}

/// Cancels each call in its turn, from a coroutine and from a plain thread.
#[test]
fn every_call_that_waits_is_ended() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let waiting: Vec<JoinHandle<()>> = calls_that_wait()
                .into_iter()
                .map(|(name, call)| runtime.spawn(move || assert_cancelled(name, call())))
                .collect();
            until_parked(&runtime, waiting.len() as u64);
            sleep(Duration::from_millis(20));
            for (number, handle) in waiting.into_iter().enumerate() {
                assert!(!handle.is_finished(), "nobody has cancelled it yet");
                if number % 2 == 0 {
                    handle.cancel()
                } else {
                    runtime.run(|| handle.cancel())
                }
                handle.join().expect("the call has failed as it should");
            }
        }
    });
}

#[test]
fn the_error_says_what_it_is() {
    bounded(|| {
        let error = runtime(1).run(|| {
            let waits = go(|| listener().0.accept().expect_err("nobody connects"));
            sleep(Duration::from_millis(5));
            waits.cancel();
            waits.join().expect("no panic")
        });
        assert_eq!(error.kind(), ErrorKind::Other);
        assert_eq!(error.raw_os_error(), None);
        assert_eq!(error.to_string(), "cancelled");
        let source = error.into_inner().expect("a source");
        assert_eq!(*source.downcast::<Cancelled>().expect("this one"), Cancelled);
    });
}

/// Data are there, a connection waits, there is room to write, somebody listens: nothing of it is touched.
#[test]
fn a_call_that_begins_later_fails_without_trying() {
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                let (near, far) = pair();
                (&far).write_all(b"here").expect("there is room");
                let (listener, address) = listener();
                let _client = std::net::TcpStream::connect(address).expect("it listens");

                let (near, listener) = in_a_cancelled_one(move || {
                    let mut buf = [0; 8];
                    assert_cancelled("read", (&near).read(&mut buf));
                    assert_cancelled("read_exact", (&near).read_exact(&mut buf[..4]));
                    assert_cancelled("peek", near.peek(&mut buf));
                    assert_cancelled("write", (&near).write(b"lost"));
                    assert_cancelled("write_vectored", (&near).write_vectored(&[IoSlice::new(b"lost")]));
                    assert_cancelled("accept", listener.accept());
                    assert_cancelled("incoming", listener.incoming().next().expect("it never ends"));
                    (near, listener)
                });

                let mut buf = [0; 8];
                assert_eq!((&near).read(&mut buf).expect("what was there"), 4);
                assert_eq!(&buf[..4], b"here");
                drop(near);
                assert_eq!((&far).read(&mut buf).expect("the end"), 0, "something was written");
                listener.accept().expect("the connection that was there");
            });
        }
    });
}

/// No handshake is begun on behalf of one that is cancelled.
#[test]
fn a_connect_that_begins_later_fails_without_trying() {
    bounded(|| {
        runtime(1).run(|| {
            let (listener, address) = listener();
            in_a_cancelled_one(move || {
                assert_cancelled("connect", TcpStream::connect(address));
                let name = format!("localhost:{}", address.port());
                assert_cancelled("connect by name", TcpStream::connect(name));
                assert_cancelled(
                    "connect_timeout",
                    TcpStream::connect_timeout(&address, Duration::from_secs(10)),
                );
            });
            listener.set_nonblocking(true).expect("a listener");
            let waiting = listener.accept().map(drop);
            assert_eq!(waiting.expect_err("nobody has connected").kind(), ErrorKind::WouldBlock);
        });
    });
}

/// Whoever overlooks the errors keeps nobody from anything: neither those who are ready, nor fresh ones, nor sleepers,
/// nor sockets, all on the same worker.
#[test]
fn a_careless_loop_lets_the_neighbours_run() {
    bounded(|| {
        let runtime = runtime(1);
        let stop = Arc::new(AtomicBool::new(false));
        let turns = Arc::new(AtomicUsize::new(0));
        let (flag, count) = (stop.clone(), turns.clone());
        runtime.run(|| {
            let (listener, _) = listener();
            let careless = go(move || {
                while !flag.load(Ordering::SeqCst) {
                    let _ = listener.accept();
                    count.fetch_add(1, Ordering::SeqCst);
                }
            });
            careless.cancel();
            let begun = Instant::now();
            for round in 0..50_u8 {
                yield_now();
                go(|| ()).join().expect("a fresh one has its turn");
                sleep(Duration::from_micros(100));
                let (near, far) = pair();
                let reads = go(move || {
                    let mut byte = [0];
                    (&near).read_exact(&mut byte).map(|()| byte[0])
                });
                yield_now();
                (&far).write_all(&[round]).expect("there is room");
                assert_eq!(reads.join().expect("no panic").expect("a byte"), round);
            }
            let took = begun.elapsed();
            assert!(took < Duration::from_secs(20), "50 rounds took {took:?}");
            stop.store(true, Ordering::SeqCst);
            careless.join().expect("no panic");
        });
        assert!(turns.load(Ordering::SeqCst) > 0);
    });
}

/// For a while each failure costs a yield, then the loop is slowed down.
#[test]
fn a_careless_loop_does_not_burn_a_core() {
    bounded(|| {
        runtime(1).run(|| {
            let turns = in_a_cancelled_one(|| {
                let (listener, _) = listener();
                let begun = Instant::now();
                let mut turns = 0_u32;
                while begun.elapsed() < Duration::from_millis(300) {
                    assert_cancelled("accept", listener.accept());
                    turns += 1;
                }
                turns
            });
            // A hundred, and then one each millisecond.
            assert!(turns <= 1000, "{turns} failures in 300 ms");
        });
    });
}

/// Letting others run is a courtesy: where that is forbidden the call fails all the same, and does not panic.
#[test]
fn a_call_that_begins_later_fails_inside_no_park() {
    bounded(|| {
        runtime(1).run(|| {
            in_a_cancelled_one(|| {
                let (listener, _) = listener();
                no_park(|| {
                    for _ in 0..300 {
                        assert_cancelled("accept", listener.accept());
                    }
                });
            });
        });
    });
}

/// Many at once, on both directions of the same sockets, some cancelled and some not: each learns its own.
#[test]
fn only_those_who_are_meant() {
    bounded(|| {
        let runtime = runtime(2);
        let (near, far) = pair();
        let near = Arc::new(near);
        let readers: Vec<_> = (0..20)
            .map(|_| {
                let conn = near.clone();
                runtime.spawn(move || {
                    let mut byte = [0];
                    (&*conn).read_exact(&mut byte).map(|()| byte[0])
                })
            })
            .collect();
        until_parked(&runtime, 20);
        let (meant, others): (Vec<_>, Vec<_>) =
            readers.into_iter().enumerate().partition(|(number, _)| number % 2 == 0);
        meant.iter().for_each(|(_, handle)| handle.cancel());
        for (number, handle) in meant {
            assert_cancelled(&format!("reader {number}"), handle.join().expect("no panic"));
        }
        assert!(others.iter().all(|(_, handle)| !handle.is_finished()), "they were not meant");
        (&far).write_all(&[1; 10]).expect("there is room");
        for (_, handle) in others {
            assert_eq!(handle.join().expect("no panic").expect("it was not cancelled"), 1);
        }
    });
}

/// The socket has nothing to do with it: whoever is not cancelled goes on using it.
#[test]
fn the_socket_serves_others_as_before() {
    bounded(|| {
        let runtime = runtime(2);
        let (near, far) = pair();
        let near = Arc::new(near);
        for round in 0..100_u8 {
            let conn = near.clone();
            let reads = runtime.spawn(move || (&*conn).read(&mut [0; 8]));
            if round % 2 == 0 {
                sleep(Duration::from_micros(300));
            }
            reads.cancel();
            assert_cancelled("read", reads.join().expect("no panic"));
            let conn = near.clone();
            let next = runtime.spawn(move || {
                let mut byte = [0];
                (&*conn).read_exact(&mut byte).map(|()| byte[0])
            });
            (&far).write_all(&[round]).expect("there is room");
            assert_eq!(next.join().expect("no panic").expect("it was not cancelled"), round);
        }
    });
}

/// As soon as it is cancelled; the timeout would come an hour later, or at the same time.
#[test]
fn timeouts_and_cancellations_do_not_hide_each_other() {
    bounded(|| {
        let runtime = runtime(2);
        let (mut cancels, mut expiries) = (0, 0);
        for round in 0..200 {
            let (near, _far) = pair();
            let timeout = Duration::from_micros(1500);
            near.set_read_timeout(Some(timeout)).expect("not zero");
            let reads = runtime.spawn(move || (&near).read(&mut [0; 8]));
            thread::sleep(Duration::from_micros(20 * round));
            reads.cancel();
            let error = reads.join().expect("no panic").expect_err("nobody writes");
            if is_cancelled(&error) {
                cancels += 1;
            } else {
                assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error:?}");
                expiries += 1;
            }
        }
        assert!(cancels > 0 && expiries > 0, "{cancels} cancelled, {expiries} expired");
    });
}

/// Cancelled in its first instant, in its last, and in all between.
#[test]
fn connects_are_cancelled_at_any_moment() {
    bounded(|| {
        let runtime = runtime(2);
        let (listener, address) = listener();
        let silent = Silent::new();
        for round in 0..200_u64 {
            let to = if round % 4 == 0 { silent.address } else { address };
            let connects = runtime.spawn(move || TcpStream::connect(to));
            thread::sleep(Duration::from_micros(round % 50 * 4));
            connects.cancel();
            match connects.join().expect("no panic") {
                Ok(conn) => {
                    assert_eq!(conn.peer_addr().expect("connected"), address);
                    drop(conn);
                }
                Err(error) => assert!(is_cancelled(&error), "{error:?}"),
            }
        }
        drop(listener);
    });
}

/// A shortage of descriptors makes accept pause before it fails; not so long that a cancellation waits for it.
#[test]
fn an_accept_that_pauses_for_want_of_descriptors_is_ended_too() {
    let child =
        crate::child::in_child(an_accept_that_pauses_for_want_of_descriptors_is_ended_too, &[], || {
            let runtime = runtime(1);
            let (listener, address) = listener();
            let _client = std::net::TcpStream::connect(address).expect("it listens");
            let taken: Vec<_> = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect();
            assert!(!taken.is_empty());
            let accepts = runtime.spawn(move || {
                loop {
                    match listener.accept() {
                        Err(error) if is_cancelled(&error) => return,
                        Err(_) => {}
                        Ok(_) => unreachable!("there is no descriptor"),
                    }
                }
            });
            // 5 + 10 + 20 + .. + 320 ms have passed by then; the next pauses are of 640 ms and of a second.
            thread::sleep(Duration::from_millis(700));
            let begun = Instant::now();
            accepts.cancel();
            accepts.join().expect("no panic");
            assert!(begun.elapsed() < Duration::from_millis(300), "it took {:?}", begun.elapsed());
        });
    child.succeeded();
}

/// `copy` and its like hand the error on.
#[test]
fn loops_of_std_end_with_it() {
    bounded(|| {
        let runtime = runtime(2);
        let (near, far) = pair();
        let (sink, _sink_far) = pair();
        let copies = runtime.spawn(move || io::copy(&mut &near, &mut &sink));
        (&far).write_all(b"some data").expect("there is room");
        until_parked(&runtime, 1);
        sleep(Duration::from_millis(5));
        copies.cancel();
        assert_cancelled("copy", copies.join().expect("no panic"));

        let (near, _far) = pair();
        let lines = runtime.spawn(move || {
            let mut line = String::new();
            io::BufRead::read_line(&mut io::BufReader::new(near), &mut line)
        });
        sleep(Duration::from_millis(5));
        lines.cancel();
        assert_cancelled("read_line", lines.join().expect("no panic"));
    });
}

/// Hundreds wait on one listener, and a shutdown ends them all.
#[test]
fn a_crowd_is_ended_by_a_shutdown() {
    bounded(|| {
        let runtime = runtime(2);
        let (listener, _) = listener();
        let listener = Arc::new(listener);
        let crowd: Vec<_> = {
            let _current = runtime.enter();
            let small = || Builder::new().stack_size(64 << 10);
            let accept = |listener: Arc<gopark::net::TcpListener>| move || listener.accept().map(drop);
            (0..500).map(|_| small().spawn(accept(listener.clone())).expect("a coroutine")).collect()
        };
        until_parked(&runtime, 500);
        let report = runtime.shutdown(Duration::from_secs(60));
        assert_eq!((report.finished, report.abandoned.len()), (500, 0));
        crowd.into_iter().for_each(|one| assert_cancelled("accept", one.join().expect("no panic")));
    });
}
