//! Which addresses are used, tried and reported.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;

use crate::harness::{listener, pair};
use crate::net::{TcpListener, TcpStream};

cases! {
    both_ends_agree,
    port_zero_is_replaced_by_a_free_one,
    ipv6_works_alike,
    a_foreign_address_cannot_be_bound,
    a_port_is_bound_once,
    no_address_at_all,
    not_an_address,
    debug_shows_addresses_and_descriptor,
}

fn both_ends_agree() {
    let listener = listener();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, from) = listener.accept().unwrap();
    assert_eq!(from, client.local_addr().unwrap());
    assert_eq!(from, server.peer_addr().unwrap());
    assert_eq!(client.peer_addr().unwrap(), listener.local_addr().unwrap());
    assert_eq!(client.peer_addr().unwrap(), server.local_addr().unwrap());
}

fn port_zero_is_replaced_by_a_free_one() {
    let (first, second) = (listener(), listener());
    assert_ne!(first.local_addr().unwrap().port(), 0);
    assert_ne!(first.local_addr().unwrap(), second.local_addr().unwrap());
}

fn ipv6_works_alike() {
    // A machine may have IPv6 turned off.
    let Ok(listener) = TcpListener::bind("[::1]:0") else { return };
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (_server, from) = listener.accept().unwrap();
    assert!(from.is_ipv6());
    assert_eq!(from, client.local_addr().unwrap());
}

fn a_foreign_address_cannot_be_bound() {
    // 192.0.2.0/24 is nobody's (RFC 5737).
    let refused = TcpListener::bind("192.0.2.1:0").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AddrNotAvailable);
}

fn a_port_is_bound_once() {
    let first = listener();
    let refused = TcpListener::bind(first.local_addr().unwrap()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AddrInUse);
}

fn no_address_at_all() {
    let none: &[SocketAddr] = &[];
    for refused in [TcpListener::bind(none).unwrap_err(), TcpStream::connect(none).unwrap_err()] {
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
        assert_eq!(refused.to_string(), "could not resolve to any addresses");
    }
}

fn not_an_address() {
    for nonsense in ["", "nonsense", "127.0.0.1", "127.0.0.1:70000"] {
        assert_eq!(TcpListener::bind(nonsense).unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(TcpStream::connect(nonsense).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}

fn debug_shows_addresses_and_descriptor() {
    let listener = listener();
    let address = listener.local_addr().unwrap();
    let fd = listener.as_raw_fd();
    assert_eq!(format!("{listener:?}"), format!("TcpListener {{ addr: {address}, fd: {fd} }}"));

    let (client, server) = pair();
    let (here, there) = (client.local_addr().unwrap(), server.local_addr().unwrap());
    let fd = client.as_raw_fd();
    assert_eq!(format!("{client:?}"), format!("TcpStream {{ addr: {here}, peer: {there}, fd: {fd} }}"));
}
