//! Datagrams from one socket to another.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::thread;

use rustix::io::Errno;

use crate::harness::{let_it_block, socket, sockets};

cases! {
    arrives_with_its_sender,
    one_for_each_receive,
    empty_ones_are_datagrams,
    an_empty_buffer_takes_one,
    an_empty_buffer_waits,
    what_does_not_fit_is_lost,
    a_peek_takes_nothing,
    a_receive_waits,
    a_peek_waits,
    to_itself,
    the_longest,
    a_longer_one,
    of_the_other_family,
    to_no_port,
    to_the_first_of_several,
    to_no_address_at_all,
}

/// The longest over IPv4: 65,535 bytes without two headers.
const LONGEST: usize = 65_507;

fn arrives_with_its_sender() {
    let (a, b) = (socket(), socket());
    assert_eq!(a.send_to(b"hello", b.local_addr().unwrap()).unwrap(), 5);
    let mut buf = [0; 16];
    assert_eq!(b.recv_from(&mut buf).unwrap(), (5, a.local_addr().unwrap()));
    assert_eq!(&buf[..5], b"hello");

    b.send_to(b"back", a.local_addr().unwrap().to_string()).unwrap();
    assert_eq!(a.recv(&mut buf).unwrap(), 4);
    assert_eq!(&buf[..4], b"back");
}

fn one_for_each_receive() {
    let (a, b) = sockets();
    for text in ["one", "three", "seventeen"] {
        a.send(text.as_bytes()).unwrap();
    }
    let mut buf = [0; 64];
    for text in ["one", "three", "seventeen"] {
        let count = b.recv(&mut buf).unwrap();
        assert_eq!(&buf[..count], text.as_bytes());
    }
}

fn empty_ones_are_datagrams() {
    let (a, b) = sockets();
    assert_eq!(a.send(b"").unwrap(), 0);
    assert_eq!(a.send_to(b"", b.local_addr().unwrap()).unwrap(), 0);
    a.send(b"after").unwrap();
    let (mut buf, from) = ([0; 8], a.local_addr().unwrap());
    assert_eq!(b.peek(&mut buf).unwrap(), 0);
    assert_eq!(b.recv(&mut buf).unwrap(), 0);
    assert_eq!(b.recv_from(&mut buf).unwrap(), (0, from));
    assert_eq!(b.recv(&mut buf).unwrap(), 5);
}

fn an_empty_buffer_takes_one() {
    let (a, b) = sockets();
    for text in [b"1", b"2", b"3"] {
        a.send(text).unwrap();
    }
    assert_eq!(b.peek(&mut []).unwrap(), 0);
    assert_eq!(b.peek_from(&mut []).unwrap(), (0, a.local_addr().unwrap()));
    assert_eq!(b.recv(&mut []).unwrap(), 0);
    assert_eq!(b.recv_from(&mut []).unwrap(), (0, a.local_addr().unwrap()));
    let mut buf = [0; 8];
    assert_eq!(b.recv(&mut buf).unwrap(), 1);
    assert_eq!(buf[0], b'3');
}

fn an_empty_buffer_waits() {
    let (a, b) = sockets();
    let receiver = thread::spawn(move || b.recv(&mut []).unwrap());
    let_it_block();
    assert!(!receiver.is_finished());
    a.send(b"x").unwrap();
    assert_eq!(receiver.join().unwrap(), 0);
}

fn what_does_not_fit_is_lost() {
    let (a, b) = sockets();
    let mut buf = [0; 4];
    for _ in 0..2 {
        a.send(b"too long").unwrap();
    }
    a.send(b"next").unwrap();
    assert_eq!(b.recv(&mut buf).unwrap(), 4);
    assert_eq!(&buf, b"too ");
    assert_eq!(b.recv_from(&mut buf[..3]).unwrap(), (3, a.local_addr().unwrap()));
    assert_eq!(b.recv(&mut buf).unwrap(), 4);
    assert_eq!(&buf, b"next");
}

fn a_peek_takes_nothing() {
    let (a, b) = sockets();
    a.send(b"peeked at").unwrap();
    let (mut buf, from) = ([0; 16], a.local_addr().unwrap());
    for _ in 0..2 {
        assert_eq!(b.peek(&mut buf[..6]).unwrap(), 6);
        assert_eq!(b.peek_from(&mut buf[..6]).unwrap(), (6, from));
        assert_eq!(b.peek_from(&mut buf).unwrap(), (9, from));
    }
    buf.fill(0);
    assert_eq!(b.recv_from(&mut buf).unwrap(), (9, from));
    assert_eq!(&buf[..9], b"peeked at");
    b.set_nonblocking(true).unwrap();
    assert_eq!(b.peek(&mut buf).unwrap_err().kind(), ErrorKind::WouldBlock);
}

fn a_receive_waits() {
    let (a, b) = sockets();
    let from = a.local_addr().unwrap();
    let receiver = thread::spawn(move || {
        assert_eq!(b.recv(&mut [0; 8]).unwrap(), 3);
        b.recv_from(&mut [0; 8]).unwrap()
    });
    let_it_block();
    a.send(b"one").unwrap();
    let_it_block();
    a.send(b"other").unwrap();
    assert_eq!(receiver.join().unwrap(), (5, from));
}

fn a_peek_waits() {
    let (a, b) = sockets();
    let from = a.local_addr().unwrap();
    let receiver = thread::spawn(move || {
        assert_eq!(b.peek(&mut [0; 8]).unwrap(), 3);
        assert_eq!(b.recv(&mut [0; 8]).unwrap(), 3);
        b.peek_from(&mut [0; 8]).unwrap()
    });
    let_it_block();
    a.send(b"one").unwrap();
    let_it_block();
    a.send(b"other").unwrap();
    assert_eq!(receiver.join().unwrap(), (5, from));
}

fn to_itself() {
    let socket = socket();
    let address = socket.local_addr().unwrap();
    socket.send_to(b"me", address).unwrap();
    assert_eq!(socket.recv_from(&mut [0; 8]).unwrap(), (2, address));
}

fn the_longest() {
    let (a, b) = sockets();
    let long: Vec<u8> = (0..LONGEST).map(|i| i as u8).collect();
    assert_eq!(a.send(&long).unwrap(), LONGEST);
    let mut buf = vec![0; LONGEST + 1];
    assert_eq!(b.recv(&mut buf).unwrap(), LONGEST);
    assert_eq!(buf[..LONGEST], long);
}

fn a_longer_one() {
    let (a, b) = sockets();
    for length in [LONGEST + 1, 1 << 16, 1 << 20] {
        let long = vec![0; length];
        for refused in [a.send(&long), a.send_to(&long, b.local_addr().unwrap())] {
            assert_eq!(Errno::from_io_error(&refused.unwrap_err()), Some(Errno::MSGSIZE));
        }
    }
    a.send(b"short").unwrap();
    assert_eq!(b.recv(&mut [0; 8]).unwrap(), 5);
}

fn of_the_other_family() {
    let refused = socket().send_to(b"x", "[::1]:9").unwrap_err();
    assert_eq!(Errno::from_io_error(&refused), Some(Errno::AFNOSUPPORT));
}

fn to_no_port() {
    let refused = socket().send_to(b"x", "127.0.0.1:0").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
}

fn to_the_first_of_several() {
    let (a, b, c) = (socket(), socket(), socket());
    let addresses = [b.local_addr().unwrap(), c.local_addr().unwrap()];
    a.send_to(b"for b", &addresses[..]).unwrap();
    assert_eq!(b.recv(&mut [0; 8]).unwrap(), 5);
    c.set_nonblocking(true).unwrap();
    assert_eq!(c.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);

    // Unlike bind and connect, a send does not go on to the next.
    let addresses = ["[::1]:9".parse().unwrap(), c.local_addr().unwrap()];
    assert!(a.send_to(b"for c", &addresses[..]).is_err());
}

fn to_no_address_at_all() {
    let none: &[SocketAddr] = &[];
    let refused = socket().send_to(b"x", none).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert_eq!(refused.to_string(), "no addresses to send data to");
}
