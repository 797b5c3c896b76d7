//! Connects that succeed late, on the second try, or never.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rustix::net::listen;

use crate::harness::listener;
use crate::net::TcpStream;

cases! {
    a_closed_port_refuses,
    several_addresses_are_tried_in_order,
    of_several_failures_the_last_counts,
    a_timeout_of_zero_is_refused,
    a_timeout_that_suffices,
    a_timeout_beyond_the_end_of_time,
    a_timeout_that_runs_out,
}

/// An address where nobody listens: one that was free a moment ago.
fn closed_port() -> SocketAddr {
    listener().local_addr().unwrap()
}

fn a_closed_port_refuses() {
    let refused = TcpStream::connect(closed_port()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let refused = TcpStream::connect_timeout(&closed_port(), Duration::from_secs(20)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

fn several_addresses_are_tried_in_order() {
    let (closed, first, second) = (closed_port(), listener(), listener());
    let addresses = [closed, first.local_addr().unwrap(), second.local_addr().unwrap()];
    let stream = TcpStream::connect(&addresses[..]).unwrap();
    assert_eq!(stream.peer_addr().unwrap(), first.local_addr().unwrap());
}

fn of_several_failures_the_last_counts() {
    // The kernel refuses at once to connect TCP to a multicast group.
    let multicast = SocketAddr::from(([224, 0, 0, 1], 9));
    let failed = TcpStream::connect(&[multicast, closed_port()][..]).unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::ConnectionRefused);
    let failed = TcpStream::connect(&[closed_port(), multicast][..]).unwrap_err();
    assert_ne!(failed.kind(), ErrorKind::ConnectionRefused);
}

fn a_timeout_of_zero_is_refused() {
    let refused = TcpStream::connect_timeout(&listener().local_addr().unwrap(), Duration::ZERO).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
}

fn a_timeout_that_suffices() {
    let listener = listener();
    let stream =
        TcpStream::connect_timeout(&listener.local_addr().unwrap(), Duration::from_secs(20)).unwrap();
    assert_eq!(stream.peer_addr().unwrap(), listener.local_addr().unwrap());
    assert_eq!(stream.read_timeout().unwrap(), None);
}

fn a_timeout_beyond_the_end_of_time() {
    let listener = listener();
    assert!(TcpStream::connect_timeout(&listener.local_addr().unwrap(), Duration::MAX).is_ok());
}

fn a_timeout_that_runs_out() {
    let listener = listener();
    // With a backlog of zero one connection may wait to be accepted. The kernel drops the SYN of the next, which
    // its client repeats only after a second.
    listen(&listener, 0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    let (failed, took) = loop {
        assert!(waiting.len() < 8, "a backlog of zero held {} connections", waiting.len());
        let begun = Instant::now();
        match TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
            Ok(stream) => waiting.push(stream),
            Err(e) => break (e, begun.elapsed()),
        }
    };
    assert_eq!(failed.kind(), ErrorKind::TimedOut);
    assert_eq!(failed.to_string(), "connection timed out");
    assert!(took >= Duration::from_millis(100), "after {took:?}");
}
