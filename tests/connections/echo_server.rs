//! The server of README.md under many short connections: each is served, and nothing of it stays behind.

use crate::run::run;
use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::time::{Duration, Instant};

use gopark::go;
use gopark::net::TcpStream;

use crate::child::in_child;
use crate::eventually::eventually;
use crate::loopback::{descriptors, listener, reset_on_close};
use crate::readme_server::serve;
use crate::watchdog::bounded;

/// About ten seconds of an unoptimised build. `GOPARK_TEST_CONNECTIONS` sets another number.
const CONNECTIONS: usize = 100_000;

/// Clients at a time.
const CLIENTS: usize = 64;

/// One connection, from connect to close.
fn visit(address: SocketAddr, number: usize) {
    let mut conn = TcpStream::connect(address).unwrap();
    let said = format!("visit number {number}");
    conn.write_all(said.as_bytes()).unwrap();
    let mut heard = vec![0; said.len()];
    conn.read_exact(&mut heard).unwrap();
    assert_eq!(heard, said.as_bytes());
    // Few of them end as they should: those keep their ports for a minute.
    if number.is_multiple_of(20) {
        conn.shutdown(Shutdown::Write).unwrap();
        assert_eq!(conn.read(&mut heard).unwrap(), 0);
    } else {
        reset_on_close(&conn);
    }
}

#[test]
fn many_short_connections_leave_nothing_behind() {
    in_child(many_short_connections_leave_nothing_behind, &[], || {
        let asked_for = env::var("GOPARK_TEST_CONNECTIONS").ok().and_then(|text| text.parse().ok());
        let connections: usize = asked_for.unwrap_or(CONNECTIONS);
        run(move || {
            // A worker that was found stuck on a busy machine was given a substitute, with two descriptors.
            let of_others = || descriptors() - 2 * gopark::metrics().machines.len();
            let descriptors_before = of_others();
            let (listener, address) = listener();
            let begun = Instant::now();
            let server = go(move || serve(listener, connections));
            let client = move |first| {
                move || (first..connections).step_by(CLIENTS).for_each(|number| visit(address, number))
            };
            let clients: Vec<_> = (0..CLIENTS).map(|first| go(client(first))).collect();
            clients.into_iter().for_each(|client| client.join().unwrap());
            server.join().unwrap();
            println!("{connections} connections by {CLIENTS} clients: {:?}", begun.elapsed());

            // Handlers hear of their ends a little later.
            eventually("only the main coroutine is left", || gopark::metrics().live == 1);
            eventually("all descriptors are closed", || of_others() == descriptors_before);
            let metrics = gopark::metrics();
            assert_eq!(metrics.panicked, 0);
            assert_eq!(metrics.spawned, 2 + CLIENTS as u64 + connections as u64);
            // Each thread keeps some ready, also one that had to take the place of another.
            assert!(metrics.stacks_opened < connections as u64 / 10, "{metrics:?}");
        });
    })
    .succeeded();
}

/// A handler that panics closes its own connection, by the drop of its stream, and no other one.
#[test]
fn a_panic_in_a_handler_ends_its_connection_only() {
    bounded(|| {
        run(|| {
            let (listener, address) = listener();
            let server = go(move || {
                for _ in 0..2 {
                    let (mut conn, _) = listener.accept().unwrap();
                    go(move || {
                        let mut word = [0; 4];
                        while conn.read_exact(&mut word).is_ok() {
                            assert_ne!(&word, b"boom", "as the client has asked for");
                            conn.write_all(&word).unwrap();
                        }
                    });
                }
            });
            let mut calm = TcpStream::connect(address).unwrap();
            let mut wild = TcpStream::connect(address).unwrap();
            let mut word = [0; 4];
            wild.write_all(b"boom").unwrap();
            assert_eq!(wild.read(&mut word).unwrap(), 0);
            calm.write_all(b"calm").unwrap();
            calm.read_exact(&mut word).unwrap();
            assert_eq!(&word, b"calm");
            server.join().unwrap();
            drop(calm);
            eventually("all have ended", || gopark::metrics().live == 1);
            assert_eq!(gopark::metrics().panicked, 1);
        });
    });
}

/// Clients that come before the server has begun to accept wait in the kernel's queue, and none is turned away.
#[test]
fn a_storm_of_clients_is_queued() {
    const CLIENTS: usize = 400;
    // Many of its time is more than the usual 128 of std.
    let longest: usize = fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap().trim().parse().unwrap();
    if longest < CLIENTS {
        println!("skipped: net.core.somaxconn is {longest}");
        return;
    }
    in_child(a_storm_of_clients_is_queued, &[], || {
        run(|| {
            let (listener, address) = listener();
            let connect = || std::net::TcpStream::connect_timeout(&address, Duration::from_secs(20)).unwrap();
            let mut clients: Vec<_> = (0..CLIENTS).map(|_| connect()).collect();
            let server = go(move || serve(listener, CLIENTS));
            for client in &mut clients {
                client.write_all(b"hello").unwrap();
            }
            server.join().unwrap();
            drop(clients);
            eventually("all have ended", || gopark::metrics().live == 1);
        });
    })
    .succeeded();
}
