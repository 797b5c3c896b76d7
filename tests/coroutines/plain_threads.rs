//! Plain threads beside coroutines: whatever the one can do to the other, the other can do to the one.

use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{Builder, current, park, park_timeout};
use gopark::net::{TcpListener, TcpStream};
use gopark::runtime::Runtime;
use gopark::time::{sleep, sleep_until};
use gopark::{Coroutine, go, yield_now};
use std::io::{ErrorKind, Read, Write};
use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// Threads that wake coroutines and coroutines that wake threads, in a ring: each passes the ball on.
#[test]
fn a_ring_of_both_passes_a_ball() {
    const MEMBERS: usize = 6;
    const ROUNDS: usize = 300;
    enum Member {
        Coroutine(Coroutine),
        Thread(thread::Thread),
    }
    bounded(|| {
        let runtimes = [runtime(1), runtime(2)];
        let ball = Arc::new(AtomicUsize::new(0));
        let play = |number: usize| {
            let ball = ball.clone();
            let (send, receive) = channel::<Arc<Vec<Member>>>();
            let body = move || {
                let members = receive.recv().expect("the test tells who plays");
                for round in 0..ROUNDS {
                    let turn = round * MEMBERS + number;
                    while ball.load(Ordering::SeqCst) != turn {
                        park();
                    }
                    ball.store(turn + 1, Ordering::SeqCst);
                    match &members[(number + 1) % MEMBERS] {
                        Member::Coroutine(next) => next.unpark(),
                        Member::Thread(next) => next.unpark(),
                    }
                }
            };
            (send, body)
        };
        let (mut coroutines, mut threads, mut members, mut starts) = (vec![], vec![], vec![], vec![]);
        for number in 0..MEMBERS {
            let (send, body) = play(number);
            starts.push(send);
            if number % 2 == 0 {
                let handle = runtimes[number / 2 % 2].spawn(body);
                members.push(Member::Coroutine(handle.coroutine().clone()));
                coroutines.push(handle);
            } else {
                let handle = thread::spawn(body);
                members.push(Member::Thread(handle.thread().clone()));
                threads.push(handle);
            }
        }
        let members = Arc::new(members);
        starts.into_iter().for_each(|start| start.send(members.clone()).expect("it waits"));
        coroutines.into_iter().for_each(|handle| handle.join().expect("no panic"));
        threads.into_iter().for_each(|handle| handle.join().expect("no panic"));
        assert_eq!(ball.load(Ordering::SeqCst), ROUNDS * MEMBERS);
    });
}

/// The calls of coroutines are those of threads there.
#[test]
fn every_wait_works_on_a_plain_thread() {
    const TIME: Duration = Duration::from_millis(10);
    bounded(|| {
        assert!(current().is_none());
        let runtime = runtime(1);
        let takes_time: [(&str, &dyn Fn()); 6] = [
            ("sleep", &|| sleep(TIME)),
            ("sleep_until", &|| sleep_until(Instant::now() + TIME)),
            ("join", &|| runtime.spawn(|| sleep(TIME)).join().expect("no panic")),
            ("join_timeout", &|| assert!(!runtime.spawn(park).join_timeout(TIME))),
            ("run", &|| runtime.run(|| sleep(TIME))),
            ("run of a new one", &|| crate::run::run(|| sleep(TIME))),
        ];
        for (name, wait) in takes_time {
            let begun = Instant::now();
            wait();
            assert!(begun.elapsed() >= TIME, "{name} took {:?}", begun.elapsed());
        }
        yield_now();
        thread::current().unpark();
        park();
        thread::current().unpark();
        park_timeout(Duration::MAX);
        sleep(Duration::ZERO);
        sleep_until(Instant::now());
    });
}

/// Joiners of both kinds, of coroutines that end in both manners.
#[test]
fn both_join() {
    bounded(|| {
        let (runtime, other) = (runtime(2), runtime(1));
        for round in 0..40_u64 {
            let child = runtime.spawn(move || {
                sleep(Duration::from_micros(50 * (round % 5)));
                assert!(round % 3 != 0, "on purpose");
                round
            });
            let join = move || child.join();
            let end = match round % 4 {
                0 => join(),
                1 => thread::spawn(join).join().expect("no panic"),
                2 => other.run(join),
                _ => runtime.run(join),
            };
            match end {
                Ok(value) => assert_eq!(value, round),
                Err(payload) => assert!(payload.is::<&str>() && round % 3 == 0),
            }
        }
    });
}

/// A server, until the listener is dropped by nobody: it serves so many.
fn serve(listener: &TcpListener, visitors: usize) {
    for _ in 0..visitors {
        let (conn, _) = listener.accept().expect("a visitor");
        let mut buf = [0; 100];
        while let Ok(count @ 1..) = (&conn).read(&mut buf) {
            (&conn).write_all(&buf[..count]).expect("it reads");
        }
    }
}

fn visit(address: std::net::SocketAddr, number: u8) {
    let conn = TcpStream::connect(address).expect("it listens");
    for round in 0..20 {
        let words = [number, round, 7];
        (&conn).write_all(&words).expect("it reads");
        let mut back = [0; 3];
        (&conn).read_exact(&mut back).expect("an echo");
        assert_eq!(back, words);
    }
}

#[test]
fn threads_serve_coroutines_and_coroutines_threads() {
    bounded(|| {
        let runtime = runtime(2);
        for by_threads in [true, false] {
            let listener = TcpListener::bind("127.0.0.1:0").expect("bind to loopback");
            let address = listener.local_addr().expect("bound");
            let listener = Arc::new(listener);
            // Two of each kind, all on the same listener: whoever visits is served by the others.
            let servers = (0..2).map(|_| {
                let listener = listener.clone();
                move || serve(&listener, 10)
            });
            if by_threads {
                let servers: Vec<_> = servers.map(thread::spawn).collect();
                let visitors: Vec<_> =
                    (0..20).map(|number| runtime.spawn(move || visit(address, number))).collect();
                visitors.into_iter().for_each(|visitor| visitor.join().expect("no panic"));
                servers.into_iter().for_each(|server| server.join().expect("no panic"));
            } else {
                let servers: Vec<_> = servers.map(|server| runtime.spawn(server)).collect();
                let visitors: Vec<_> =
                    (0..20).map(|number| thread::spawn(move || visit(address, number))).collect();
                visitors.into_iter().for_each(|visitor| visitor.join().expect("no panic"));
                servers.into_iter().for_each(|server| server.join().expect("no panic"));
            }
        }
    });
}

/// A thread and a coroutine read from one stream; the other end hears both write.
#[test]
fn they_share_a_stream() {
    bounded(|| {
        let runtime = runtime(1);
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind to loopback");
        let near = Arc::new(TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens"));
        let (far, _) = listener.accept().expect("it is there");
        for round in 0..100_u8 {
            let read_one = |conn: Arc<TcpStream>| {
                move || {
                    let mut byte = [0];
                    (&*conn).read_exact(&mut byte).expect("a byte");
                    (&*conn).write_all(&[byte[0] ^ 0xff]).expect("it reads");
                    byte[0]
                }
            };
            let coroutine = runtime.spawn(read_one(near.clone()));
            let thread = thread::spawn(read_one(near.clone()));
            if round % 2 == 0 {
                thread::sleep(Duration::from_micros(300));
            }
            (&far).write_all(&[2 * (round % 100), 2 * (round % 100) + 1]).expect("they read");
            let mut got = [coroutine.join().expect("no panic"), thread.join().expect("no panic")];
            got.sort_unstable();
            assert_eq!(got, [2 * round, 2 * round + 1]);
            let mut heard = [0; 2];
            (&far).read_exact(&mut heard).expect("from both");
            heard.sort_unstable();
            assert_eq!(heard, [(2 * round + 1) ^ 0xff, (2 * round) ^ 0xff]);
        }
    });
}

/// With std's answer, after std's time.
#[test]
fn timeouts_of_sockets_expire_on_threads_as_in_coroutines() {
    const TIME: Duration = Duration::from_millis(15);
    bounded(|| {
        let expire = || {
            let listener = TcpListener::bind("127.0.0.1:0").expect("bind to loopback");
            let near = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
            let (far, _) = listener.accept().expect("it is there");
            near.set_read_timeout(Some(TIME)).expect("not zero");
            let begun = Instant::now();
            let error = (&near).read(&mut [0; 8]).expect_err("nobody writes");
            assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error:?}");
            assert!(begun.elapsed() >= TIME);
            (&far).write_all(b"late").expect("there is room");
            assert_eq!((&near).read(&mut [0; 8]).expect("there are data"), 4);
        };
        expire();
        runtime(1).run(expire);
    });
}

fn named(name: &str) -> Runtime {
    crate::policy::builder().workers(1).thread_name(name).build().expect("a runtime")
}

/// Where `go` spawns at present, if anywhere.
fn current_runtime() -> Option<String> {
    let worker = || thread::current().name().expect("workers have names").to_owned();
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let spawned = catch_unwind(|| go(worker));
    std::panic::set_hook(hook);
    let worker = spawned.ok()?.join().expect("no panic");
    Some(worker.trim_end_matches("-0").to_owned())
}

#[test]
fn enter_nests() {
    crate::child::in_child(enter_nests, &[], || {
        let (one, two) = (named("one"), named("two"));
        let is = |name: &str| assert_eq!(current_runtime().as_deref(), Some(name));
        assert_eq!(current_runtime(), None);
        {
            let _one = one.enter();
            is("one");
            {
                let _two = two.enter();
                is("two");
                {
                    let _again = one.enter();
                    is("one");
                    let built = Builder::new().spawn(|| thread::current().name().map(str::to_owned));
                    let worker = built.expect("a coroutine").join().expect("no panic");
                    assert_eq!(worker.as_deref(), Some("one-0"));
                }
                is("two");
            }
            is("one");
            // What runs in between has a current one of its own.
            assert_eq!(two.run(current_runtime).as_deref(), Some("two"));
            is("one");
        }
        assert_eq!(current_runtime(), None);
    })
    .succeeded();
}

/// "As long as the guard lives", in whatever order they are dropped.
#[test]
fn enter_out_of_order() {
    crate::child::in_child(enter_out_of_order, &[], || {
        let (one, two, three) = (named("one"), named("two"), named("three"));
        let is = |name: Option<&str>| assert_eq!(current_runtime().as_deref(), name);
        let outer = one.enter();
        let inner = two.enter();
        drop(outer);
        is(Some("two"));
        let newest = three.enter();
        is(Some("three"));
        drop(inner);
        is(Some("three"));
        drop(newest);
        is(None);
    })
    .succeeded();
}

/// The guard of a thread that panics is dropped like any other.
#[test]
fn enter_ends_with_a_panic() {
    crate::child::in_child(enter_ends_with_a_panic, &[], || {
        let (one, two) = (named("one"), named("two"));
        let _one = one.enter();
        let panicked = catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _two = two.enter();
            assert_eq!(current_runtime().as_deref(), Some("two"));
            panic!("on purpose");
        }));
        assert!(panicked.is_err());
        assert_eq!(current_runtime().as_deref(), Some("one"));
    })
    .succeeded();
}
