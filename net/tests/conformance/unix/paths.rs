//! Where sockets are bound, and who finds them there.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::linux::net::SocketAddrExt;
use std::thread;

use super::place::Place;
use crate::harness::let_it_block;
use crate::unix::{SocketAddr, UnixDatagram, UnixListener, UnixStream};

cases! {
    both_ends_agree,
    a_path_is_bound_once,
    the_file_stays,
    what_is_not_there,
    what_no_path_can_be,
    abstract_names,
    the_kernel_chooses_a_name,
    accept_waits_for_a_connection,
    incoming_goes_on,
    a_listener_that_does_not_wait,
    clones_share_the_queue,
    shutdown_of_the_descriptor_wakes_a_blocked_accept,
    debug_shows_addresses,
}

fn both_ends_agree() {
    let place = Place::new();
    let listener = UnixListener::bind(&place.0).unwrap();
    let client = UnixStream::connect(&place.0).unwrap();
    let (server, from) = listener.accept().unwrap();
    for address in [listener.local_addr(), client.peer_addr(), server.local_addr()] {
        assert_eq!(address.unwrap().as_pathname(), Some(&*place.0));
    }
    assert!(from.is_unnamed());
    assert!(client.local_addr().unwrap().is_unnamed());
    assert!(server.peer_addr().unwrap().is_unnamed());
    assert!(listener.take_error().unwrap().is_none());
}

fn a_path_is_bound_once() {
    let place = Place::new();
    let _first = UnixListener::bind(&place.0).unwrap();
    assert_eq!(UnixListener::bind(&place.0).unwrap_err().kind(), ErrorKind::AddrInUse);
    assert_eq!(UnixDatagram::bind(&place.0).unwrap_err().kind(), ErrorKind::AddrInUse);
}

fn the_file_stays() {
    let place = Place::new();
    drop(UnixListener::bind(&place.0).unwrap());
    assert!(place.0.exists());
    assert_eq!(UnixStream::connect(&place.0).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    assert_eq!(UnixListener::bind(&place.0).unwrap_err().kind(), ErrorKind::AddrInUse);
    fs::remove_file(&place.0).unwrap();
    let _again = UnixListener::bind(&place.0).unwrap();
    UnixStream::connect(&place.0).unwrap();
}

fn what_is_not_there() {
    let place = Place::new();
    let inside = place.0.join("inside");
    let datagram = UnixDatagram::unbound().unwrap();
    for missing in [
        UnixStream::connect(&place.0).map(drop),
        UnixListener::bind(&inside).map(drop),
        UnixDatagram::bind(&inside).map(drop),
        datagram.connect(&place.0),
        datagram.send_to(b"x", &place.0).map(drop),
    ] {
        assert_eq!(missing.unwrap_err().kind(), ErrorKind::NotFound);
    }
}

fn what_no_path_can_be() {
    let datagram = UnixDatagram::unbound().unwrap();
    let long = "x".repeat(108);
    for (path, why) in [
        (&*long, "path must be shorter than SUN_LEN"),
        ("a\0b", "paths must not contain interior null bytes"),
    ] {
        let refusals: [io::Result<()>; 5] = [
            UnixListener::bind(path).map(drop),
            UnixStream::connect(path).map(drop),
            UnixDatagram::bind(path).map(drop),
            datagram.connect(path),
            datagram.send_to(b"x", path).map(drop),
        ];
        for refused in refusals.map(Result::unwrap_err) {
            assert_eq!(refused.kind(), ErrorKind::InvalidInput);
            assert_eq!(refused.to_string(), why);
        }
    }
}

fn abstract_names() {
    let place = Place::new();
    // Zeros are bytes like others in such a name.
    let name = [place.0.as_os_str().as_encoded_bytes(), b"\0\0x"].concat();
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    assert_eq!(UnixStream::connect_addr(&address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    let listener = UnixListener::bind_addr(&address).unwrap();
    assert_eq!(listener.local_addr().unwrap().as_abstract_name(), Some(&*name));
    assert_eq!(UnixListener::bind_addr(&address).unwrap_err().kind(), ErrorKind::AddrInUse);
    let client = UnixStream::connect_addr(&address).unwrap();
    assert_eq!(client.peer_addr().unwrap().as_abstract_name(), Some(&*name));
    drop(listener);
    UnixListener::bind_addr(&address).unwrap();

    let receiver = UnixDatagram::bind_addr(&address).unwrap();
    let sender = UnixDatagram::unbound().unwrap();
    assert_eq!(sender.send_to_addr(b"x", &address).unwrap(), 1);
    sender.connect_addr(&address).unwrap();
    assert_eq!(sender.peer_addr().unwrap().as_abstract_name(), Some(&*name));
    assert_eq!(receiver.recv(&mut [0; 8]).unwrap(), 1);
}

fn the_kernel_chooses_a_name() {
    let listener = UnixListener::bind("").unwrap();
    let address = listener.local_addr().unwrap();
    assert_eq!(address.as_abstract_name().unwrap().len(), 5);
    UnixStream::connect_addr(&address).unwrap();
    assert_eq!(UnixStream::connect("").unwrap_err().kind(), ErrorKind::InvalidInput);
}

fn accept_waits_for_a_connection() {
    let place = Place::new();
    let listener = UnixListener::bind(&place.0).unwrap();
    let acceptor = thread::spawn(move || listener.accept().unwrap().0);
    let_it_block();
    let mut client = UnixStream::connect(&place.0).unwrap();
    client.write_all(b"x").unwrap();
    assert_eq!(acceptor.join().unwrap().read(&mut [0; 8]).unwrap(), 1);
}

fn incoming_goes_on() {
    let place = Place::new();
    let listener = UnixListener::bind(&place.0).unwrap();
    let path = place.0.clone();
    let clients = thread::spawn(move || {
        for i in 0..10 {
            UnixStream::connect(&path).unwrap().write_all(&[i]).unwrap();
        }
    });
    let first_five = (0..5).zip(listener.incoming());
    for (i, stream) in first_five.chain((5..10).zip(&listener)) {
        let mut byte = [0];
        stream.unwrap().read_exact(&mut byte).unwrap();
        assert_eq!(byte, [i]);
    }
    clients.join().unwrap();
}

fn a_listener_that_does_not_wait() {
    let place = Place::new();
    let listener = UnixListener::bind(&place.0).unwrap();
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    let _client = UnixStream::connect(&place.0).unwrap();
    listener.accept().unwrap();
    listener.set_nonblocking(false).unwrap();
    let acceptor = thread::spawn(move || listener.accept().map(drop));
    let_it_block();
    let _client = UnixStream::connect(&place.0).unwrap();
    acceptor.join().unwrap().unwrap();
}

fn clones_share_the_queue() {
    let place = Place::new();
    let listener = UnixListener::bind(&place.0).unwrap();
    let acceptors: Vec<_> = (0..2)
        .map(|_| {
            let listener = listener.try_clone().unwrap();
            thread::spawn(move || (0..10).for_each(|_| drop(listener.accept().unwrap())))
        })
        .collect();
    drop(listener);
    for _ in 0..20 {
        UnixStream::connect(&place.0).unwrap();
    }
    acceptors.into_iter().for_each(|acceptor| acceptor.join().unwrap());
}

fn shutdown_of_the_descriptor_wakes_a_blocked_accept() {
    let place = Place::new();
    let listener = UnixListener::bind(&place.0).unwrap();
    let clone = listener.try_clone().unwrap();
    let acceptor = thread::spawn(move || clone.accept().unwrap_err().kind());
    let_it_block();
    rustix::net::shutdown(&listener, rustix::net::Shutdown::Read).unwrap();
    assert_eq!(acceptor.join().unwrap(), ErrorKind::InvalidInput);
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::InvalidInput);
}

fn debug_shows_addresses() {
    let place = Place::new();
    let listener = UnixListener::bind(&place.0).unwrap();
    let client = UnixStream::connect(&place.0).unwrap();
    let datagram = UnixDatagram::unbound().unwrap();
    // How std writes the descriptor is its own affair: it names types that are not public.
    let shown = format!("{listener:?}");
    assert!(shown.starts_with("UnixListener { fd: "), "{shown}");
    assert!(shown.ends_with(&format!(", local: {:?} (pathname) }}", place.0)), "{shown}");
    let shown = format!("{client:?}");
    assert!(shown.contains(&client.as_raw_fd().to_string()), "{shown}");
    assert!(shown.ends_with(&format!(", local: (unnamed), peer: {:?} (pathname) }}", place.0)), "{shown}");
    let shown = format!("{datagram:?}");
    assert!(shown.starts_with("UnixDatagram { fd: ") && shown.ends_with(", local: (unnamed) }"), "{shown}");
}
