//! Start and stop, again and again, with work in flight: nothing stays behind.

use crate::child::in_child;
use crate::eventually::eventually;
use crate::footprint::Footprint;
use crate::lives::HOMED;
use crate::random::Random;
use crate::sockets::{is_cancelled, listener};
use crate::waiting::until_started;
use crate::workers::runtime;
use gopark::coroutine::{cancelled, park};
use gopark::net::{TcpListener, TcpStream};
use gopark::runtime::Runtime;
use gopark::time::sleep;
use gopark::{Cancelled, Coroutine, go, yield_now};
use std::hint::spin_loop;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// More than any of them needs.
const GRACE: Duration = Duration::from_secs(20);

/// Lets parked ones go, when the coroutine ends that has it, or if that never starts.
struct LetsGo {
    stop: Arc<AtomicBool>,
    targets: Vec<Coroutine>,
}

impl Drop for LetsGo {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.targets.iter().for_each(Coroutine::unpark);
    }
}

/// Starts work of every kind that comes to an end when it is cancelled, and leaves it in flight.
fn start_work(
    runtime: &Runtime,
    to: SocketAddr,
    accepts: &Arc<TcpListener>,
    ended: &Arc<AtomicUsize>,
) -> usize {
    let _current = runtime.enter();
    let count = |body: Box<dyn FnOnce() + Send>| {
        let ended = ended.clone();
        go(move || {
            body();
            ended.fetch_add(1, Ordering::Relaxed);
        })
    };
    // Parked ones, which one that was cancelled lets go.
    let stop = Arc::new(AtomicBool::new(false));
    let parked: Vec<_> = (0..3)
        .map(|_| {
            let stop = stop.clone();
            count(Box::new(move || {
                while !stop.load(Ordering::SeqCst) {
                    park();
                }
            }))
        })
        .collect();
    let targets = parked.iter().map(|handle| handle.coroutine().clone()).collect();
    let lets_go = LetsGo { stop, targets };
    let listener = accepts.clone();
    let mut handles = parked;
    handles.push(count(Box::new(move || {
        let _lets_go = lets_go;
        while !is_cancelled(&listener.accept().expect_err("nobody connects there")) {}
    })));
    // In net: connected, and reading for ever or writing without a reader.
    for reads in [true, false] {
        handles.push(count(Box::new(move || {
            let Ok(conn) = TcpStream::connect(to) else { return };
            let mut buf = [0; 1 << 12];
            while if reads { (&conn).read(&mut buf).is_ok() } else { (&conn).write(&buf).is_ok() } {}
        })));
    }
    handles.push(count(Box::new(|| sleep(Duration::from_micros(300)))));
    handles.push(count(Box::new(|| {
        while cancelled().is_none() {
            sleep(Duration::from_micros(50));
        }
    })));
    handles.push(count(Box::new(|| (0..20_000).for_each(|_| spin_loop()))));
    handles.push(count(Box::new(|| {
        while cancelled().is_none() {
            yield_now();
        }
    })));
    // Fresh ones, of which few have their turn.
    handles.extend((0..10).map(|_| count(Box::new(|| drop(go(yield_now).join())))));
    let all = handles.len();
    for (number, handle) in handles.into_iter().enumerate() {
        if number % 2 == 0 {
            drop(handle);
        } else if number % 3 == 0 {
            // Somebody waits for it when the runtime stops.
            thread::spawn(move || drop(handle.join()));
        }
    }
    all
}

#[test]
fn a_thousand_times() {
    in_child(a_thousand_times, &[], || {
        // Accepts and holds; never reads. Not a coroutine: it is there before and after.
        let server = std::net::TcpListener::bind("127.0.0.1:0").expect("bind to loopback");
        let to = server.local_addr().expect("bound");
        let kept = Arc::new(std::sync::Mutex::new(Vec::new()));
        let keeps = kept.clone();
        thread::spawn(move || {
            for conn in server.incoming() {
                keeps.lock().expect("no panic").push(conn.expect("a connection"));
            }
        });
        let (accepts, _) = listener();
        let accepts = Arc::new(accepts);
        let mut random = Random::new(41);
        let mut cancelled = 0;
        let mut finished = 0;
        let mut round = |number: usize| {
            let runtime = runtime(1 + number % 3);
            let ended = Arc::new(AtomicUsize::new(0));
            let all = start_work(&runtime, to, &accepts, &ended);
            (0..random.below(60_000)).for_each(|_| spin_loop());
            if number.is_multiple_of(4) {
                thread::sleep(Duration::from_millis(1));
            }
            let report = runtime.shutdown(GRACE);
            assert!(report.abandoned.is_empty(), "round {number}: {:?}", report.abandoned);
            let metrics = runtime.metrics();
            assert_eq!((metrics.live, metrics.abandoned), (0, 0), "round {number}");
            assert!(ended.load(Ordering::Relaxed) <= all);
            cancelled += report.cancelled;
            finished += report.finished;
            drop(runtime);
            kept.lock().expect("no panic").clear();
        };
        (0..200).for_each(&mut round);
        // Joiners' threads may be about to end, connections about to be accepted.
        thread::sleep(Duration::from_millis(200));
        kept.lock().expect("no panic").clear();
        let before = Footprint::now();
        (200..1200).for_each(&mut round);
        eventually("as many threads as before", || Footprint::now().threads <= before.threads);
        // Machines keep theirs for later ones, and on a machine that is busy there were more of them at a time.
        eventually("hardly more descriptors than before", || {
            kept.lock().expect("no panic").clear();
            Footprint::now().descriptors <= before.descriptors + 50
        });
        let after = Footprint::now();
        println!("{before:?} => {after:?}; {finished} finished, {cancelled} cancelled");
        // The heaps of malloc's arenas come and go; a leak would be of a thousand.
        assert!(after.mappings <= before.mappings + 50, "{before:?} => {after:?}");
    })
    .succeeded();
}

/// With the end of `run`, that is with a grace that may not suffice; so what is abandoned is counted.
#[test]
fn many_times_by_run() {
    in_child(many_times_by_run, &[], || {
        let (accepts, _) = listener();
        let accepts = Arc::new(accepts);
        let round = || {
            crate::run::run(|| {
                for _ in 0..5 {
                    let listener = accepts.clone();
                    drop(go(move || drop(listener.accept())));
                    drop(go(|| sleep(Duration::from_micros(200))));
                }
                yield_now();
                go(|| ()).join().expect("no panic");
            });
        };
        (0..30).for_each(|_| round());
        let before = Footprint::now();
        (0..300).for_each(|_| round());
        let after = Footprint::now();
        println!("{before:?} => {after:?}");
        // On a machine that is busy some have not come to their end in time. A leak would be of a few hundred.
        assert!(after.threads <= before.threads + 30, "{before:?} => {after:?}");
        assert!(after.descriptors <= before.descriptors + 60, "{before:?} => {after:?}");
        assert!(after.mappings <= before.mappings + 200, "{before:?} => {after:?}");
    })
    .succeeded();
}

/// So many threads so many abandoned coroutines keep.
fn on_threads(abandoned: usize) -> usize {
    if HOMED { abandoned } else { 0 }
}

/// Abandoned coroutines keep their threads and stacks; what else their runtimes had does not grow with them.
#[test]
fn what_is_abandoned_is_all_that_stays() {
    in_child(what_is_abandoned_is_all_that_stays, &[], || {
        let round = |number: usize| {
            let runtime = runtime(2);
            let parked = runtime.spawn(park);
            let sum: usize = (0..5).map(|i| runtime.spawn(move || i).join().expect("no panic")).sum();
            assert_eq!(sum, 10);
            until_started(&runtime, 6);
            let report = runtime.shutdown(Duration::ZERO);
            assert_eq!(report.abandoned.len(), 1, "round {number}");
            assert!(parked.join().expect_err("abandoned").is::<Cancelled>());
        };
        (0..10).for_each(round);
        // And the main thread, and that of the test.
        eventually("one thread for each", || Footprint::now().threads == 2 + on_threads(10));
        let before = Footprint::now();
        (0..100).for_each(round);
        eventually("one thread for each", || Footprint::now().threads == before.threads + on_threads(100));
        let after = Footprint::now();
        println!("{before:?} => {after:?}");
        assert!(after.descriptors <= before.descriptors + 200, "{before:?} => {after:?}");
    })
    .succeeded();
}
