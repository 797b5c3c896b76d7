//! Connects that lead nowhere: to a host that never answers, to a port where nobody listens, to addresses to which there
//! is no way. They end when they are told to, and keep nothing.

use std::io::{self, ErrorKind};
use std::net::{self, SocketAddr};
use std::time::{Duration, Instant};

use gopark::net::{TcpListener, TcpStream};
use gopark::{Cancelled, go, is_cancelled, is_timeout, with_timeout};

use crate::loopback::{listener, pair};
use crate::survives::{survives, until_they_wait};

const SHORT: Duration = Duration::from_millis(60);
const HOUR: Duration = Duration::from_secs(3600);

/// How many connect at the same time.
const CROWD: usize = 50;

/// A host that never answers: the queue of a listener is full, and the kernel drops what else comes.
struct BlackHole {
    address: SocketAddr,
    _full: (TcpListener, Vec<net::TcpStream>),
}

impl BlackHole {
    fn new() -> BlackHole {
        let listener = TcpListener::builder().backlog(0).bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut queued = Vec::new();
        loop {
            match net::TcpStream::connect_timeout(&address, 2 * SHORT) {
                Ok(conn) => queued.push(conn),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
                    return BlackHole { address, _full: (listener, queued) };
                }
            }
        }
    }
}

/// Where nobody listens.
fn closed_port() -> SocketAddr {
    net::TcpListener::bind("127.0.0.77:0").unwrap().local_addr().unwrap()
}

/// How a connect was ended.
#[derive(Debug, PartialEq)]
enum End {
    /// By its own timeout.
    Expired,
    /// By a deadline that was set around it.
    Overdue,
    Cancelled,
}

fn end(error: &io::Error) -> End {
    let by_runtime = error.get_ref().is_some_and(|source| source.is::<Cancelled>());
    match by_runtime {
        true if is_cancelled(error) => End::Cancelled,
        true => {
            assert!(is_timeout(error), "{error}");
            End::Overdue
        }
        false => {
            assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
            End::Expired
        }
    }
}

#[test]
fn a_black_hole() {
    type Connect = fn(SocketAddr) -> io::Result<TcpStream>;
    const CONNECTS: [(Connect, End); 6] = [
        (|hole| TcpStream::connect_timeout(&hole, SHORT), End::Expired),
        (|hole| with_timeout(HOUR, || TcpStream::connect_timeout(&hole, SHORT)), End::Expired),
        (|hole| with_timeout(SHORT, || TcpStream::connect(hole)), End::Overdue),
        (|hole| with_timeout(SHORT, || TcpStream::connect_timeout(&hole, HOUR)), End::Overdue),
        // The deadline is that of all attempts together.
        (|hole| with_timeout(SHORT, || TcpStream::connect(&[hole; 1000][..])), End::Overdue),
        (TcpStream::connect, End::Cancelled),
    ];
    survives(a_black_hole, |runtime| {
        let hole = BlackHole::new();
        let address = hole.address;
        for (connect, expected) in &CONNECTS {
            let begun = Instant::now();
            let start = || -> Vec<_> {
                (0..CROWD).map(|_| runtime.spawn(move || connect(address).unwrap_err())).collect()
            };
            let connects = match expected {
                End::Cancelled => {
                    let connects = until_they_wait(runtime, CROWD, start);
                    assert!(connects.iter().all(|connect| !connect.is_finished()), "nobody has ended them");
                    connects.iter().for_each(|connect| connect.cancel());
                    connects
                }
                _ => start(),
            };
            // On the same worker, while they wait.
            runtime.spawn(|| (0..20).for_each(|_| drop(pair()))).join().unwrap();
            for connect in connects {
                assert_eq!(end(&connect.join().unwrap()), *expected);
            }
            assert!(*expected == End::Cancelled || begun.elapsed() >= SHORT);
        }
    });
}

/// The refusal comes at once, whatever deadline there is, also for many at a time.
#[test]
fn a_closed_port() {
    survives(a_closed_port, |runtime| {
        let port = closed_port();
        let crowd = runtime.spawn(move || {
            let connects: Vec<_> = (0..500)
                .map(|number| {
                    go(move || match number % 4 {
                        0 => TcpStream::connect(port),
                        1 => TcpStream::connect_timeout(&port, HOUR),
                        2 => with_timeout(HOUR, || TcpStream::connect(port)),
                        _ => TcpStream::connect(&[port; 20][..]),
                    })
                })
                .collect();
            for connect in connects {
                let refused = connect.join().unwrap().unwrap_err();
                assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "{refused}");
            }
        });
        crowd.join().unwrap();
    });
}

/// Of several addresses the first that answers is taken, behind others that do not.
#[test]
fn one_of_several() {
    survives(one_of_several, |runtime| {
        let (listener, address) = listener();
        let connect = runtime.spawn(move || {
            let addresses = [closed_port(), closed_port(), address, closed_port()];
            (0..50).map(|_| TcpStream::connect(&addresses[..]).unwrap()).collect::<Vec<_>>()
        });
        for conn in connect.join().unwrap() {
            assert_eq!(conn.peer_addr().unwrap(), address);
            assert_eq!(listener.accept().unwrap().1, conn.local_addr().unwrap());
        }
    });
}

/// Addresses to which the kernel itself knows no way. What it says is its own affair, but it says something.
#[test]
fn no_way_at_all() {
    const NOWHERE: [&str; 5] = [
        "255.255.255.255:9", // everybody
        "224.0.0.1:9",       // a group
        "[ff02::1]:9",       // a group
        "127.0.0.1:0",       // no port
        "[::1]:0",           // no port
    ];
    survives(no_way_at_all, |runtime| {
        let crowd = runtime.spawn(|| {
            for _ in 0..50 {
                for address in NOWHERE {
                    let address: SocketAddr = address.parse().unwrap();
                    for refused in [
                        TcpStream::connect(address).unwrap_err(),
                        TcpStream::connect_timeout(&address, HOUR).unwrap_err(),
                        with_timeout(HOUR, || TcpStream::connect(address)).unwrap_err(),
                    ] {
                        assert!(!is_timeout(&refused) && !is_cancelled(&refused), "{address}: {refused}");
                    }
                }
            }
        });
        crowd.join().unwrap();
    });
}
