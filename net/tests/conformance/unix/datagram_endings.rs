//! How datagram sockets end, and who is told.

use std::io::ErrorKind;
use std::net::Shutdown;
use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd};
use std::thread;
use std::time::Duration;

use super::place::Place;
use crate::harness::let_it_block;
use crate::unix::UnixDatagram;

cases! {
    a_receiver_that_is_gone,
    a_file_that_nobody_is_bound_to,
    shutdown_ends_both_sides,
    what_came_before_the_shutdown_is_received,
    shutdown_without_waiting,
    shutdown_wakes_a_blocked_receiver,
    shutdown_wakes_a_blocked_sender,
    the_end_of_the_receiver_wakes_a_blocked_sender,
    through_descriptors_and_back,
}

fn a_receiver_that_is_gone() {
    let (a, b) = UnixDatagram::pair().unwrap();
    drop(a);
    assert_eq!(b.send(b"x").unwrap_err().kind(), ErrorKind::ConnectionRefused);
    assert_eq!(b.peer_addr().unwrap_err().kind(), ErrorKind::NotConnected);
    assert_eq!(b.send(b"x").unwrap_err().kind(), ErrorKind::NotConnected);
}

fn a_file_that_nobody_is_bound_to() {
    let place = Place::new();
    drop(UnixDatagram::bind(&place.0).unwrap());
    let socket = UnixDatagram::unbound().unwrap();
    assert_eq!(socket.connect(&place.0).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    assert_eq!(socket.send_to(b"x", &place.0).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

fn shutdown_ends_both_sides() {
    let (a, b) = UnixDatagram::pair().unwrap();
    let clone = a.try_clone().unwrap();
    a.shutdown(Shutdown::Read).unwrap();
    a.shutdown(Shutdown::Write).unwrap();
    for socket in [&a, &clone] {
        assert_eq!(socket.recv(&mut [0; 8]).unwrap(), 0);
        let (n, from) = socket.recv_from(&mut [0; 8]).unwrap();
        assert!(n == 0 && from.is_unnamed());
        assert_eq!(socket.send(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
        socket.shutdown(Shutdown::Both).unwrap();
    }
    assert_eq!(b.send(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
}

fn what_came_before_the_shutdown_is_received() {
    let (a, b) = UnixDatagram::pair().unwrap();
    b.send(b"x").unwrap();
    a.shutdown(Shutdown::Read).unwrap();
    assert_eq!(a.recv(&mut [0; 8]).unwrap(), 1);
    assert_eq!(a.recv(&mut [0; 8]).unwrap(), 0);
}

fn shutdown_without_waiting() {
    let (a, _b) = UnixDatagram::pair().unwrap();
    a.set_nonblocking(true).unwrap();
    a.shutdown(Shutdown::Read).unwrap();
    assert_eq!(a.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
}

fn shutdown_wakes_a_blocked_receiver() {
    for how in [Shutdown::Read, Shutdown::Both] {
        let (a, _b) = UnixDatagram::pair().unwrap();
        let clone = a.try_clone().unwrap();
        let receiver = thread::spawn(move || clone.recv(&mut [0; 8]).unwrap());
        let_it_block();
        a.shutdown(how).unwrap();
        assert_eq!(receiver.join().unwrap(), 0);
    }
}

/// Sends until the first error, which is the result.
fn send_until_refused(socket: &UnixDatagram) -> ErrorKind {
    loop {
        if let Err(e) = socket.send(b"x") {
            return e.kind();
        }
    }
}

fn shutdown_wakes_a_blocked_sender() {
    for how in [Shutdown::Write, Shutdown::Both] {
        let (a, _b) = UnixDatagram::pair().unwrap();
        let clone = a.try_clone().unwrap();
        let sender = thread::spawn(move || send_until_refused(&clone));
        let_it_block();
        a.shutdown(how).unwrap();
        assert_eq!(sender.join().unwrap(), ErrorKind::BrokenPipe);
    }
}

fn the_end_of_the_receiver_wakes_a_blocked_sender() {
    let place = Place::new();
    let receiver = UnixDatagram::bind(&place.0).unwrap();
    let sender = UnixDatagram::unbound().unwrap();
    sender.connect(&place.0).unwrap();
    let sender = thread::spawn(move || send_until_refused(&sender));
    let_it_block();
    drop(receiver);
    assert_eq!(sender.join().unwrap(), ErrorKind::ConnectionRefused);
}

fn through_descriptors_and_back() {
    let (a, b) = UnixDatagram::pair().unwrap();
    a.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // SAFETY: into_raw_fd has just given up this open descriptor, and nobody else has its number.
    let fd = unsafe { OwnedFd::from_raw_fd(a.into_raw_fd()) };
    let a = UnixDatagram::from(fd);
    assert_eq!(a.read_timeout().unwrap(), Some(Duration::from_secs(20)));
    b.send(b"x").unwrap();
    assert_eq!(a.recv(&mut [0; 8]).unwrap(), 1);
}
