//! Coroutines that live long are not sent to a worker that is stuck, though it has fewer of them.

use crate::hogs::{Hog, How};
use crate::one_at_a_time::alone;
use crate::reports::watched;
use crate::watchdog::bounded;
use gopark::coroutine::{JoinHandle, park};
use gopark::go;
use gopark::net::TcpListener;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

const CROWD: usize = 200;
/// The hog stays until all have started; this is when they never do.
const NEVER: Duration = Duration::from_secs(20);

/// One that lives until `over`.
fn lives_long(started: Sender<ThreadId>, over: Arc<AtomicBool>) -> JoinHandle<()> {
    go(move || {
        started.send(thread::current().id()).expect("the test waits");
        while !over.load(Ordering::SeqCst) {
            park();
        }
    })
}

/// All of them start, none on the hog's thread.
fn expect_start(what: &str, starts: &Receiver<ThreadId>, hog: ThreadId) {
    let begun = Instant::now();
    for number in 0..CROWD {
        let thread = starts.recv_timeout(NEVER);
        assert_ne!(thread.unwrap_or_else(|_| panic!("{what}: {number} of {CROWD} have started")), hog);
    }
    println!("start of {CROWD} that live long beside a hog, {what}: {:?}", begun.elapsed());
}

/// `settled`: the stall has been seen before they are spawned.
fn beside(how: How, settled: bool) {
    let (runtime, reports) = watched(crate::policy::builder().workers(2));
    let _entered = runtime.enter();
    let (started, starts) = channel();
    let over = Arc::new(AtomicBool::new(false));
    let hog = Hog::start(how, "hog", || ());
    if settled {
        reports.next_of("hog");
    }
    let outside: Vec<_> = (0..CROWD).map(|_| lives_long(started.clone(), over.clone())).collect();
    expect_start(&format!("{how:?}, spawned by a thread"), &starts, hog.thread);
    let ends = over.clone();
    let inside =
        go(move || -> Vec<_> { (0..CROWD).map(|_| lives_long(started.clone(), ends.clone())).collect() });
    expect_start(&format!("{how:?}, spawned by a coroutine"), &starts, hog.thread);
    let inside = inside.join().expect("no panic");
    hog.let_go();
    over.store(true, Ordering::SeqCst);
    for one in outside.into_iter().chain(inside) {
        one.coroutine().unpark();
        one.join().expect("no panic");
    }
}

#[test]
fn none_is_sent_to_one_that_is_known_to_be_blocked() {
    let _turn = alone();
    bounded(|| beside(How::Blocking, true));
}

#[test]
fn none_is_sent_to_one_that_is_known_to_compute() {
    let _turn = alone();
    bounded(|| beside(How::Spinning, true));
}

/// Those that were sent there before anybody knew start elsewhere.
#[test]
fn none_is_left_with_one_that_has_just_begun() {
    let _turn = alone();
    bounded(|| {
        beside(How::Blocking, false);
        beside(How::Spinning, false);
    });
}

/// A server whose one worker is stuck serves all of its connections with the other.
#[test]
fn connections_are_served_beside_a_hog() {
    let _turn = alone();
    bounded(|| {
        let (runtime, reports) = watched(crate::policy::builder().workers(2));
        let _entered = runtime.enter();
        let hog = Hog::start(How::Blocking, "hog", || ());
        reports.next_of("hog");
        let (bound, address) = channel();
        let server = go(move || {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
            bound.send(listener.local_addr().expect("bound")).expect("the test waits");
            for _ in 0..CROWD {
                let (mut conn, _) = listener.accept().expect("a connection");
                drop(go(move || {
                    let mut byte = [0];
                    while conn.read(&mut byte).is_ok_and(|count| count == 1) {
                        conn.write_all(&byte).expect("the client reads");
                    }
                }));
            }
        });
        let address = address.recv().expect("the server starts");
        let mut clients: Vec<_> = (0..CROWD)
            .map(|_| {
                let client = TcpStream::connect(address).expect("a connection");
                client.set_read_timeout(Some(NEVER)).expect("a timeout");
                client
            })
            .collect();
        for round in 0..3 {
            clients.iter_mut().for_each(|client| client.write_all(&[round]).expect("open"));
            for client in &mut clients {
                let mut byte = [0xff];
                client.read_exact(&mut byte).expect("an echo, while the hog is there");
                assert_eq!(byte, [round]);
            }
        }
        server.join().expect("no panic");
        drop(clients);
        hog.let_go();
    });
}
