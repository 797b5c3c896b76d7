//! Waits in destructors during a panic. Nobody else runs on that thread meanwhile (`std::thread::panicking` is true for
//! all of it), so such a wait is a stall like any other.

use crate::lives::HOMED;
use crate::one_at_a_time::alone;
use crate::reports::{Reports, watched};
use crate::watchdog::bounded;
use gopark::coroutine::{self, JoinHandle, park};
use gopark::net::{TcpListener, TcpStream};
use gopark::runtime::{Runtime, StallCause};
use gopark::time::sleep;
use gopark::{go, yield_now};
use std::io::{self, Read, Write};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Calls it when it is dropped.
struct Last<F: FnMut()>(F);

impl<F: FnMut()> Drop for Last<F> {
    fn drop(&mut self) {
        self.0();
    }
}

/// A coroutine that panics, and has this to do before it ends. No hook runs: to print where it came from may take longer
/// than anything here.
fn panics(name: &str, last: impl FnMut() + Send + 'static) -> JoinHandle<()> {
    let body = move || {
        let _last = Last(last);
        resume_unwind(Box::new("on purpose"));
    };
    coroutine::Builder::new().name(name).spawn(body).expect("a coroutine")
}

/// Runs on and on, and counts how often it did and how often during a panic.
struct Neighbour {
    turns: Arc<AtomicUsize>,
    panicking: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    handle: JoinHandle<()>,
}

impl Neighbour {
    fn start() -> Neighbour {
        let (turns, panicking) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let over = Arc::new(AtomicBool::new(false));
        let (counts, sees, ends) = (turns.clone(), panicking.clone(), over.clone());
        let (begun, begins) = channel();
        let handle = go(move || {
            begun.send(()).expect("the test waits");
            while !ends.load(Ordering::SeqCst) {
                counts.fetch_add(1, Ordering::SeqCst);
                sees.fetch_add(usize::from(thread::panicking()), Ordering::SeqCst);
                yield_now();
            }
        });
        begins.recv().expect("it starts");
        Neighbour { turns, panicking, over, handle }
    }

    fn turns(&self) -> impl Fn() -> usize + Send + 'static {
        let turns = self.turns.clone();
        move || turns.load(Ordering::SeqCst)
    }

    /// Ends it: it goes on as soon as the panic is over.
    fn end(self) {
        self.over.store(true, Ordering::SeqCst);
        self.handle.join().expect("no panic");
        assert_eq!(self.panicking.load(Ordering::SeqCst), 0, "it has run during the panic of another one");
    }
}

fn one_worker() -> (Runtime, Reports) {
    watched(crate::policy::builder().workers(1))
}

/// What a coroutine has sent.
#[track_caller]
fn said<T>(receiver: &Receiver<T>) -> T {
    receiver.recv_timeout(Duration::from_secs(20)).expect("it comes to this")
}

#[test]
fn a_sleep_is_told_as_a_stall() {
    let _turn = alone();
    bounded(|| {
        let (runtime, reports) = one_worker();
        let _entered = runtime.enter();
        let neighbour = Neighbour::start();
        let turns = neighbour.turns();
        let (tell, told) = channel();
        let panicked = panics("unwinds", move || {
            let (begun, before) = (Instant::now(), turns());
            sleep(Duration::from_millis(50));
            let _ = tell.send((begun.elapsed(), turns() - before, thread::panicking()));
        });
        let stall = reports.next_of("unwinds");
        assert!(matches!(stall.cause, StallCause::Blocked { .. }), "{stall}");
        assert_eq!((stall.worker, stall.behind), (0, usize::from(HOMED)), "{stall}");
        let (slept, turns, still_panicking) = said(&told);
        assert!(slept >= Duration::from_millis(50));
        assert!(still_panicking);
        assert!(turns == 0 || !HOMED, "{turns} turns of a neighbour");
        panicked.join().expect_err("it has panicked");
        neighbour.end();
    });
}

/// After 10 ms and after 100 ms.
#[test]
fn a_long_sleep_is_told_again() {
    let _turn = alone();
    bounded(|| {
        let (runtime, reports) = one_worker();
        let _entered = runtime.enter();
        let panicked = panics("unwinds", || sleep(Duration::from_millis(400)));
        assert!(panicked.join_timeout(Duration::from_secs(20)));
        let told = reports.rest();
        assert!(told.iter().any(|stall| stall.duration >= Duration::from_millis(100)), "{told:?}");
    });
}

#[test]
fn a_read_that_would_have_to_wait_fails_at_once() {
    let _turn = alone();
    bounded(|| {
        let (runtime, _reports) = one_worker();
        let _entered = runtime.enter();
        let (tell, told) = channel();
        let panicked = go(move || {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
            let address = listener.local_addr().expect("bound");
            let mut client = TcpStream::connect(address).expect("a connection");
            let (mut server, _) = listener.accept().expect("a connection");
            client.write_all(b"x").expect("a reader");
            let _last = Last(move || {
                // The byte that is there can be read. What never comes is not waited for.
                let there = server.read(&mut [0]);
                let wrote = server.write(b"last words");
                let errors = [server.read(&mut [0]).err(), listener.accept().err()];
                let mut words = [0; 10];
                let heard = client.read(&mut words);
                drop(tell.send((there, wrote, errors, heard)));
            });
            panic!("on purpose");
        });
        // It would wait for ever, and nobody could tell how long.
        let (there, wrote, errors, heard) = said(&told);
        assert_eq!((there.ok(), wrote.ok(), heard.ok()), (Some(1), Some(10), Some(10)));
        for error in errors {
            let error = error.expect("it does not wait");
            assert_eq!(error.kind(), io::ErrorKind::Other, "{error}");
            assert!(error.to_string().contains("panic"), "{error}");
        }
        panicked.join().expect_err("it has panicked");
    });
}

/// It is asked to let others run, and must not.
#[test]
fn calls_that_need_not_wait_do_not_let_others_run() {
    let _turn = alone();
    bounded(|| {
        let (runtime, reports) = one_worker();
        let _entered = runtime.enter();
        let neighbour = Neighbour::start();
        let turns = neighbour.turns();
        let asked = Arc::new(AtomicBool::new(false));
        let is_asked = asked.clone();
        let (tell, told) = channel();
        let panicked = panics("unwinds", move || {
            let before = turns();
            let mut asked_at = None;
            while asked_at.is_none_or(|at: Instant| at.elapsed() < Duration::from_millis(30)) {
                sleep(Duration::ZERO);
                yield_now();
                if asked_at.is_none() && is_asked.load(Ordering::SeqCst) {
                    asked_at = Some(Instant::now());
                }
            }
            let _ = tell.send(turns() - before);
        });
        reports.next_of("unwinds");
        asked.store(true, Ordering::SeqCst);
        let turns = said(&told);
        assert!(turns == 0 || !HOMED, "{turns} turns of a neighbour");
        panicked.join().expect_err("it has panicked");
        neighbour.end();
    });
}

/// Fresh coroutines go on elsewhere, also those that the destructor itself waits for, and however long it has waited.
fn waits_for_a_fresh_one(spawned_after: Duration) {
    let (runtime, reports) = one_worker();
    let _entered = runtime.enter();
    let handles: Arc<Mutex<Vec<JoinHandle<()>>>> = Arc::default();
    let (gives, done) = (handles.clone(), Arc::new(AtomicBool::new(false)));
    let sets = done.clone();
    let panicked = panics("unwinds", move || {
        while !done.load(Ordering::SeqCst) {
            park();
        }
    });
    reports.next_of("unwinds");
    thread::sleep(spawned_after);
    let target = panicked.coroutine().clone();
    gives.lock().expect("no panic").push(runtime.spawn(move || {
        sets.store(true, Ordering::SeqCst);
        target.unpark();
    }));
    assert!(panicked.join_timeout(Duration::from_secs(10)), "nobody starts the one that it waits for");
    panicked.join().expect_err("it has panicked");
}

#[test]
fn a_destructor_waits_for_one_that_is_spawned_at_once() {
    let _turn = alone();
    bounded(|| waits_for_a_fresh_one(Duration::ZERO));
}

#[test]
fn a_destructor_waits_for_one_that_is_spawned_later() {
    let _turn = alone();
    bounded(|| waits_for_a_fresh_one(Duration::from_millis(300)));
}

#[test]
fn a_destructor_joins_its_own_child() {
    let _turn = alone();
    bounded(|| {
        let (runtime, _reports) = one_worker();
        let _entered = runtime.enter();
        let (tell, told) = channel();
        let panicked = panics("unwinds", move || {
            let here = thread::current().id();
            let _ = tell.send(go(move || thread::current().id() != here).join().ok());
        });
        assert_eq!(said(&told), Some(true), "another machine has run it");
        panicked.join().expect_err("it has panicked");
    });
}
