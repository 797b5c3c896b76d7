//! Options of streams and listeners.

use std::io::{ErrorKind, Read, Write};

use crate::harness::{listener, pair};
use crate::net::TcpStream;

cases! {
    nodelay,
    ttl,
    a_ttl_that_does_not_exist,
    no_error_to_take,
    nonblocking_calls_answer_at_once,
    a_nonblocking_write_stops_at_a_full_buffer,
    clones_are_nonblocking_together,
    an_accepted_stream_waits,
    only_v6_cannot_be_set_any_more,
}

fn nodelay() {
    let (client, _server) = pair();
    assert!(!client.nodelay().unwrap());
    client.set_nodelay(true).unwrap();
    assert!(client.nodelay().unwrap());
    client.set_nodelay(false).unwrap();
    assert!(!client.nodelay().unwrap());
}

fn ttl() {
    let (client, _server) = pair();
    client.set_ttl(100).unwrap();
    assert_eq!(client.ttl().unwrap(), 100);
    let listener = listener();
    listener.set_ttl(101).unwrap();
    assert_eq!(listener.ttl().unwrap(), 101);
}

fn a_ttl_that_does_not_exist() {
    let (client, _server) = pair();
    for ttl in [0, 256, u32::MAX - 1] {
        assert_eq!(client.set_ttl(ttl).unwrap_err().kind(), ErrorKind::InvalidInput, "{ttl}");
        assert_eq!(listener().set_ttl(ttl).unwrap_err().kind(), ErrorKind::InvalidInput, "{ttl}");
    }
}

fn no_error_to_take() {
    let (client, _server) = pair();
    assert!(client.take_error().unwrap().is_none());
    assert!(listener().take_error().unwrap().is_none());
}

fn nonblocking_calls_answer_at_once() {
    let listener = listener();
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(listener.incoming().next().unwrap().unwrap_err().kind(), ErrorKind::WouldBlock);

    let (mut client, mut server) = pair();
    server.set_nonblocking(true).unwrap();
    assert_eq!(server.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(server.peek(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    client.write_all(b"x").unwrap();
    server.set_nonblocking(false).unwrap();
    assert_eq!(server.read(&mut [0; 8]).unwrap(), 1);
}

fn a_nonblocking_write_stops_at_a_full_buffer() {
    let (mut client, mut server) = pair();
    client.set_nonblocking(true).unwrap();
    let mut written = 0;
    let stopped = loop {
        match client.write(&[0; 1 << 16]) {
            Ok(n) => written += n,
            Err(e) => break e,
        }
    };
    assert_eq!(stopped.kind(), ErrorKind::WouldBlock);
    drop(client);
    let mut read = Vec::new();
    server.read_to_end(&mut read).unwrap();
    assert_eq!(read.len(), written);
}

fn clones_are_nonblocking_together() {
    let (client, _server) = pair();
    let mut clone = client.try_clone().unwrap();
    client.set_nonblocking(true).unwrap();
    assert_eq!(clone.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);

    let listener = listener();
    let clone = listener.try_clone().unwrap();
    clone.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

fn an_accepted_stream_waits() {
    let listener = listener();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    listener.set_nonblocking(true).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    let reader = std::thread::spawn(move || server.read(&mut [0; 8]).unwrap());
    crate::harness::let_it_block();
    client.write_all(b"x").unwrap();
    assert_eq!(reader.join().unwrap(), 1);
}

#[expect(deprecated, reason = "deprecated in std as well")]
fn only_v6_cannot_be_set_any_more() {
    // A machine may have IPv6 turned off.
    let Ok(listener) = crate::net::TcpListener::bind("[::1]:0") else { return };
    assert!(listener.only_v6().is_ok());
    assert_eq!(listener.set_only_v6(true).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert!(self::listener().only_v6().is_err());
}
