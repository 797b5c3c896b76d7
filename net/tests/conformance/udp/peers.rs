//! Sockets with one peer.

use std::io::ErrorKind;
use std::net::SocketAddr;

use rustix::io::Errno;

use crate::harness::{socket, sockets};
use crate::net::UdpSocket;

cases! {
    none_at_first,
    without_one_a_send_has_nowhere_to_go,
    the_peer_is_told,
    a_peer_can_be_changed,
    datagrams_of_others_do_not_come_in,
    what_came_in_before_stays,
    others_can_be_sent_to,
    connecting_makes_the_own_address_definite,
    the_first_of_several_is_taken,
    an_address_that_cannot_be_is_passed_over,
    no_address_at_all,
}

fn none_at_first() {
    assert_eq!(socket().peer_addr().unwrap_err().kind(), ErrorKind::NotConnected);
}

fn without_one_a_send_has_nowhere_to_go() {
    for datagram in [&b"x"[..], b""] {
        let refused = socket().send(datagram).unwrap_err();
        assert_eq!(Errno::from_io_error(&refused), Some(Errno::DESTADDRREQ));
    }
}

fn the_peer_is_told() {
    let (a, b) = sockets();
    assert_eq!(a.peer_addr().unwrap(), b.local_addr().unwrap());
    assert_eq!(b.peer_addr().unwrap(), a.local_addr().unwrap());
}

fn a_peer_can_be_changed() {
    let (a, b, c) = (socket(), socket(), socket());
    for peer in [&b, &c, &b] {
        a.connect(peer.local_addr().unwrap()).unwrap();
        assert_eq!(a.peer_addr().unwrap(), peer.local_addr().unwrap());
        a.send(b"you").unwrap();
        assert_eq!(peer.recv_from(&mut [0; 8]).unwrap(), (3, a.local_addr().unwrap()));
    }
}

fn datagrams_of_others_do_not_come_in() {
    let (a, b) = sockets();
    let stranger = socket();
    stranger.send_to(b"not you", b.local_addr().unwrap()).unwrap();
    a.send(b"peer").unwrap();
    let mut buf = [0; 8];
    assert_eq!(b.recv_from(&mut buf).unwrap(), (4, a.local_addr().unwrap()));
    assert_eq!(&buf[..4], b"peer");
    b.set_nonblocking(true).unwrap();
    assert_eq!(b.recv(&mut buf).unwrap_err().kind(), ErrorKind::WouldBlock);
}

fn what_came_in_before_stays() {
    let (a, b, stranger) = (socket(), socket(), socket());
    stranger.send_to(b"early", b.local_addr().unwrap()).unwrap();
    b.connect(a.local_addr().unwrap()).unwrap();
    assert_eq!(b.recv_from(&mut [0; 8]).unwrap(), (5, stranger.local_addr().unwrap()));
}

fn others_can_be_sent_to() {
    let (a, b) = sockets();
    let third = socket();
    a.send_to(b"third", third.local_addr().unwrap()).unwrap();
    assert_eq!(third.recv_from(&mut [0; 8]).unwrap(), (5, a.local_addr().unwrap()));
    a.send(b"peer").unwrap();
    assert_eq!(b.recv(&mut [0; 8]).unwrap(), 4);
}

fn connecting_makes_the_own_address_definite() {
    let (here, there) = (UdpSocket::bind("0.0.0.0:0").unwrap(), socket());
    let bound = here.local_addr().unwrap();
    assert!(bound.ip().is_unspecified());
    here.connect(there.local_addr().unwrap()).unwrap();
    assert_eq!(here.local_addr().unwrap(), SocketAddr::from(([127, 0, 0, 1], bound.port())));
}

fn the_first_of_several_is_taken() {
    let (a, b, c) = (socket(), socket(), socket());
    a.connect(&[b.local_addr().unwrap(), c.local_addr().unwrap()][..]).unwrap();
    assert_eq!(a.peer_addr().unwrap(), b.local_addr().unwrap());
}

fn an_address_that_cannot_be_is_passed_over() {
    let (a, b) = (socket(), socket());
    let other_family = "[::1]:9".parse().unwrap();
    a.connect(&[other_family, b.local_addr().unwrap()][..]).unwrap();
    assert_eq!(a.peer_addr().unwrap(), b.local_addr().unwrap());
    let refused = a.connect(other_family).unwrap_err();
    assert_eq!(Errno::from_io_error(&refused), Some(Errno::AFNOSUPPORT));
}

fn no_address_at_all() {
    let none: &[SocketAddr] = &[];
    let refused = socket().connect(none).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert_eq!(refused.to_string(), "could not resolve to any addresses");
}
