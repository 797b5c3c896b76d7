//! Where a socket is bound.

use std::io::ErrorKind;
use std::net::SocketAddr;

use crate::harness::socket;
use crate::net::UdpSocket;

cases! {
    port_0_is_the_kernels_choice,
    a_port_is_bound_once,
    a_dropped_socket_leaves_its_port,
    an_address_of_somebody_else,
    the_first_that_can_be_bound,
    no_address_at_all,
    a_name,
    ipv6,
    shown_with_its_address,
}

fn port_0_is_the_kernels_choice() {
    let (a, b) = (socket(), socket());
    let (a, b) = (a.local_addr().unwrap(), b.local_addr().unwrap());
    assert!(a.port() != 0 && b.port() != 0);
    assert_ne!(a, b);
    assert!(a.ip().is_loopback());
}

fn a_port_is_bound_once() {
    let first = socket();
    let refused = UdpSocket::bind(first.local_addr().unwrap()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AddrInUse);
}

fn a_dropped_socket_leaves_its_port() {
    // At an address where no other test could be given it in between.
    let first = UdpSocket::bind("127.0.0.78:0").unwrap();
    let address = first.local_addr().unwrap();
    drop(first);
    assert_eq!(UdpSocket::bind(address).unwrap().local_addr().unwrap(), address);
}

fn an_address_of_somebody_else() {
    // Of a network that is for documentation only (RFC 5737).
    let refused = UdpSocket::bind("192.0.2.1:0").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AddrNotAvailable);
}

fn the_first_that_can_be_bound() {
    let addresses: [SocketAddr; 2] = ["192.0.2.1:0".parse().unwrap(), "127.0.0.1:0".parse().unwrap()];
    let bound = UdpSocket::bind(&addresses[..]).unwrap();
    assert_eq!(bound.local_addr().unwrap().ip(), addresses[1].ip());
}

fn no_address_at_all() {
    let none: &[SocketAddr] = &[];
    let refused = UdpSocket::bind(none).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert_eq!(refused.to_string(), "could not resolve to any addresses");
    assert_eq!(UdpSocket::bind("no port").unwrap_err().kind(), ErrorKind::InvalidInput);
}

fn a_name() {
    assert!(UdpSocket::bind("localhost:0").unwrap().local_addr().unwrap().ip().is_loopback());
    assert!(UdpSocket::bind(("localhost", 0)).unwrap().local_addr().unwrap().ip().is_loopback());
}

fn ipv6() {
    // A machine may have IPv6 turned off.
    let Ok(here) = UdpSocket::bind("[::1]:0") else { return println!("skipped: no IPv6") };
    let there = UdpSocket::bind("[::1]:0").unwrap();
    there.connect(here.local_addr().unwrap()).unwrap();
    there.send(b"six").unwrap();
    let mut buf = [0; 8];
    assert_eq!(here.recv_from(&mut buf).unwrap(), (3, there.local_addr().unwrap()));
    assert_eq!(&buf[..3], b"six");
}

fn shown_with_its_address() {
    let socket = socket();
    let shown = format!("{socket:?}");
    let begins = format!("UdpSocket {{ addr: {}, fd: ", socket.local_addr().unwrap());
    assert!(shown.starts_with(&begins), "{shown}");
}
