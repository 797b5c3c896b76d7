//! Options of a socket.

use std::io::ErrorKind;
use std::net::SocketAddr;

use crate::harness::socket;
use crate::net::UdpSocket;

cases! {
    ttl,
    a_ttl_that_does_not_exist,
    no_error_to_take,
    broadcast_is_off_at_first,
    a_broadcast_needs_permission,
}

fn ttl() {
    let socket = socket();
    assert!(socket.ttl().unwrap() > 0);
    socket.set_ttl(100).unwrap();
    assert_eq!(socket.ttl().unwrap(), 100);
}

fn a_ttl_that_does_not_exist() {
    for ttl in [0, 256, u32::MAX - 1] {
        assert_eq!(socket().set_ttl(ttl).unwrap_err().kind(), ErrorKind::InvalidInput, "{ttl}");
    }
}

fn no_error_to_take() {
    assert!(socket().take_error().unwrap().is_none());
}

fn broadcast_is_off_at_first() {
    let socket = socket();
    for on in [false, true, false] {
        socket.set_broadcast(on).unwrap();
        assert_eq!(socket.broadcast().unwrap(), on);
    }
    assert!(!self::socket().broadcast().unwrap());
}

fn a_broadcast_needs_permission() {
    let everybody = UdpSocket::bind("0.0.0.0:0").unwrap();
    // That of the loopback network: nobody else hears it.
    let address = SocketAddr::from(([127, 255, 255, 255], everybody.local_addr().unwrap().port()));
    let sender = socket();
    match sender.send_to(b"all", address) {
        Err(refused) if refused.kind() == ErrorKind::PermissionDenied => {}
        other => return println!("skipped: no broadcast over loopback here, {other:?}"),
    }
    sender.set_broadcast(true).unwrap();
    assert_eq!(sender.send_to(b"all", address).unwrap(), 3);
    assert_eq!(everybody.recv_from(&mut [0; 8]).unwrap(), (3, sender.local_addr().unwrap()));
}
