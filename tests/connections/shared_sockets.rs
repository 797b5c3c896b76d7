//! Several coroutines wait for one socket in the same direction: each byte and each connection goes to one of them,
//! and none is lost.

use std::collections::HashSet;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::thread;
use std::time::Duration;

use gopark::go;
use gopark::net::{TcpListener, TcpStream};

use crate::loopback::{let_them_wait, listener, pair, reset_on_close, send_at_close};
use crate::watchdog::bounded;
use crate::workers::runtime;

/// Reads to the end and counts.
fn count(mut conn: TcpStream, buffer: usize) -> usize {
    let mut buf = vec![0; buffer];
    let mut sum = 0;
    loop {
        match conn.read(&mut buf).unwrap() {
            0 => return sum,
            n => sum += n,
        }
    }
}

/// Of some readers that wait, each edge may wake one only; whoever takes a part of the data leaves the rest.
#[test]
fn readers_get_every_byte_between_them() {
    const MESSAGES: usize = 5000;
    bounded(|| {
        for (workers, buffer) in [(1, 1), (2, 1), (2, 3), (2, 64), (4, 1)] {
            runtime(workers).run(|| {
                let (a, mut b) = pair();
                let readers: Vec<_> = (0..4)
                    .map(|_| {
                        let clone = a.try_clone().unwrap();
                        go(move || count(clone, buffer))
                    })
                    .collect();
                let_them_wait();
                let mut sent = 0;
                for i in 0..MESSAGES {
                    let size = 1 + i % 5;
                    b.write_all(&[7; 5][..size]).unwrap();
                    sent += size;
                    if i % 3 == 0 {
                        gopark::yield_now();
                    }
                }
                b.shutdown(Shutdown::Write).unwrap();
                let counts: Vec<_> = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
                assert_eq!(counts.iter().sum::<usize>(), sent, "{counts:?}");
            });
        }
    });
}

/// A reader whose wait ends by its timeout, at the moment at which data come, takes nobody's wake-up with it.
#[test]
fn readers_that_give_up_leave_the_others_theirs() {
    const BYTES: usize = 600;
    bounded(|| {
        runtime(2).run(|| {
            let (a, mut b) = pair();
            a.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
            let reader = |mut clone: TcpStream| {
                move || {
                    let mut sum = 0;
                    loop {
                        match clone.read(&mut [0; 1]) {
                            Ok(0) => return sum,
                            Ok(n) => sum += n,
                            Err(expired) => assert_eq!(expired.kind(), ErrorKind::WouldBlock),
                        }
                    }
                }
            };
            let readers: Vec<_> = (0..4).map(|_| go(reader(a.try_clone().unwrap()))).collect();
            for i in 0..BYTES {
                b.write_all(&[0]).unwrap();
                // About when the readers' timeouts end.
                gopark::time::sleep(Duration::from_micros(700 + (i as u64 * 97) % 600));
            }
            b.shutdown(Shutdown::Write).unwrap();
            assert_eq!(readers.into_iter().map(|reader| reader.join().unwrap()).sum::<usize>(), BYTES);
        });
    });
}

/// Connects so often, and says who it is each time. Then sends every one of `acceptors` home.
fn visit(address: SocketAddr, visits: u32, acceptors: u32) {
    for name in (1..=visits).chain((0..acceptors).map(|_| 0)) {
        let mut conn = TcpStream::connect(address).unwrap();
        conn.write_all(&name.to_le_bytes()).unwrap();
        // The acceptor answers, so that there are never many connections at a time.
        conn.read_exact(&mut [0]).unwrap();
        reset_on_close(&conn);
    }
}

/// Accepts until it is sent home.
fn accept_all(listener: TcpListener) -> Vec<u32> {
    let mut names = Vec::new();
    loop {
        let (mut conn, _) = listener.accept().unwrap();
        let mut name = [0; 4];
        conn.read_exact(&mut name).unwrap();
        conn.write_all(&[1]).unwrap();
        match u32::from_le_bytes(name) {
            0 => return names,
            name => names.push(name),
        }
    }
}

fn check_each_visitor_was_met_once(met: impl Iterator<Item = Vec<u32>>, visits: u32) {
    let mut names: Vec<_> = met.flatten().collect();
    names.sort_unstable();
    assert!(names.iter().copied().eq(1..=visits), "{} of {visits} visitors were met", names.len());
}

#[test]
fn acceptors_lose_no_connection() {
    const VISITS: u32 = 1500;
    const ACCEPTORS: u32 = 8;
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                let (listener, address) = listener();
                let acceptor = || {
                    let clone = listener.try_clone().unwrap();
                    go(move || accept_all(clone))
                };
                let acceptors: Vec<_> = (0..ACCEPTORS).map(|_| acceptor()).collect();
                visit(address, VISITS, ACCEPTORS);
                check_each_visitor_was_met_once(acceptors.into_iter().map(|a| a.join().unwrap()), VISITS);
            });
        }
    });
}

/// A burst brings many connections in one edge.
#[test]
fn acceptors_take_a_burst_between_them() {
    const BURST: usize = 100;
    const ACCEPTORS: usize = 5;
    bounded(|| {
        runtime(2).run(|| {
            let (listener, address) = listener();
            for _ in 0..20 {
                let acceptors: Vec<_> = (0..ACCEPTORS)
                    .map(|_| {
                        let clone = listener.try_clone().unwrap();
                        go(move || {
                            (0..BURST / ACCEPTORS).map(|_| clone.accept().unwrap()).collect::<Vec<_>>()
                        })
                    })
                    .collect();
                gopark::yield_now();
                let conns: Vec<_> = (0..BURST).map(|_| TcpStream::connect(address).unwrap()).collect();
                let accepted = acceptors.into_iter().flat_map(|acceptor| acceptor.join().unwrap());
                let from: HashSet<_> = accepted.map(|(_, from)| from).collect();
                let connected: HashSet<_> = conns.iter().map(|conn| conn.local_addr().unwrap()).collect();
                assert_eq!(from, connected);
                conns.iter().for_each(reset_on_close);
            }
        });
    });
}

/// Coroutines of two runtimes and plain threads beside each other.
#[test]
fn acceptors_of_all_kinds_share_a_listener() {
    const VISITS: u32 = 1000;
    bounded(|| {
        let runtimes = [runtime(1), runtime(2)];
        let (listener, address) = listener();
        let clone = || listener.try_clone().unwrap();
        let coroutines: Vec<_> = runtimes
            .iter()
            .flat_map(|runtime| [runtime, runtime])
            .map(|runtime| {
                let clone = clone();
                runtime.spawn(move || accept_all(clone))
            })
            .collect();
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let clone = clone();
                thread::spawn(move || accept_all(clone))
            })
            .collect();
        visit(address, VISITS, 6);
        let of_coroutines = coroutines.into_iter().map(|coroutine| coroutine.join().unwrap());
        let of_threads = threads.into_iter().map(|thread| thread.join().unwrap());
        check_each_visitor_was_met_once(of_coroutines.chain(of_threads), VISITS);
    });
}

/// The end comes right behind the data, in the same edge perhaps, which the reader of the data must not keep to itself.
#[test]
fn readers_all_hear_the_end() {
    bounded(|| {
        for workers in [2, 4] {
            runtime(workers).run(|| {
                for round in 0..1000 {
                    let (a, mut b) = pair();
                    let readers: Vec<_> = (0..4)
                        .map(|_| {
                            let clone = a.try_clone().unwrap();
                            go(move || count(clone, 64))
                        })
                        .collect();
                    let words = 1 + round % 20;
                    (1..words).for_each(|_| b.write_all(b"word").unwrap());
                    // In one segment, or in two.
                    if round % 2 == 0 {
                        send_at_close(&b);
                    }
                    b.write_all(b"last").unwrap();
                    b.shutdown(Shutdown::Write).unwrap();
                    let sum = readers.into_iter().map(|reader| reader.join().unwrap()).sum::<usize>();
                    assert_eq!(sum, 4 * words);
                    reset_on_close(&a);
                }
            });
        }
    });
}
