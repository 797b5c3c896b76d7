//! The flags of descriptors: O_NONBLOCK where accept needs it and nowhere else, FD_CLOEXEC everywhere.

use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{OFlags, fcntl_getfl};
use rustix::io::{Errno, FdFlags, fcntl_getfd, ioctl_fionbio};

use super::blocked::waits_for_data;
use crate::harness::{listener, pair};
use crate::net::{TcpListener, TcpStream};

cases! {
    only_listeners_have_o_nonblock,
    none_is_passed_on_to_a_program,
    a_stream_does_not_depend_on_o_nonblock,
    what_is_no_socket_says_so,
}

pub(super) fn has_o_nonblock(fd: impl AsFd) -> bool {
    fcntl_getfl(fd).unwrap().contains(OFlags::NONBLOCK)
}

fn only_listeners_have_o_nonblock() {
    let (client, server) = pair();
    assert!(!has_o_nonblock(&client));
    assert!(!has_o_nonblock(&server));
    let listener = listener();
    assert!(has_o_nonblock(&listener));
    for nonblocking in [true, false] {
        client.set_nonblocking(nonblocking).unwrap();
        listener.set_nonblocking(nonblocking).unwrap();
        assert!(!has_o_nonblock(&client));
        assert!(has_o_nonblock(&listener));
    }
}

fn none_is_passed_on_to_a_program() {
    let (client, server) = pair();
    let listener = listener();
    let duplicate = OwnedFd::from(client.try_clone().unwrap());
    for fd in [client.as_fd(), server.as_fd(), listener.as_fd(), duplicate.as_fd()] {
        assert_eq!(fcntl_getfd(fd).unwrap(), FdFlags::CLOEXEC);
    }
}

fn a_stream_does_not_depend_on_o_nonblock() {
    for someone_elses_wish in [true, false] {
        let (client, server) = pair();
        ioctl_fionbio(&server, someone_elses_wish).unwrap();
        waits_for_data(server, client);
    }
}

fn what_is_no_socket_says_so() {
    let (reading_end, _writing_end) = rustix::pipe::pipe().unwrap();
    let mut stream = TcpStream::from(reading_end.try_clone().unwrap());
    let refused = stream.read(&mut [0; 8]).unwrap_err();
    assert_eq!(Errno::from_io_error(&refused), Some(Errno::NOTSOCK));
    let listener = TcpListener::from(reading_end);
    let refused = listener.accept().unwrap_err();
    assert_eq!(Errno::from_io_error(&refused), Some(Errno::NOTSOCK));
    drop(OwnedFd::from(stream));
}
