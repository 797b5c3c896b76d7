//! A connected socket hears that nobody is at its peer's port: over loopback, as soon as it has sent something.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::thread;

use crate::harness::{let_it_block, socket};
use crate::net::UdpSocket;

cases! {
    a_receive_tells,
    a_peek_tells,
    the_next_send_tells,
    take_error_tells,
    a_receive_that_waits_already_tells,
    without_a_peer_nobody_hears,
}

/// A port that has been closed, at an address where no other test opens one.
fn closed_port() -> SocketAddr {
    UdpSocket::bind("127.0.0.77:0").unwrap().local_addr().unwrap()
}

/// Nobody is at its peer's port.
fn lonely() -> UdpSocket {
    let socket = socket();
    socket.connect(closed_port()).unwrap();
    socket
}

fn a_receive_tells() {
    let socket = lonely();
    for _ in 0..2 {
        socket.send(b"anybody?").unwrap();
        assert_eq!(socket.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        socket.send(b"").unwrap();
        assert_eq!(socket.recv_from(&mut [0; 8]).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    }
}

fn a_peek_tells() {
    let socket = lonely();
    socket.send(b"anybody?").unwrap();
    assert_eq!(socket.peek(&mut [0; 8]).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    socket.send(b"anybody?").unwrap();
    assert_eq!(socket.peek_from(&mut [0; 8]).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

fn the_next_send_tells() {
    let socket = lonely();
    for _ in 0..2 {
        assert_eq!(socket.send(b"anybody?").unwrap(), 8);
        assert_eq!(socket.send(b"anybody?").unwrap_err().kind(), ErrorKind::ConnectionRefused);
    }
}

fn take_error_tells() {
    let socket = lonely();
    assert!(socket.take_error().unwrap().is_none());
    socket.send(b"anybody?").unwrap();
    assert_eq!(socket.take_error().unwrap().unwrap().kind(), ErrorKind::ConnectionRefused);
    assert!(socket.take_error().unwrap().is_none());
}

fn a_receive_that_waits_already_tells() {
    let socket = lonely();
    let clone = socket.try_clone().unwrap();
    let receiver = thread::spawn(move || clone.recv(&mut [0; 8]).unwrap_err());
    let_it_block();
    socket.send(b"anybody?").unwrap();
    assert_eq!(receiver.join().unwrap().kind(), ErrorKind::ConnectionRefused);
}

fn without_a_peer_nobody_hears() {
    let (here, there) = (socket(), closed_port());
    for _ in 0..3 {
        assert_eq!(here.send_to(b"anybody?", there).unwrap(), 8);
    }
    here.set_nonblocking(true).unwrap();
    assert_eq!(here.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
}
