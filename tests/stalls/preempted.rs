//! Calls that may wait but never have to: a loop of them lets the neighbours have their turn all the same.

use crate::one_at_a_time::{alone, compute, median};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{current, park, park_timeout};
use gopark::net::TcpStream;
use gopark::time::{sleep, sleep_until};
use gopark::{go, yield_now};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Turns of the neighbour that a loop has to let it have.
const TURNS: usize = 20;
const PREEMPTIONS: u64 = 5;
/// Twenty times what is promised, about 10 ms and up to 20 for one that has just begun.
const AT_MOST: Duration = Duration::from_millis(800);
/// No turn at all.
const NEVER: Duration = Duration::from_secs(20);

/// `make` makes the call, inside the coroutine that then calls it on and on.
fn neighbour_has_its_turn<C: FnMut()>(what: &'static str, make: impl FnOnce() -> C + Send) {
    let times = runtime(1).run(|| {
        let (turns, over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (notes, ends) = (turns.clone(), over.clone());
        let neighbour = go(move || {
            let mut last = Instant::now();
            while !ends.load(Ordering::SeqCst) {
                yield_now();
                notes.lock().expect("no panic").push(last.elapsed());
                last = Instant::now();
            }
        });
        let mut call = make();
        while turns.lock().expect("no panic").is_empty() {
            yield_now();
        }
        turns.lock().expect("no panic").clear();
        let before = gopark::metrics().machines[0].preemptions;
        let begun = Instant::now();
        loop {
            (0..100).for_each(|_| call());
            let preempted = gopark::metrics().machines[0].preemptions - before;
            let had = turns.lock().expect("no panic").len();
            if had >= TURNS && preempted >= PREEMPTIONS {
                break;
            }
            assert!(begun.elapsed() < NEVER, "{what}: {preempted} preemptions, {had} turns of the neighbour");
        }
        let times = turns.lock().expect("no panic").clone();
        over.store(true, Ordering::SeqCst);
        neighbour.join().expect("no panic");
        times
    });
    let middle = median(&format!("from one turn to the next beside a loop of {what}"), times);
    assert!(middle < AT_MOST, "{what}: {middle:?}");
}

/// A connection, and what a plain thread does with the other end until it is closed.
fn fast_peer(peer: impl Fn(&mut std::net::TcpStream) -> bool + Send + 'static) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || {
        let (mut conn, _) = listener.accept().expect("a connection");
        while peer(&mut conn) {}
    });
    TcpStream::connect(address).expect("a connection")
}

#[test]
fn reads_from_a_fast_peer() {
    let _turn = alone();
    bounded(|| {
        neighbour_has_its_turn("reads", || {
            let mut conn = fast_peer(|conn| conn.write_all(&[7; 64 << 10]).is_ok());
            move || conn.read_exact(&mut [0; 64]).expect("the peer writes")
        });
    });
}

#[test]
fn writes_to_a_fast_peer() {
    let _turn = alone();
    bounded(|| {
        neighbour_has_its_turn("writes", || {
            let mut conn = fast_peer(|conn| conn.read(&mut [0; 64 << 10]).is_ok_and(|count| count > 0));
            move || conn.write_all(&[7; 64]).expect("the peer reads")
        });
    });
}

#[test]
fn parks_with_a_token() {
    let _turn = alone();
    bounded(|| {
        neighbour_has_its_turn("parks", || {
            let me = current().expect("inside");
            move || {
                me.unpark();
                park();
                me.unpark();
                park_timeout(Duration::MAX);
            }
        });
    });
}

#[test]
fn joins_of_finished_ones() {
    let _turn = alone();
    bounded(|| {
        neighbour_has_its_turn("joins", || {
            let mut finished = Vec::new();
            move || {
                if finished.is_empty() {
                    finished.extend((0..1000).map(|_| go(|| ())));
                    while finished.iter().any(|one| !one.is_finished()) {
                        yield_now();
                    }
                }
                // So that there are enough of them for long.
                compute(Duration::from_micros(200));
                finished.pop().expect("not empty").join().expect("no panic");
            }
        });
    });
}

#[test]
fn timed_joins_of_a_finished_one() {
    let _turn = alone();
    bounded(|| {
        neighbour_has_its_turn("timed joins", || {
            let finished = go(|| ());
            assert!(finished.join_timeout(Duration::MAX));
            move || assert!(finished.join_timeout(Duration::ZERO))
        });
    });
}

#[test]
fn sleeps_of_no_length() {
    let _turn = alone();
    bounded(|| {
        neighbour_has_its_turn("sleeps", || {
            let past = Instant::now();
            move || {
                sleep(Duration::ZERO);
                sleep_until(past);
            }
        });
    });
}

/// A loop of calls that never wait, as above, after a time of many short turns. How late the neighbour is that `waits`
/// for a moment and says so.
fn neighbour_is_woken(what: &'static str, waits: impl Fn() -> Duration + Send + 'static) {
    let times = runtime(1).run(move || {
        let (late, over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (notes, ends) = (late.clone(), over.clone());
        let neighbour = go(move || {
            while !ends.load(Ordering::SeqCst) {
                let late = waits();
                notes.lock().expect("no panic").push(late);
            }
        });
        let begun = Instant::now();
        while late.lock().expect("no panic").len() < 3 {
            yield_now();
        }
        late.lock().expect("no panic").clear();
        while late.lock().expect("no panic").len() < 5 {
            (0..100).for_each(|_| sleep(Duration::ZERO));
            assert!(begun.elapsed() < NEVER, "{what}: never");
        }
        over.store(true, Ordering::SeqCst);
        neighbour.join().expect("no panic");
        let mut late = late.lock().expect("no panic");
        std::mem::take(&mut *late)
    });
    let most = *times.iter().max().expect("five");
    median(&format!("lateness of {what} beside a loop of calls"), times);
    assert!(most < AT_MOST, "{what}: {most:?}");
}

#[test]
fn a_neighbour_that_sleeps_is_woken() {
    let _turn = alone();
    bounded(|| {
        neighbour_is_woken("a sleep", || {
            let wakes = Instant::now() + Duration::from_millis(1);
            sleep_until(wakes);
            wakes.elapsed()
        });
    });
}

#[test]
fn a_neighbour_that_reads_is_woken() {
    let _turn = alone();
    bounded(|| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let conn = std::net::TcpStream::connect(listener.local_addr().expect("bound")).expect("a connection");
        let conn = TcpStream::from(conn);
        let (mut peer, _) = listener.accept().expect("a connection");
        let sent = Arc::new(Mutex::new(Instant::now()));
        let sends = sent.clone();
        thread::spawn(move || {
            // One byte for each that comes.
            while peer.read(&mut [0]).is_ok_and(|count| count == 1) {
                thread::sleep(Duration::from_millis(1));
                *sends.lock().expect("no panic") = Instant::now();
                if peer.write_all(b"x").is_err() {
                    break;
                }
            }
        });
        neighbour_is_woken("a read", move || {
            (&conn).write_all(b"x").expect("a peer");
            (&conn).read_exact(&mut [0]).expect("a byte");
            sent.lock().expect("no panic").elapsed()
        });
    });
}

/// Asked to let others run, it does so at the first such call after a computation, and once.
#[test]
fn one_request_is_honoured_once() {
    let _turn = alone();
    bounded(|| {
        runtime(1).run(|| {
            let preemptions = || gopark::metrics().machines[0].preemptions;
            for _ in 0..5 {
                let before = preemptions();
                // Ten times as long as it takes until it is asked.
                compute(Duration::from_millis(150));
                assert_eq!(preemptions(), before, "there was no call");
                let begun = Instant::now();
                sleep(Duration::ZERO);
                assert_eq!(preemptions(), before + 1);
                (0..10).for_each(|_| sleep(Duration::ZERO));
                let after = preemptions();
                // On a busy machine it may have had another 10 ms meanwhile.
                assert!(after == before + 1 || begun.elapsed() > Duration::from_millis(10));
            }
        });
    });
}
