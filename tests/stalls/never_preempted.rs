//! Where a coroutine is never switched away, whoever asks for it: so that it may hold a `std::sync::Mutex` there, for
//! which a neighbour on the same thread would wait for ever.

use crate::one_at_a_time::{alone, compute};
use crate::reports::watched;
use crate::watchdog::bounded;
use gopark::coroutine::{self, Coroutine, current, no_park, park, park_timeout};
use gopark::net::{TcpListener, TcpStream};
use gopark::time::sleep;
use gopark::{go, yield_now};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long it goes on after it was asked to let others run.
const GOES_ON: Duration = Duration::from_millis(50);

/// How often a coroutine of the only worker has done what it was asked.
fn preemptions() -> u64 {
    gopark::metrics().machines[0].preemptions
}

/// `make` makes the call out of the neighbour, inside the coroutine that then calls it on and on, with the lock in its
/// hands, until long after it was asked to let others run.
fn keeps_its_thread<C: FnMut()>(make: impl FnOnce(Coroutine) -> C + Send + 'static) {
    let (runtime, reports) = watched(crate::policy::builder().workers(1));
    let _entered = runtime.enter();
    let lock = Arc::new(Mutex::new(0));
    let (asked, over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (begun, begins) = channel();
    let (locks, ends) = (lock.clone(), over.clone());
    let neighbour = go(move || {
        begun.send(()).expect("the test waits");
        while !ends.load(Ordering::SeqCst) {
            park();
            // If the other one was switched away, this stops the worker for good.
            *locks.lock().expect("no panic") += 1;
        }
    });
    begins.recv().expect("it starts");

    let target = neighbour.coroutine().clone();
    let is_asked = asked.clone();
    let holder = coroutine::Builder::new().name("holder").spawn(move || {
        let mut call = make(target.clone());
        let before = preemptions();
        let held = lock.lock().expect("no panic");
        // The neighbour is ready, and would be the next to run.
        target.unpark();
        let value = *held;
        let mut asked_at = None;
        while asked_at.is_none_or(|at: Instant| at.elapsed() < GOES_ON) {
            call();
            if asked_at.is_none() && is_asked.load(Ordering::SeqCst) {
                asked_at = Some(Instant::now());
            }
        }
        assert_eq!((*held, preemptions()), (value, before), "it was not switched away");
        drop(held);
        sleep(Duration::ZERO);
        assert_eq!(preemptions(), before + 1, "but is so at the next call that may wait");
        while *lock.lock().expect("no panic") == value {
            yield_now();
        }
    });
    let holder = holder.expect("a coroutine");
    // Whoever is told of was asked just before.
    reports.next_of("holder");
    asked.store(true, Ordering::SeqCst);
    holder.join().expect("no panic");
    over.store(true, Ordering::SeqCst);
    neighbour.coroutine().unpark();
    neighbour.join().expect("no panic");
}

#[test]
fn spawns_wake_ups_counts_and_handles() {
    let _turn = alone();
    bounded(|| {
        keeps_its_thread(|neighbour| {
            let finished = go(|| ());
            assert!(finished.join_timeout(Duration::MAX));
            move || {
                let fresh = go(|| ());
                neighbour.unpark();
                finished.coroutine().unpark();
                assert!(finished.is_finished() && gopark::metrics().live > 0);
                assert!(current().is_some() && coroutine::cancelled().is_none());
                fresh.cancel();
                drop((fresh, neighbour.clone()));
                // Else there are more fresh ones than anybody can start.
                compute(Duration::from_micros(50));
            }
        });
    });
}

/// A connection is closed, and its other end hears of it, without a switch.
#[test]
fn ends_of_connections() {
    let _turn = alone();
    bounded(|| {
        keeps_its_thread(|_| {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
            let address = listener.local_addr().expect("bound");
            let mut pairs: Vec<_> = (0..500)
                .map(|_| {
                    let client = TcpStream::connect(address).expect("a connection");
                    (client, listener.accept().expect("a connection").0)
                })
                .collect();
            move || {
                drop(pairs.pop());
                compute(Duration::from_micros(200));
            }
        });
    });
}

/// Not even where it may be switched away otherwise.
#[test]
fn whatever_is_called_inside_no_park() {
    let _turn = alone();
    bounded(|| {
        keeps_its_thread(|_| {
            let finished = go(|| ());
            assert!(finished.join_timeout(Duration::MAX));
            let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
            let mut client = TcpStream::connect(listener.local_addr().expect("bound")).expect("a connection");
            let (mut server, _) = listener.accept().expect("a connection");
            let me = current().expect("inside");
            move || {
                no_park(|| {
                    client.write_all(b"x").expect("a reader");
                    // On loopback the byte is there when it is written.
                    server.read_exact(&mut [0]).expect("a byte");
                    me.unpark();
                    park();
                    me.unpark();
                    park_timeout(Duration::MAX);
                    sleep(Duration::ZERO);
                    assert!(finished.join_timeout(Duration::ZERO));
                });
            }
        });
    });
}
