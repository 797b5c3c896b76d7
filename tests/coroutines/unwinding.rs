//! What a destructor may do while its coroutine panics: wait, on its thread and with it; but calls that can fail, and
//! would have to wait, fail.

use crate::child::in_child;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{Builder, current, park, park_timeout};
use gopark::net::{TcpListener, TcpStream};
use gopark::runtime::Runtime;
use gopark::time::{sleep, sleep_until};
use gopark::{Cancelled, JoinHandle, go, yield_now};
use std::io::{self, ErrorKind, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Does something when it is dropped.
struct InDrop<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Drop for InDrop<F> {
    fn drop(&mut self) {
        self.0.take().expect("once")();
    }
}

/// Panics in the calling coroutine, does `f` while it unwinds, and returns what `f` has returned.
fn while_unwinding<T>(f: impl FnOnce() -> T) -> T {
    let mut returned = None;
    let into = &mut returned;
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _does = InDrop(Some(|| {
            assert!(thread::panicking());
            *into = Some(f());
            assert!(thread::panicking());
        }));
        panic!("on purpose");
    }));
    assert!(panicked.is_err() && !thread::panicking());
    returned.expect("the destructor came to its end")
}

/// A connection over loopback.
fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind to loopback");
    let client = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    (client, listener.accept().expect("it is there").0)
}

/// Neighbours that take turns all the time, hold locks of std while others run, and see to it that nobody's panic is
/// taken for theirs.
struct Bystanders {
    lock: Arc<Mutex<()>>,
    stop: Arc<AtomicBool>,
    turns: Arc<AtomicUsize>,
    handles: Vec<JoinHandle<()>>,
}

impl Bystanders {
    fn of(runtime: &Runtime, count: usize) -> Bystanders {
        let (stop, turns) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let lock = Arc::new(Mutex::new(()));
        let handles = (0..count).map(|_| {
            let (lock, stop, turns) = (lock.clone(), stop.clone(), turns.clone());
            runtime.spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    assert!(!thread::panicking(), "a neighbour's panic is seen here");
                    let guard = lock.try_lock();
                    yield_now();
                    assert!(!thread::panicking(), "a neighbour's panic is seen here");
                    drop(guard);
                    turns.fetch_add(1, Ordering::SeqCst);
                    sleep(Duration::from_micros(50));
                }
            })
        });
        let handles = handles.collect();
        Bystanders { lock, stop, turns, handles }
    }

    fn turns(&self) -> usize {
        self.turns.load(Ordering::SeqCst)
    }

    fn have_seen_nothing(self) {
        let then = self.turns();
        while self.turns() < then + 10 {
            thread::yield_now();
        }
        self.stop.store(true, Ordering::SeqCst);
        for handle in self.handles {
            handle.join().expect("nobody else panics");
        }
        assert!(!self.lock.is_poisoned());
    }
}

/// Each wait that cannot fail goes on to its end, and its neighbours are none the wiser.
#[test]
fn infallible_waits_wait() {
    const TIME: Duration = Duration::from_millis(15);
    in_child(infallible_waits_wait, &[], || {
        let elsewhere = runtime(1);
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let bystanders = Bystanders::of(&runtime, 4);
            let takes_time = |name: &str, wait: &(dyn Fn() + Sync)| {
                let took = runtime.run(|| {
                    while_unwinding(|| {
                        let begun = Instant::now();
                        wait();
                        begun.elapsed()
                    })
                });
                assert!(took >= TIME, "{name}: {took:?}");
            };
            for _ in 0..3 {
                takes_time("sleep", &|| sleep(TIME));
                takes_time("sleep_until", &|| sleep_until(Instant::now() + TIME));
                takes_time("park_timeout", &|| park_timeout(TIME));
                takes_time("join", &|| elsewhere.spawn(|| sleep(TIME)).join().expect("no panic"));
                takes_time("join_timeout", &|| assert!(!elsewhere.spawn(park).join_timeout(TIME)));
                takes_time("run", &|| elsewhere.run(|| sleep(TIME)));
            }
            bystanders.have_seen_nothing();
        }
    })
    .succeeded();
}

/// The token comes from a plain thread, from another runtime, or from a neighbour on another worker.
#[test]
fn a_park_ends_with_its_token() {
    in_child(a_park_ends_with_its_token, &[], || {
        let elsewhere = runtime(1);
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let bystanders = Bystanders::of(&runtime, 4);
            for round in 0..30 {
                let woken = Arc::new(AtomicBool::new(false));
                let flag = woken.clone();
                let (tell, told) = channel();
                let parks = runtime.spawn(move || {
                    while_unwinding(|| {
                        tell.send(()).expect("the test waits");
                        while !flag.load(Ordering::SeqCst) {
                            park();
                        }
                    });
                });
                told.recv().expect("it unwinds");
                if round % 2 == 0 {
                    // Time enough to have parked, most of the time.
                    thread::sleep(Duration::from_millis(1));
                }
                let target = parks.coroutine().clone();
                let wake = move || {
                    woken.store(true, Ordering::SeqCst);
                    target.unpark();
                };
                if round % 3 == 0 {
                    elsewhere.run(wake)
                } else {
                    wake()
                }
                parks.join().expect("caught");
            }
            bystanders.have_seen_nothing();
        }
    })
    .succeeded();
}

/// Nobody else may have the thread meanwhile, so there is nobody to yield to.
#[test]
fn yield_now_returns_at_once() {
    bounded(|| {
        runtime(1).run(|| {
            let turns = Arc::new(AtomicUsize::new(0));
            let stop = Arc::new(AtomicBool::new(false));
            let (count, flag) = (turns.clone(), stop.clone());
            let neighbour = go(move || {
                while !flag.load(Ordering::SeqCst) {
                    count.fetch_add(1, Ordering::SeqCst);
                    yield_now();
                }
            });
            while turns.load(Ordering::SeqCst) == 0 {
                yield_now();
            }
            let (before, after) = while_unwinding(|| {
                let before = turns.load(Ordering::SeqCst);
                (0..1000).for_each(|_| yield_now());
                (before, turns.load(Ordering::SeqCst))
            });
            assert_eq!(before, after);
            stop.store(true, Ordering::SeqCst);
            neighbour.join().expect("no panic");
        });
    });
}

/// The call has failed without a wait, and not because anybody was cancelled.
#[track_caller]
fn refused<T>(name: &str, call: impl FnOnce() -> io::Result<T>) {
    let begun = Instant::now();
    let error = call().map(drop).expect_err(name);
    assert!(begun.elapsed() < Duration::from_secs(10), "{name} took {:?}", begun.elapsed());
    assert_eq!(error.kind(), ErrorKind::Other, "{name}: {error:?}");
    assert!(!error.get_ref().is_some_and(|source| source.is::<Cancelled>()), "{name}: {error:?}");
    assert!(error.to_string().contains("panic"), "{name}: {error}");
}

#[test]
fn calls_on_sockets_that_would_have_to_wait_fail_at_once() {
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                let (near, _far) = pair();
                let (timed, _timed_far) = pair();
                timed.set_read_timeout(Some(Duration::from_secs(3600))).expect("not zero");
                let (full, full_far) = pair();
                let listener = TcpListener::bind("127.0.0.1:0").expect("bind to loopback");
                while_unwinding(|| {
                    for _ in 0..3 {
                        refused("read", || (&near).read(&mut [0; 8]));
                        refused("read_exact", || (&near).read_exact(&mut [0; 8]));
                        refused("peek", || near.peek(&mut [0; 8]));
                        refused("read with a timeout", || (&timed).read(&mut [0; 8]));
                        refused("accept", || listener.accept());
                        refused("write_all", || (&full).write_all(&vec![0; 64 << 20]));
                    }
                });
                drop(full_far);
            });
        }
    });
}

/// A handshake always has to be waited for.
#[test]
fn connect_fails_at_once() {
    bounded(|| {
        runtime(1).run(|| {
            let listener = TcpListener::bind("127.0.0.1:0").expect("bind to loopback");
            let address = listener.local_addr().expect("bound");
            while_unwinding(|| {
                refused("connect", || TcpStream::connect(address));
                refused("connect_timeout", || {
                    TcpStream::connect_timeout(&address, Duration::from_secs(3600))
                });
            });
            // Afterwards it works as ever.
            TcpStream::connect(address).expect("it listens");
        });
    });
}

#[test]
fn calls_on_sockets_that_need_not_wait_succeed() {
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                let (near, far) = pair();
                (&far).write_all(b"here").expect("there is room");
                let listener = TcpListener::bind("127.0.0.1:0").expect("bind to loopback");
                let address = listener.local_addr().expect("bound");
                let _client = TcpStream::connect(address).expect("it listens");
                while_unwinding(|| {
                    let mut buf = [0; 4];
                    assert_eq!(near.peek(&mut buf).expect("they are there"), 4);
                    (&near).read_exact(&mut buf).expect("they are there");
                    assert_eq!(&buf, b"here");
                    (&near).write_all(b"last words").expect("there is room");
                    listener.accept().expect("it waits there");
                });
                drop(near);
                let mut words = String::new();
                (&far).read_to_string(&mut words).expect("up to the end");
                assert_eq!(words, "last words");
            });
        }
    });
}

/// What has failed meanwhile can be done afterwards, and nobody's readiness is lost; by the same coroutine and by
/// others, who may have waited all the time.
#[test]
fn the_sockets_are_as_before() {
    bounded(|| {
        let runtime = runtime(2);
        for round in 0..50_u8 {
            let (near, far) = pair();
            let near = Arc::new(near);
            let conn = near.clone();
            let waits = runtime.spawn(move || {
                let mut byte = [0];
                (&*conn).read_exact(&mut byte).map(|()| byte[0])
            });
            if round % 2 == 0 {
                thread::sleep(Duration::from_micros(300));
            }
            let conn = near.clone();
            let (refuse, was_refused) = channel();
            let unwinds = runtime.spawn(move || {
                while_unwinding(|| refused("read", || (&*conn).read(&mut [0; 8])));
                refuse.send(()).expect("the test waits");
                let mut byte = [0];
                (&*conn).read_exact(&mut byte).map(|()| byte[0])
            });
            was_refused.recv().expect("it ends");
            (&far).write_all(&[round, round]).expect("there is room");
            assert_eq!(waits.join().expect("no panic").expect("a byte"), round);
            assert_eq!(unwinds.join().expect("no panic").expect("a byte"), round);
        }
    });
}

/// A plain thread that panics has nobody beside it: there everything waits as ever.
#[test]
fn on_a_plain_thread_nothing_changes() {
    bounded(|| {
        let (near, far) = pair();
        let writer = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            (&far).write_all(b"late").expect("there is room");
        });
        let read = while_unwinding(|| {
            let mut buf = [0; 4];
            (&near).read_exact(&mut buf).map(|()| buf)
        });
        assert_eq!(&read.expect("the data"), b"late");
        writer.join().expect("no panic");
        let runtime = runtime(1);
        let child = runtime.spawn(|| sleep(Duration::from_millis(20)));
        while_unwinding(|| child.join().expect("no panic"));
    });
}

/// Its thread is stuck as long as it waits, and that is reported like any other stall; what others need goes on
/// elsewhere, and goes on here afterwards.
#[test]
fn the_wait_is_a_stall() {
    bounded(|| {
        let (tell, told) = channel();
        let builder = crate::policy::builder().workers(1);
        let runtime =
            builder.on_stall(move |stall| drop(tell.send(stall.clone()))).build().expect("a runtime");
        let _current = runtime.enter();
        let sleeper = go(|| {
            let begun = Instant::now();
            sleep(Duration::from_millis(30));
            begun.elapsed()
        });
        let unwinds = Builder::new().name("sleeps in a destructor").spawn(|| {
            while_unwinding(|| sleep(Duration::from_millis(150)));
        });
        let unwinds = unwinds.expect("a coroutine");
        let stall = told.recv_timeout(Duration::from_secs(30)).expect("it is reported");
        assert_eq!(stall.coroutine, *unwinds.coroutine());
        assert_eq!(stall.coroutine.name(), Some("sleeps in a destructor"));
        let fresh = go(Instant::now).join().expect("somebody starts it");
        assert!(!unwinds.is_finished() || fresh.elapsed() < Duration::from_secs(10));
        unwinds.join().expect("caught");
        assert!(sleeper.join().expect("no panic") >= Duration::from_millis(30));
    });
}

/// Panics inside destructors that catch them, and waits in those.
#[test]
fn it_nests() {
    in_child(it_nests, &[], || {
        let runtime = runtime(2);
        let bystanders = Bystanders::of(&runtime, 4);
        let depth = runtime.run(|| {
            while_unwinding(|| {
                let me = current();
                let depth = while_unwinding_again(3);
                assert!(me == current());
                depth
            })
        });
        assert_eq!(depth, 3);
        bystanders.have_seen_nothing();
    })
    .succeeded();
}

/// As `while_unwinding`, where that is the case already.
fn while_unwinding_again(depth: usize) -> usize {
    if depth == 0 {
        sleep(Duration::from_millis(5));
        return 0;
    }
    let mut deeper = 0;
    let into = &mut deeper;
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let _does = InDrop(Some(|| {
            sleep(Duration::from_millis(1));
            *into = while_unwinding_again(depth - 1) + 1;
        }));
        panic!("once more, on purpose");
    }));
    assert!(caught.is_err() && thread::panicking(), "the outer panic goes on");
    deeper
}

/// As on any thread: std has no other way.
#[test]
fn a_second_panic_that_leaves_a_destructor_aborts_the_process() {
    let child = in_child(a_second_panic_that_leaves_a_destructor_aborts_the_process, &[], || {
        runtime(2).run(|| {
            let _panics = InDrop(Some(|| panic!("the second one")));
            panic!("the first one");
        });
    });
    use std::os::unix::process::ExitStatusExt;
    assert_eq!(child.status.signal(), Some(libc::SIGABRT), "{}\n{}", child.status, child.stderr);
    for words in ["the first one", "the second one"] {
        assert!(child.stderr.contains(words), "{}", child.stderr);
    }
}

/// Hundreds of them, on two workers, each waiting in its destructor for something that the other worker or nobody
/// has to do.
#[test]
fn many_at_once() {
    bounded(|| {
        let runtime = runtime(2);
        let handles: Vec<_> = (0..100_u64)
            .map(|i| {
                runtime.spawn(move || {
                    while_unwinding(|| match i % 3 {
                        0 => sleep(Duration::from_micros(200 + i)),
                        1 => park_timeout(Duration::from_micros(300)),
                        _ => yield_now(),
                    });
                    i
                })
            })
            .collect();
        for (i, handle) in (0..).zip(handles) {
            assert_eq!(handle.join().expect("caught"), i);
        }
    });
}
