//! Sends that find the send buffer full.
//!
//! Over loopback UDP never shows that: what the receiver has no room for is dropped. Unix datagram sockets hold the
//! sender up, and `UdpSocket` takes over any descriptor.

use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::let_it_block;
use crate::net::UdpSocket;

cases! {
    a_send_waits_for_room,
    a_send_gives_up,
    a_nonblocking_send_does_not_wait,
}

const DATAGRAM: [u8; 4096] = [7; 4096];

/// A socket that has room for nothing more, its peer, and how many datagrams are under way.
fn full() -> (UdpSocket, UnixDatagram, usize) {
    let (here, there) = UnixDatagram::pair().unwrap();
    let here = UdpSocket::from(OwnedFd::from(here));
    here.set_nonblocking(true).unwrap();
    let mut under_way = 0;
    let stopped = loop {
        match here.send(&DATAGRAM) {
            Ok(_) => under_way += 1,
            Err(e) => break e,
        }
    };
    assert_eq!(stopped.kind(), ErrorKind::WouldBlock);
    here.set_nonblocking(false).unwrap();
    (here, there, under_way)
}

fn a_send_waits_for_room() {
    let (here, there, under_way) = full();
    let receiver = thread::spawn(move || {
        let_it_block();
        let mut buf = [0; DATAGRAM.len()];
        for _ in 0..under_way + 2 {
            assert_eq!(there.recv(&mut buf).unwrap(), DATAGRAM.len());
        }
    });
    for _ in 0..2 {
        assert_eq!(here.send(&DATAGRAM).unwrap(), DATAGRAM.len());
    }
    receiver.join().unwrap();
}

fn a_send_gives_up() {
    const SHORT: Duration = Duration::from_millis(30);
    let (here, there, under_way) = full();
    here.set_write_timeout(Some(SHORT)).unwrap();
    let begun = Instant::now();
    assert_eq!(here.send(&DATAGRAM).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert!(begun.elapsed() >= SHORT);
    drop(here);
    let mut buf = [0; DATAGRAM.len()];
    for _ in 0..under_way {
        assert_eq!(there.recv(&mut buf).unwrap(), DATAGRAM.len());
    }
    there.set_nonblocking(true).unwrap();
    assert!(there.recv(&mut buf).is_err(), "the one that gave up was not sent");
}

fn a_nonblocking_send_does_not_wait() {
    let (here, _there, _) = full();
    here.set_nonblocking(true).unwrap();
    assert_eq!(here.send(&DATAGRAM).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(here.send(b"").unwrap_err().kind(), ErrorKind::WouldBlock);
}
