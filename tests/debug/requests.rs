//! What clients can do wrong, and how many there may be.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;

use gopark::net::debug::serve;

use crate::client::{ask, get};
use crate::eventually::eventually;

#[test]
fn what_is_not_there_is_not_found() {
    let server = serve(0).unwrap();
    assert_eq!(get(server.local_addr(), "/debug/nothing").status, 404);
    assert_eq!(get(server.local_addr(), "/debug/profile?seconds=never").status, 400);
    assert_eq!(get(server.local_addr(), "/debug/trace?seconds=-1").status, 400);
    assert_eq!(get(server.local_addr(), "/debug/coroutines?format=png").status, 400);
}

#[test]
fn what_is_no_request_is_refused() {
    let server = serve(0).unwrap();
    let answer = ask(server.local_addr(), b"DELETE /debug/coroutines HTTP/1.1\r\n\r\n");
    assert_eq!(answer.status, 405);
    assert!(answer.head.contains("\r\nAllow: GET\r\n"));
    assert_eq!(ask(server.local_addr(), b"\x16\x03\x01\x02\x00\r\n\r\n").status, 400);
}

#[test]
fn the_index_names_the_pages() {
    let server = serve(0).unwrap();
    for path in ["/", "/debug"] {
        let index = get(server.local_addr(), path);
        assert_eq!(index.status, 200);
        for page in ["/debug/coroutines", "/debug/profile", "/debug/trace", "/metrics"] {
            assert!(index.text().contains(page), "{page}");
        }
    }
}

/// Clients that say nothing are not in the way of one that does; too many are sent away.
#[test]
fn idle_clients_are_in_nobodys_way() {
    let server = serve(0).unwrap();
    let mut silent: Vec<_> = (0..12).map(|_| TcpStream::connect(server.local_addr()).unwrap()).collect();
    assert_eq!(get(server.local_addr(), "/").status, 200);
    for stream in &mut silent {
        stream.write_all(b"GET / HT").unwrap();
    }
    assert_eq!(get(server.local_addr(), "/").status, 200);
    drop(silent);
}

#[test]
fn a_dropped_server_has_closed_its_port() {
    let server = serve(0).unwrap();
    let address = server.local_addr();
    assert!(address.ip().is_loopback());
    drop(server);
    eventually("the port is closed", || match TcpStream::connect(address) {
        Err(_) => true,
        // Another program may have got it.
        Ok(mut stream) => stream.read(&mut [0]).is_ok_and(|count| count == 0),
    });
}

#[test]
fn many_ask_at_once() {
    let server = serve(0).unwrap();
    let address = server.local_addr();
    let clients: Vec<_> =
        (0..8).map(|_| thread::spawn(move || get(address, "/debug/coroutines").status)).collect();
    assert!(clients.into_iter().all(|client| client.join().unwrap() == 200));
}
