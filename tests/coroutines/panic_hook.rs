//! What a panic hook may do, which runs in the coroutine that panics: as a destructor then. Each test has a process of
//! its own, for there is one hook.

use crate::child::in_child;
use crate::workers::runtime;
use gopark::coroutine::{cancelled, current, no_park, park, park_timeout};
use gopark::net::{TcpListener, TcpStream};
use gopark::time::sleep;
use gopark::{Coroutine, go, yield_now};
use std::io::{ErrorKind, Read, Write};
use std::panic::{catch_unwind, set_hook};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

/// How often a hook came to its end: what it asserts would end the process, for it must not panic.
static ENDS: AtomicUsize = AtomicUsize::new(0);

/// Sets a hook that does this.
fn on_panic(hook: impl Fn() + Send + Sync + 'static) {
    set_hook(Box::new(move |_| {
        hook();
        ENDS.fetch_add(1, Ordering::SeqCst);
    }));
}

/// A panic in a hook aborts the process, and says little.
#[track_caller]
fn check(holds: bool, what: &str) {
    if !holds {
        let at = std::panic::Location::caller();
        eprintln!("{what}, at {at}");
        std::process::exit(1);
    }
}

/// Lets some coroutines panic among others, which must not notice.
fn let_some_panic(workers: usize) {
    let runtime = runtime(workers);
    let stop = Arc::new(AtomicBool::new(false));
    let bystanders: Vec<_> = (0..4)
        .map(|_| {
            let stop = stop.clone();
            runtime.spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    assert!(!thread::panicking());
                    yield_now();
                    sleep(Duration::from_micros(100));
                }
            })
        })
        .collect();
    let panics: Vec<_> =
        (0..10_usize).map(|i| runtime.spawn(move || -> u8 { std::panic::panic_any(i) })).collect();
    for (i, handle) in panics.into_iter().enumerate() {
        let payload = handle.join().expect_err("a panic");
        assert_eq!(payload.downcast_ref::<usize>(), Some(&i));
    }
    // And one that is caught.
    let caught = runtime.run(|| catch_unwind(|| std::panic::panic_any("caught")).expect_err("a panic"));
    assert_eq!(caught.downcast_ref::<&str>(), Some(&"caught"));
    stop.store(true, Ordering::SeqCst);
    for bystander in bystanders {
        bystander.join().expect("nobody else panics");
    }
    assert_eq!(runtime.run(|| go(|| 1).join().expect("no panic")), 1);
    assert_eq!(ENDS.swap(0, Ordering::SeqCst), 11);
}

#[test]
fn it_may_sleep_yield_and_park_for_a_time() {
    in_child(it_may_sleep_yield_and_park_for_a_time, &[], || {
        on_panic(|| {
            let begun = Instant::now();
            sleep(Duration::from_millis(2));
            park_timeout(Duration::from_millis(2));
            check(begun.elapsed() >= Duration::from_millis(4), "it has not waited");
            (0..100).for_each(|_| yield_now());
        });
        [1, 2].into_iter().for_each(let_some_panic);
    })
    .succeeded();
}

#[test]
fn it_may_park() {
    static PARKED: Mutex<Vec<Coroutine>> = Mutex::new(Vec::new());
    in_child(it_may_park, &[], || {
        on_panic(|| {
            PARKED.lock().expect("no panic").push(current().expect("in a coroutine"));
            park();
        });
        thread::spawn(|| {
            loop {
                PARKED.lock().expect("no panic").drain(..).for_each(|parked| parked.unpark());
                thread::sleep(Duration::from_micros(500));
            }
        });
        [1, 2].into_iter().for_each(let_some_panic);
    })
    .succeeded();
}

/// Joining what runs elsewhere; a coroutine of the same thread could never run.
#[test]
fn it_may_spawn_and_join() {
    static ELSEWHERE: OnceLock<gopark::Runtime> = OnceLock::new();
    in_child(it_may_spawn_and_join, &[], || {
        let elsewhere = ELSEWHERE.get_or_init(|| runtime(1));
        on_panic(|| {
            drop(go(|| ()));
            let number = elsewhere.spawn(|| 5).join();
            check(number.is_ok_and(|number| number == 5), "it has run and told");
            check(elsewhere.run(|| 6) == 6, "so has this one");
        });
        [1, 2].into_iter().for_each(let_some_panic);
    })
    .succeeded();
}

#[test]
fn it_may_use_sockets_as_far_as_it_need_not_wait() {
    static CONNECTION: OnceLock<(TcpStream, TcpStream)> = OnceLock::new();
    in_child(it_may_use_sockets_as_far_as_it_need_not_wait, &[], || {
        let (near, far) = CONNECTION.get_or_init(|| {
            let listener = TcpListener::bind("127.0.0.1:0").expect("bind to loopback");
            let near = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
            (near, listener.accept().expect("it is there").0)
        });
        let mut near = near;
        on_panic(move || {
            let mut near = near;
            check(near.write_all(b"!").is_ok(), "there is room");
            let begun = Instant::now();
            let error = near.read(&mut [0; 8]).expect_err("there is nothing");
            check(error.kind() == ErrorKind::Other, "it says why");
            check(begun.elapsed() < Duration::from_secs(10), "it has waited");
        });
        [1, 2].into_iter().for_each(let_some_panic);
        let mut marks = [0; 22];
        let mut far = far;
        far.read_exact(&mut marks).expect("one of each");
        assert_eq!(marks, [b'!'; 22]);
        far.write_all(b"after").expect("there is room");
        let mut after = [0; 5];
        runtime(1).run(|| near.read_exact(&mut after)).expect("the socket is as before");
        assert_eq!(&after, b"after");
    })
    .succeeded();
}

/// It knows where it is.
#[test]
fn it_finds_its_coroutine() {
    in_child(it_finds_its_coroutine, &[], || {
        static SEEN: Mutex<Vec<u64>> = Mutex::new(Vec::new());
        on_panic(|| {
            let me = current().expect("in a coroutine");
            check(cancelled().is_none(), "nobody was cancelled");
            check(no_park(|| 1) == 1, "sections work");
            check(gopark::metrics().live > 0, "the runtime is current");
            sleep(Duration::from_micros(100));
            check(current() == Some(me.clone()), "it is still the same");
            SEEN.lock().expect("no panic").push(me.id());
        });
        let runtime = runtime(2);
        let handles: Vec<_> = (0..10).map(|_| runtime.spawn(|| panic!("on purpose"))).collect();
        let mut ids: Vec<_> = handles.iter().map(|handle| handle.coroutine().id()).collect();
        handles.into_iter().for_each(|handle| assert!(handle.join().is_err()));
        let mut seen = SEEN.lock().expect("no panic");
        ids.sort_unstable();
        seen.sort_unstable();
        assert_eq!(*seen, ids);
    })
    .succeeded();
}
