//! Connections that arrive.

use std::io::{Read, Write};
use std::thread;

use rustix::net::sockopt::{socket_reuseaddr, socket_reuseport};

use crate::harness::{let_it_block, listener};
use crate::net::TcpStream;

cases! {
    accept_waits_for_a_connection,
    connections_are_accepted_in_order,
    incoming_goes_on,
    a_connection_that_ended_before_it_was_accepted,
    a_server_can_be_restarted_at_once,
}

fn accept_waits_for_a_connection() {
    let listener = listener();
    let address = listener.local_addr().unwrap();
    let acceptor = thread::spawn(move || listener.accept().unwrap());
    let_it_block();
    let client = TcpStream::connect(address).unwrap();
    let (_server, from) = acceptor.join().unwrap();
    assert_eq!(from, client.local_addr().unwrap());
}

fn connections_are_accepted_in_order() {
    let listener = listener();
    let address = listener.local_addr().unwrap();
    let clients: Vec<_> = (0..16).map(|_| TcpStream::connect(address).unwrap()).collect();
    for client in &clients {
        assert_eq!(listener.accept().unwrap().1, client.local_addr().unwrap());
    }
}

fn incoming_goes_on() {
    let listener = listener();
    let address = listener.local_addr().unwrap();
    let clients = thread::spawn(move || {
        for i in 0..10 {
            TcpStream::connect(address).unwrap().write_all(&[i]).unwrap();
        }
    });
    for (i, stream) in (0..10).zip(listener.incoming()) {
        let mut byte = [0];
        stream.unwrap().read_exact(&mut byte).unwrap();
        assert_eq!(byte, [i]);
    }
    clients.join().unwrap();
}

fn a_connection_that_ended_before_it_was_accepted() {
    let listener = listener();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    client.write_all(b"gone").unwrap();
    drop(client);
    let (mut server, _) = listener.accept().unwrap();
    let mut read = String::new();
    server.read_to_string(&mut read).unwrap();
    assert_eq!(read, "gone");
}

fn a_server_can_be_restarted_at_once() {
    // Asked of the option: to bind a port again in earnest, another test might have to be kept from it meanwhile.
    let listener = listener();
    assert!(socket_reuseaddr(&listener).unwrap());
    assert!(!socket_reuseport(&listener).unwrap());
}
