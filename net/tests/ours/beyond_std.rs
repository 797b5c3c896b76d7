//! Promises that std does not make.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::thread;
use std::time::Duration;

use super::blocked::waits_for_data;
use crate::harness::{let_it_block, listener, pair};
use crate::net::{Incoming, TcpListener, TcpStream};

cases! {
    clones_share_one_descriptor,
    a_timeout_is_kept_to_the_nanosecond,
    a_timeout_beyond_the_clock_is_no_error,
    an_empty_buffer_never_waits,
    a_write_takes_what_fits,
    a_builder_binds,
    a_port_is_shared_if_all_say_so,
    a_blocked_reader_is_not_disturbed_by_the_flag,
}

/// Compiles only if the sockets may go where std's may.
const _: () = {
    const fn goes_anywhere<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}
    goes_anywhere::<TcpStream>();
    goes_anywhere::<TcpListener>();
    goes_anywhere::<Incoming<'_>>();
};

/// A handle is one pointer, and so is an `Option` of it.
const _: () = assert!(size_of::<Option<TcpStream>>() == size_of::<usize>());

fn clones_share_one_descriptor() {
    let (client, _server) = pair();
    assert_eq!(client.try_clone().unwrap().as_raw_fd(), client.as_raw_fd());
    let listener = listener();
    assert_eq!(listener.try_clone().unwrap().as_raw_fd(), listener.as_raw_fd());
}

fn a_timeout_is_kept_to_the_nanosecond() {
    let (client, _server) = pair();
    for exact in [Duration::from_nanos(1), Duration::new(7, 123_456_789)] {
        client.set_read_timeout(Some(exact)).unwrap();
        assert_eq!(client.read_timeout().unwrap(), Some(exact));
    }
}

fn a_timeout_beyond_the_clock_is_no_error() {
    let (client, server) = pair();
    server.set_read_timeout(Some(Duration::MAX)).unwrap();
    server.set_write_timeout(Some(Duration::MAX)).unwrap();
    waits_for_data(server, client);
}

fn an_empty_buffer_never_waits() {
    let (mut client, _server) = pair();
    assert_eq!(client.read(&mut []).unwrap(), 0);
    assert_eq!(client.peek(&mut []).unwrap(), 0);
}

fn a_write_takes_what_fits() {
    let (mut client, _server) = pair();
    // More than any default lets the kernel hold for one connection (tcp_wmem and tcp_rmem in tcp(7)).
    let much = vec![0; 256 << 20];
    let written = client.write(&much).unwrap();
    assert!(0 < written && written < much.len(), "{written}");
}

fn a_builder_binds() {
    let builder = TcpListener::builder().backlog(u32::MAX);
    let (first, second) = (builder.bind("127.0.0.1:0").unwrap(), builder.bind("127.0.0.1:0").unwrap());
    for listener in [first, second] {
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert_eq!(listener.accept().unwrap().1, client.local_addr().unwrap());
    }
}

fn a_port_is_shared_if_all_say_so() {
    let shared = TcpListener::builder().reuse_port(true);
    let first = shared.bind("127.0.0.1:0").unwrap();
    let address = first.local_addr().unwrap();
    let second = shared.bind(address).unwrap();
    assert_eq!(TcpListener::bind(address).unwrap_err().kind(), ErrorKind::AddrInUse);

    // Which of the two gets a connection is the kernel's choice: ask both.
    let client = TcpStream::connect(address).unwrap();
    first.set_nonblocking(true).unwrap();
    second.set_nonblocking(true).unwrap();
    let accepted: Vec<_> = [first, second].iter().filter_map(|l| l.accept().ok()).collect();
    assert_eq!(accepted.len(), 1);
    assert_eq!(accepted[0].1, client.local_addr().unwrap());
}

fn a_blocked_reader_is_not_disturbed_by_the_flag() {
    let (mut client, server) = pair();
    let mut clone = server.try_clone().unwrap();
    let reader = thread::spawn(move || clone.read(&mut [0; 8]).unwrap());
    let_it_block();
    server.set_nonblocking(true).unwrap();
    let_it_block();
    client.write_all(b"x").unwrap();
    assert_eq!(reader.join().unwrap(), 1);
}
