//! Several handles to one socket.

use std::io::ErrorKind;
use std::sync::mpsc::channel;
use std::thread;

use crate::harness::{let_it_block, socket, sockets};
use crate::net::UdpSocket;

cases! {
    one_receives_while_another_sends,
    receivers_share_the_queue,
    peer_and_options_are_shared,
    cloned_while_it_receives,
    a_dropped_socket_leaves_its_clone,
}

fn one_receives_while_another_sends() {
    let (a, b) = sockets();
    let clone = a.try_clone().unwrap();
    let receiver = thread::spawn(move || clone.recv(&mut [0; 8]).unwrap());
    let_it_block();
    a.send(b"ping").unwrap();
    assert_eq!(b.recv(&mut [0; 8]).unwrap(), 4);
    b.send(b"pong!").unwrap();
    assert_eq!(receiver.join().unwrap(), 5);
}

/// Each datagram goes to one of them, and none waits beside datagrams.
fn receivers_share_the_queue() {
    const RECEIVERS: u8 = 3;
    let (a, b) = sockets();
    let (tell, told) = channel();
    let receivers: Vec<_> = (0..RECEIVERS)
        .map(|_| {
            let (b, tell) = (b.try_clone().unwrap(), tell.clone());
            thread::spawn(move || {
                let mut byte = [0];
                while b.recv(&mut byte).unwrap() == 1 {
                    tell.send(byte[0]).unwrap();
                }
            })
        })
        .collect();
    drop((b, tell));
    let_it_block();
    let sent: Vec<u8> = (0..100).collect();
    sent.iter().for_each(|&byte| assert_eq!(a.send(&[byte]).unwrap(), 1));
    (0..RECEIVERS).for_each(|_| assert_eq!(a.send(&[]).unwrap(), 0));
    receivers.into_iter().for_each(|r| r.join().unwrap());
    let mut received: Vec<u8> = told.iter().collect();
    received.sort_unstable();
    assert_eq!(received, sent);
}

fn peer_and_options_are_shared() {
    let (a, b) = (socket(), socket());
    let clone = a.try_clone().unwrap();
    assert_eq!(clone.local_addr().unwrap(), a.local_addr().unwrap());
    clone.connect(b.local_addr().unwrap()).unwrap();
    assert_eq!(a.peer_addr().unwrap(), b.local_addr().unwrap());
    a.set_broadcast(true).unwrap();
    a.set_ttl(77).unwrap();
    assert!(clone.broadcast().unwrap());
    assert_eq!(clone.ttl().unwrap(), 77);
}

fn cloned_while_it_receives() {
    let (a, b) = sockets();
    let clone = b.try_clone().unwrap();
    let receiver = thread::spawn(move || clone.recv(&mut [0; 8]).unwrap());
    let_it_block();
    drop(b.try_clone().unwrap());
    drop(b);
    a.send(b"x").unwrap();
    assert_eq!(receiver.join().unwrap(), 1);
}

fn a_dropped_socket_leaves_its_clone() {
    let first = socket();
    let address = first.local_addr().unwrap();
    let clone = first.try_clone().unwrap();
    drop(first);
    assert_eq!(UdpSocket::bind(address).unwrap_err().kind(), ErrorKind::AddrInUse);
    clone.send_to(b"me", address).unwrap();
    assert_eq!(clone.recv_from(&mut [0; 8]).unwrap(), (2, address));
}
