//! From and into std's types and plain descriptors.

use std::io::{ErrorKind, Read, Write};
use std::net;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd};
use std::time::Duration;

use super::blocked::{waits_for_a_client, waits_for_data};
use super::descriptors::has_o_nonblock;
use crate::harness::{listener, pair};
use crate::net::{TcpListener, TcpStream};

cases! {
    a_stream_keeps_its_descriptor,
    a_stream_keeps_its_timeouts,
    a_stream_from_std_waits,
    a_stream_for_std_is_blocking_or_not,
    a_stream_with_clones_is_duplicated,
    a_listener_keeps_its_descriptor,
    a_listener_for_std_is_blocking_or_not,
    a_listener_with_clones_is_duplicated,
    raw_descriptors,
}

fn a_stream_keeps_its_descriptor() {
    let (client, mut server) = pair();
    let fd = client.as_raw_fd();
    let mut std: net::TcpStream = client.into();
    assert_eq!(std.as_raw_fd(), fd);
    server.write_all(b"std").unwrap();
    std.read_exact(&mut [0; 3]).unwrap();
    let ours: TcpStream = std.into();
    assert_eq!(ours.as_raw_fd(), fd);
    waits_for_data(ours, server);
}

fn a_stream_keeps_its_timeouts() {
    let (client, _server) = pair();
    let (read, write) = (Some(Duration::from_secs(3)), Some(Duration::from_secs(40)));
    client.set_read_timeout(read).unwrap();
    client.set_write_timeout(write).unwrap();

    let std = net::TcpStream::from(client);
    assert_eq!((std.read_timeout().unwrap(), std.write_timeout().unwrap()), (read, write));

    let ours = TcpStream::from(std);
    assert_eq!((ours.read_timeout().unwrap(), ours.write_timeout().unwrap()), (read, write));

    ours.set_read_timeout(None).unwrap();
    let std = net::TcpStream::from(ours);
    assert_eq!((std.read_timeout().unwrap(), std.write_timeout().unwrap()), (None, write));
}

fn a_stream_from_std_waits() {
    let (client, server) = pair();
    let std = net::TcpStream::from(client);
    std.set_nonblocking(true).unwrap();
    let ours = waits_for_data(std.into(), server);
    assert!(!has_o_nonblock(net::TcpStream::from(ours)), "it does not outlive the conversion");
}

fn a_stream_for_std_is_blocking_or_not() {
    for nonblocking in [true, false] {
        let (client, _server) = pair();
        client.set_nonblocking(nonblocking).unwrap();
        let mut std = net::TcpStream::from(client);
        assert_eq!(has_o_nonblock(&std), nonblocking);
        if nonblocking {
            assert_eq!(std.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
        }
    }
}

fn a_stream_with_clones_is_duplicated() {
    let (client, mut server) = pair();
    let clone = client.try_clone().unwrap();
    let mut std = net::TcpStream::from(client);
    assert_ne!(std.as_raw_fd(), clone.as_raw_fd());

    std.write_all(b"by std").unwrap();
    server.read_exact(&mut [0; 6]).unwrap();
    let clone = waits_for_data(clone, &server);
    drop(std);
    let mut clone = waits_for_data(clone, &server);
    clone.write_all(b"by the clone").unwrap();
    server.read_exact(&mut [0; 12]).unwrap();
    drop(clone);
    assert_eq!(server.read(&mut [0; 8]).unwrap(), 0);
}

fn a_listener_keeps_its_descriptor() {
    let listener = listener();
    let (fd, address) = (listener.as_raw_fd(), listener.local_addr().unwrap());
    let std = net::TcpListener::from(listener);
    assert_eq!(std.as_raw_fd(), fd);
    let client = TcpStream::connect(address).unwrap();
    assert_eq!(std.accept().unwrap().1, client.local_addr().unwrap());

    let ours = TcpListener::from(std);
    assert_eq!(ours.as_raw_fd(), fd);
    assert!(has_o_nonblock(&ours));
    waits_for_a_client(ours, address);
}

fn a_listener_for_std_is_blocking_or_not() {
    for nonblocking in [true, false] {
        let listener = listener();
        listener.set_nonblocking(nonblocking).unwrap();
        let std = net::TcpListener::from(listener);
        assert_eq!(has_o_nonblock(&std), nonblocking);
    }
}

fn a_listener_with_clones_is_duplicated() {
    let listener = listener();
    let address = listener.local_addr().unwrap();
    let clone = listener.try_clone().unwrap();
    let std = net::TcpListener::from(listener);
    assert_ne!(std.as_raw_fd(), clone.as_raw_fd());
    assert!(has_o_nonblock(&std), "the clone needs it");

    let client = TcpStream::connect(address).unwrap();
    assert_eq!(std.accept().unwrap().1, client.local_addr().unwrap());
    drop(std);
    waits_for_a_client(clone, address);
}

fn raw_descriptors() {
    let (client, server) = pair();
    let raw = client.into_raw_fd();
    // SAFETY: into_raw_fd has just given up this open descriptor, and nobody else has its number.
    let fd = unsafe { OwnedFd::from_raw_fd(raw) };
    waits_for_data(fd.into(), server);

    let listener = listener();
    let address = listener.local_addr().unwrap();
    let raw = listener.into_raw_fd();
    // SAFETY: as above.
    let listener = TcpListener::from(unsafe { OwnedFd::from_raw_fd(raw) });
    assert_eq!(listener.local_addr().unwrap(), address);
}
