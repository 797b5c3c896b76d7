//! Unix sockets: where they differ from std's, and the bridge to those.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use rustix::io::{FdFlags, ioctl_fionbio};

use super::descriptors::has_o_nonblock;
use crate::unix::{Incoming, UnixDatagram, UnixListener, UnixStream};

cases! {
    clones_share_one_descriptor,
    an_empty_buffer_never_waits_on_a_stream,
    only_listeners_have_o_nonblock,
    none_is_passed_on_to_a_program,
    someone_elses_o_nonblock_says_nothing,
    a_stream_for_std_and_back,
    a_datagram_socket_for_std_and_back,
    a_listener_for_std_and_back,
    with_clones_they_are_duplicated,
}

/// Compiles only if the sockets may go where std's may.
const _: () = {
    const fn goes_anywhere<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}
    goes_anywhere::<UnixStream>();
    goes_anywhere::<UnixListener>();
    goes_anywhere::<UnixDatagram>();
    goes_anywhere::<Incoming<'_>>();
};

const LONG: Option<Duration> = Some(Duration::from_secs(20));

fn listener() -> UnixListener {
    UnixListener::bind("").unwrap()
}

fn clones_share_one_descriptor() {
    let (stream, _there) = UnixStream::pair().unwrap();
    assert_eq!(stream.try_clone().unwrap().as_raw_fd(), stream.as_raw_fd());
    let socket = UnixDatagram::unbound().unwrap();
    assert_eq!(socket.try_clone().unwrap().as_raw_fd(), socket.as_raw_fd());
    let listener = listener();
    assert_eq!(listener.try_clone().unwrap().as_raw_fd(), listener.as_raw_fd());
}

fn an_empty_buffer_never_waits_on_a_stream() {
    let (mut stream, _there) = UnixStream::pair().unwrap();
    assert_eq!(stream.read(&mut []).unwrap(), 0);
}

fn only_listeners_have_o_nonblock() {
    let listener = listener();
    let client = UnixStream::connect_addr(&listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    let (pair, socket) = (UnixStream::pair().unwrap().0, UnixDatagram::unbound().unwrap());
    assert!(has_o_nonblock(&listener));
    for other in [client.as_fd(), server.as_fd(), pair.as_fd(), socket.as_fd()] {
        assert!(!has_o_nonblock(other));
    }
}

fn none_is_passed_on_to_a_program() {
    let listener = listener();
    let client = UnixStream::connect_addr(&listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    let ((a, b), socket) = (UnixDatagram::pair().unwrap(), UnixDatagram::unbound().unwrap());
    let all = [listener.as_fd(), client.as_fd(), server.as_fd(), a.as_fd(), b.as_fd(), socket.as_fd()];
    for fd in all {
        assert_eq!(rustix::io::fcntl_getfd(fd).unwrap(), FdFlags::CLOEXEC);
    }
}

fn someone_elses_o_nonblock_says_nothing() {
    for wish in [true, false] {
        let (stream, _there) = UnixStream::pair().unwrap();
        let (socket, _far) = UnixDatagram::pair().unwrap();
        ioctl_fionbio(&stream, wish).unwrap();
        ioctl_fionbio(&socket, wish).unwrap();
        let short = Duration::from_millis(20);
        stream.set_read_timeout(Some(short)).unwrap();
        socket.set_read_timeout(Some(short)).unwrap();
        let begun = std::time::Instant::now();
        assert_eq!((&stream).read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert_eq!(socket.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert!(begun.elapsed() >= 2 * short);
    }
}

fn a_stream_for_std_and_back() {
    let (stream, mut there) = UnixStream::pair().unwrap();
    stream.set_read_timeout(LONG).unwrap();
    stream.set_nonblocking(true).unwrap();
    let std = net::UnixStream::from(stream);
    assert!(has_o_nonblock(&std));
    assert_eq!((std.read_timeout().unwrap(), std.write_timeout().unwrap()), (LONG, None));

    // It waits: the flag is not taken for the user's wish.
    let mut ours = UnixStream::from(std);
    assert_eq!(ours.read_timeout().unwrap(), LONG);
    ours.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let begun = std::time::Instant::now();
    assert!(ours.read(&mut [0; 8]).is_err());
    assert!(begun.elapsed() >= Duration::from_millis(20));
    there.write_all(b"x").unwrap();
    assert_eq!(ours.read(&mut [0; 8]).unwrap(), 1);
    assert!(!has_o_nonblock(net::UnixStream::from(ours)));
}

fn a_datagram_socket_for_std_and_back() {
    let (socket, there) = UnixDatagram::pair().unwrap();
    let fd = socket.as_raw_fd();
    socket.set_write_timeout(LONG).unwrap();
    let std = net::UnixDatagram::from(socket);
    assert_eq!(std.as_raw_fd(), fd);
    assert_eq!((std.read_timeout().unwrap(), std.write_timeout().unwrap()), (None, LONG));
    let ours = UnixDatagram::from(std);
    assert_eq!(ours.write_timeout().unwrap(), LONG);
    there.send(b"x").unwrap();
    assert_eq!(ours.recv(&mut [0; 8]).unwrap(), 1);
}

fn a_listener_for_std_and_back() {
    for nonblocking in [true, false] {
        let listener = listener();
        listener.set_nonblocking(nonblocking).unwrap();
        let std = net::UnixListener::from(listener);
        assert_eq!(has_o_nonblock(&std), nonblocking);
        let ours = UnixListener::from(std);
        assert!(has_o_nonblock(&ours));
        let _client = UnixStream::connect_addr(&ours.local_addr().unwrap()).unwrap();
        ours.accept().unwrap();
    }
}

fn with_clones_they_are_duplicated() {
    let (stream, mut there) = UnixStream::pair().unwrap();
    let mut clone = stream.try_clone().unwrap();
    let fd = OwnedFd::from(stream);
    assert_ne!(fd.as_raw_fd(), clone.as_raw_fd());
    drop(fd);
    there.write_all(b"x").unwrap();
    assert_eq!(clone.read(&mut [0; 8]).unwrap(), 1);

    let listener = listener();
    let clone = listener.try_clone().unwrap();
    let std = net::UnixListener::from(listener);
    assert_ne!(std.as_raw_fd(), clone.as_raw_fd());
    assert!(has_o_nonblock(&std), "the clone needs it");
}
