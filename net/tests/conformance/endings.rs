//! How connections end, and who is told.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;

use crate::harness::{let_it_block, listener, pair};
use crate::net::TcpStream;

cases! {
    the_end_of_a_stream_is_read_again_and_again,
    one_side_closed_leaves_the_other_open,
    shutdown_ends_both_sides_for_all_clones,
    shutdown_wakes_a_blocked_reader,
    shutdown_wakes_a_blocked_writer,
    shutdown_of_the_descriptor_wakes_a_blocked_accept,
    the_end_wakes_a_blocked_reader,
    a_reset_wakes_a_blocked_reader,
    a_reset_wakes_a_blocked_writer,
    writing_to_a_peer_that_is_gone,
    nothing_is_left_of_a_connection_that_was_reset,
    the_last_clone_closes,
}

/// Breaks `stream` off: with SO_LINGER at zero, close sends RST in place of FIN (socket(7)).
fn reset(stream: TcpStream) {
    set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
    drop(stream);
}

/// Writes until the first error, which is the result.
fn write_until_refused(mut stream: &TcpStream) -> ErrorKind {
    let block = [0; 1 << 16];
    loop {
        if let Err(e) = stream.write(&block) {
            return e.kind();
        }
    }
}

fn the_end_of_a_stream_is_read_again_and_again() {
    let (client, mut server) = pair();
    drop(client);
    for _ in 0..3 {
        assert_eq!(server.read(&mut [0; 8]).unwrap(), 0);
        assert_eq!(server.peek(&mut [0; 8]).unwrap(), 0);
    }
}

fn one_side_closed_leaves_the_other_open() {
    let (mut client, mut server) = pair();
    client.write_all(b"question").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut question = String::new();
    server.read_to_string(&mut question).unwrap();
    assert_eq!(question, "question");
    server.write_all(b"answer").unwrap();
    drop(server);
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "answer");
}

fn shutdown_ends_both_sides_for_all_clones() {
    let (mut client, _server) = pair();
    let mut before = client.try_clone().unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    client.shutdown(Shutdown::Read).unwrap();
    let mut after = client.try_clone().unwrap();
    for stream in [&mut client, &mut before, &mut after] {
        assert_eq!(stream.write(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert_eq!(stream.read(&mut [0; 8]).unwrap(), 0);
        stream.shutdown(Shutdown::Both).unwrap();
    }
}

fn shutdown_wakes_a_blocked_reader() {
    for how in [Shutdown::Read, Shutdown::Both] {
        let (client, _server) = pair();
        let mut clone = client.try_clone().unwrap();
        let reader = thread::spawn(move || clone.read(&mut [0; 8]).unwrap());
        let_it_block();
        client.shutdown(how).unwrap();
        assert_eq!(reader.join().unwrap(), 0);
    }
}

fn shutdown_wakes_a_blocked_writer() {
    for how in [Shutdown::Write, Shutdown::Both] {
        let (client, _server) = pair();
        let clone = client.try_clone().unwrap();
        let writer = thread::spawn(move || write_until_refused(&clone));
        let_it_block();
        client.shutdown(how).unwrap();
        assert_eq!(writer.join().unwrap(), ErrorKind::BrokenPipe);
    }
}

fn shutdown_of_the_descriptor_wakes_a_blocked_accept() {
    // std has no method for it, but Linux does it, and servers stop their accept loops that way.
    let listener = listener();
    let clone = listener.try_clone().unwrap();
    let acceptor = thread::spawn(move || clone.accept().unwrap_err().kind());
    let_it_block();
    rustix::net::shutdown(&listener, rustix::net::Shutdown::Read).unwrap();
    assert_eq!(acceptor.join().unwrap(), ErrorKind::InvalidInput);
}

fn the_end_wakes_a_blocked_reader() {
    let (client, mut server) = pair();
    let reader = thread::spawn(move || server.read(&mut [0; 8]).unwrap());
    let_it_block();
    drop(client);
    assert_eq!(reader.join().unwrap(), 0);
}

fn a_reset_wakes_a_blocked_reader() {
    let (client, mut server) = pair();
    let reader = thread::spawn(move || server.read(&mut [0; 8]).unwrap_err().kind());
    let_it_block();
    reset(client);
    assert_eq!(reader.join().unwrap(), ErrorKind::ConnectionReset);
}

fn a_reset_wakes_a_blocked_writer() {
    let (client, server) = pair();
    let writer = thread::spawn(move || write_until_refused(&server));
    let_it_block();
    reset(client);
    let refused = writer.join().unwrap();
    assert!(matches!(refused, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{refused:?}");
}

fn writing_to_a_peer_that_is_gone() {
    let (client, server) = pair();
    drop(client);
    let refused = write_until_refused(&server);
    assert!(matches!(refused, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{refused:?}");
    assert_eq!(write_until_refused(&server), ErrorKind::BrokenPipe);
}

fn nothing_is_left_of_a_connection_that_was_reset() {
    let (client, mut server) = pair();
    reset(client);
    assert_eq!(server.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(server.read(&mut [0; 8]).unwrap(), 0, "the error is told once");
    assert_eq!(server.peer_addr().unwrap_err().kind(), ErrorKind::NotConnected);
    assert_eq!(server.shutdown(Shutdown::Both).unwrap_err().kind(), ErrorKind::NotConnected);
    assert!(server.local_addr().is_ok());
}

fn the_last_clone_closes() {
    let (client, mut server) = pair();
    let mut clone = client.try_clone().unwrap();
    drop(client);
    clone.write_all(b"still here").unwrap();
    let mut buf = [0; 10];
    server.read_exact(&mut buf).unwrap();
    drop(clone);
    assert_eq!(server.read(&mut buf).unwrap(), 0);
}
