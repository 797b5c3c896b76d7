//! Several handles to one socket.

use std::io::{Read, Write};
use std::sync::mpsc::channel;
use std::thread;

use crate::harness::{let_it_block, listener, pair};
use crate::net::TcpStream;

cases! {
    one_reads_while_another_writes,
    two_readers_share_the_data,
    two_writers_share_the_stream,
    cloned_while_it_is_read,
    listeners_share_the_queue,
    a_dropped_listener_leaves_its_clone,
}

fn one_reads_while_another_writes() {
    let (client, mut server) = pair();
    let mut reads = client.try_clone().unwrap();
    let mut writes = client;
    let reader = thread::spawn(move || {
        let mut buf = [0; 4];
        reads.read_exact(&mut buf).unwrap();
        buf
    });
    let_it_block();
    writes.write_all(b"ping").unwrap();
    let mut buf = [0; 4];
    server.read_exact(&mut buf).unwrap();
    server.write_all(b"pong").unwrap();
    assert_eq!(&reader.join().unwrap(), b"pong");
}

fn two_readers_share_the_data() {
    let (mut client, server) = pair();
    let (tell, told) = channel();
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (mut server, tell) = (server.try_clone().unwrap(), tell.clone());
            thread::spawn(move || {
                let mut byte = [0];
                while server.read(&mut byte).unwrap() == 1 {
                    tell.send(byte[0]).unwrap();
                }
            })
        })
        .collect();
    drop((server, tell));
    let_it_block();
    let sent: Vec<u8> = (0..100).collect();
    client.write_all(&sent).unwrap();
    drop(client);
    readers.into_iter().for_each(|r| r.join().unwrap());
    let mut received: Vec<u8> = told.iter().collect();
    received.sort_unstable();
    assert_eq!(received, sent);
}

fn two_writers_share_the_stream() {
    let (client, mut server) = pair();
    let writers: Vec<_> = (0..2)
        .map(|_| {
            let mut client = client.try_clone().unwrap();
            thread::spawn(move || (0..100).for_each(|_| client.write_all(b"x").unwrap()))
        })
        .collect();
    drop(client);
    let mut received = Vec::new();
    server.read_to_end(&mut received).unwrap();
    assert_eq!(received, [b'x'; 200]);
    writers.into_iter().for_each(|w| w.join().unwrap());
}

fn cloned_while_it_is_read() {
    let (mut client, server) = pair();
    let mut reads = server.try_clone().unwrap();
    let reader = thread::spawn(move || reads.read(&mut [0; 8]).unwrap());
    let_it_block();
    drop(server.try_clone().unwrap());
    client.write_all(b"x").unwrap();
    assert_eq!(reader.join().unwrap(), 1);
}

fn listeners_share_the_queue() {
    let listener = listener();
    let address = listener.local_addr().unwrap();
    let acceptors: Vec<_> = (0..2)
        .map(|_| {
            let listener = listener.try_clone().unwrap();
            thread::spawn(move || (0..10).map(|_| listener.accept().unwrap().1).collect::<Vec<_>>())
        })
        .collect();
    let clients: Vec<_> = (0..20).map(|_| TcpStream::connect(address).unwrap()).collect();
    let mut accepted: Vec<_> = acceptors.into_iter().flat_map(|a| a.join().unwrap()).collect();
    let mut connected: Vec<_> = clients.iter().map(|c| c.local_addr().unwrap()).collect();
    accepted.sort_unstable();
    connected.sort_unstable();
    assert_eq!(accepted, connected);
}

fn a_dropped_listener_leaves_its_clone() {
    let listener = listener();
    let address = listener.local_addr().unwrap();
    let clone = listener.try_clone().unwrap();
    drop(listener);
    let client = TcpStream::connect(address).unwrap();
    assert_eq!(clone.accept().unwrap().1, client.local_addr().unwrap());
    drop(clone);
    assert!(TcpStream::connect(address).is_err());
}
