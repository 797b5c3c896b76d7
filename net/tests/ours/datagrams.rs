//! UDP sockets: what std does not promise, and the bridge to it.

use std::io::{ErrorKind, pipe};
use std::net;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd, OwnedFd};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::thread;
use std::time::Duration;

use rustix::io::{Errno, FdFlags, fcntl_getfd, ioctl_fionbio};

use super::descriptors::has_o_nonblock;
use crate::harness::{let_it_block, socket, sockets};
use crate::net::UdpSocket;

cases! {
    clones_share_one_descriptor,
    a_timeout_is_kept_to_the_nanosecond,
    a_timeout_beyond_the_clock_is_no_error,
    a_blocked_receiver_is_not_disturbed_by_the_flag,
    none_has_o_nonblock_or_needs_it,
    none_is_passed_on_to_a_program,
    what_is_no_socket_says_so,
    it_keeps_its_descriptor,
    it_keeps_its_timeouts,
    one_from_std_waits,
    for_std_it_is_blocking_or_not,
    with_clones_it_is_duplicated,
    raw_descriptors,
}

/// Compiles only if it may go where std's may.
const _: () = {
    const fn goes_anywhere<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}
    goes_anywhere::<net::UdpSocket>();
    goes_anywhere::<UdpSocket>();
};

/// A handle is one pointer, and so is an `Option` of it.
const _: () = assert!(size_of::<Option<UdpSocket>>() == size_of::<usize>());

/// Sends a byte from `there`, and sees that `here` has waited for it.
fn waits_for_a_datagram(here: UdpSocket, there: &UdpSocket) -> UdpSocket {
    let receiver = thread::spawn(move || {
        assert_eq!(here.recv(&mut [0; 8]).unwrap(), 1);
        here
    });
    let_it_block();
    there.send(b"x").unwrap();
    receiver.join().unwrap()
}

fn clones_share_one_descriptor() {
    let socket = socket();
    assert_eq!(socket.try_clone().unwrap().as_raw_fd(), socket.as_raw_fd());
}

fn a_timeout_is_kept_to_the_nanosecond() {
    let socket = socket();
    for exact in [Duration::from_nanos(1), Duration::new(7, 123_456_789)] {
        socket.set_read_timeout(Some(exact)).unwrap();
        socket.set_write_timeout(Some(exact)).unwrap();
        assert_eq!(socket.read_timeout().unwrap(), Some(exact));
        assert_eq!(socket.write_timeout().unwrap(), Some(exact));
    }
}

fn a_timeout_beyond_the_clock_is_no_error() {
    let (a, b) = sockets();
    b.set_read_timeout(Some(Duration::MAX)).unwrap();
    a.set_write_timeout(Some(Duration::MAX)).unwrap();
    waits_for_a_datagram(b, &a);
}

fn a_blocked_receiver_is_not_disturbed_by_the_flag() {
    let (a, b) = sockets();
    let clone = b.try_clone().unwrap();
    let receiver = thread::spawn(move || clone.recv(&mut [0; 8]).unwrap());
    let_it_block();
    b.set_nonblocking(true).unwrap();
    let_it_block();
    a.send(b"x").unwrap();
    assert_eq!(receiver.join().unwrap(), 1);
}

fn none_has_o_nonblock_or_needs_it() {
    for someone_elses_wish in [true, false] {
        let (a, b) = sockets();
        b.set_nonblocking(true).unwrap();
        assert!(!has_o_nonblock(&b));
        b.set_nonblocking(false).unwrap();
        ioctl_fionbio(&b, someone_elses_wish).unwrap();
        let b = waits_for_a_datagram(b, &a);
        b.set_nonblocking(true).unwrap();
        assert_eq!(b.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    }
}

fn none_is_passed_on_to_a_program() {
    let socket = socket();
    let duplicate = OwnedFd::from(socket.try_clone().unwrap());
    for fd in [socket.as_fd(), duplicate.as_fd()] {
        assert_eq!(fcntl_getfd(fd).unwrap(), FdFlags::CLOEXEC);
    }
}

fn what_is_no_socket_says_so() {
    let (reading_end, _writing_end) = pipe().unwrap();
    let socket = UdpSocket::from(OwnedFd::from(reading_end));
    let to = "127.0.0.1:9";
    for refused in [
        socket.recv(&mut [0; 8]).unwrap_err(),
        socket.peek_from(&mut [0; 8]).unwrap_err(),
        socket.send(b"x").unwrap_err(),
        socket.send_to(b"x", to).unwrap_err(),
        socket.connect(to).unwrap_err(),
        socket.local_addr().unwrap_err(),
    ] {
        assert_eq!(Errno::from_io_error(&refused), Some(Errno::NOTSOCK));
    }
    assert_eq!(format!("{socket:?}"), format!("UdpSocket {{ fd: {} }}", socket.as_raw_fd()));
    drop(OwnedFd::from(socket));
}

fn it_keeps_its_descriptor() {
    let (a, b) = sockets();
    let fd = b.as_raw_fd();
    let std: net::UdpSocket = b.into();
    assert_eq!(std.as_raw_fd(), fd);
    a.send(b"std").unwrap();
    assert_eq!(std.recv(&mut [0; 8]).unwrap(), 3);
    let ours: UdpSocket = std.into();
    assert_eq!(ours.as_raw_fd(), fd);
    assert_eq!(ours.peer_addr().unwrap(), a.local_addr().unwrap());
    waits_for_a_datagram(ours, &a);
}

fn it_keeps_its_timeouts() {
    let socket = socket();
    let (read, write) = (Some(Duration::from_secs(3)), Some(Duration::from_secs(40)));
    socket.set_read_timeout(read).unwrap();
    socket.set_write_timeout(write).unwrap();

    let std = net::UdpSocket::from(socket);
    assert_eq!((std.read_timeout().unwrap(), std.write_timeout().unwrap()), (read, write));

    let ours = UdpSocket::from(std);
    assert_eq!((ours.read_timeout().unwrap(), ours.write_timeout().unwrap()), (read, write));

    ours.set_read_timeout(None).unwrap();
    let std = net::UdpSocket::from(ours);
    assert_eq!((std.read_timeout().unwrap(), std.write_timeout().unwrap()), (None, write));
}

fn one_from_std_waits() {
    let (a, b) = sockets();
    let std = net::UdpSocket::from(b);
    std.set_nonblocking(true).unwrap();
    let ours = waits_for_a_datagram(std.into(), &a);
    assert!(!has_o_nonblock(net::UdpSocket::from(ours)), "it does not outlive the conversion");
}

fn for_std_it_is_blocking_or_not() {
    for nonblocking in [true, false] {
        let socket = socket();
        socket.set_nonblocking(nonblocking).unwrap();
        let std = net::UdpSocket::from(socket);
        assert_eq!(has_o_nonblock(&std), nonblocking);
        if nonblocking {
            assert_eq!(std.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
        }
    }
}

fn with_clones_it_is_duplicated() {
    let (a, b) = sockets();
    let clone = b.try_clone().unwrap();
    let std = net::UdpSocket::from(b);
    assert_ne!(std.as_raw_fd(), clone.as_raw_fd());

    a.send(b"for std").unwrap();
    assert_eq!(std.recv(&mut [0; 8]).unwrap(), 7);
    let clone = waits_for_a_datagram(clone, &a);
    drop(std);
    let clone = waits_for_a_datagram(clone, &a);
    clone.send(b"by the clone").unwrap();
    assert_eq!(a.recv(&mut [0; 16]).unwrap(), 12);
}

fn raw_descriptors() {
    let (a, b) = sockets();
    let raw = b.into_raw_fd();
    // SAFETY: into_raw_fd has just given up this open descriptor, and nobody else has its number.
    let fd = unsafe { OwnedFd::from_raw_fd(raw) };
    waits_for_a_datagram(fd.into(), &a);
}
