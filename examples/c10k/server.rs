//! The server: the README's echo server, in a runtime that belongs to someone else.

use std::io::{self, Read, Write};

use gopark::net::{TcpListener, TcpStream, on_readable};
use gopark::{Runtime, go, is_cancelled};

use crate::addresses;

/// What becomes of a connection that was accepted.
pub(crate) type Serve = fn(TcpStream);

/// Listens at the addresses that `connections` need, with a coroutine for each. Returns the port.
///
/// `port` 0 stands for one that is free.
pub(crate) fn start(runtime: &Runtime, connections: u32, mut port: u16, serve: Serve) -> io::Result<u16> {
    for number in 0..listeners(connections) {
        // What is free at the first address is so at the others too, as good as always.
        let address = addresses::of_server(connections, port).nth(number).expect("one of those counted");
        let listener = TcpListener::bind(address)
            .map_err(|error| io::Error::new(error.kind(), format!("cannot listen at {address}: {error}")))?;
        port = listener.local_addr()?.port();
        runtime.spawn(move || accept_all(&listener, serve));
    }
    Ok(port)
}

/// How many coroutines accept connections, one for each address.
pub(crate) fn listeners(connections: u32) -> usize {
    addresses::of_server(connections, 0).count()
}

fn accept_all(listener: &TcpListener, serve: Serve) {
    loop {
        match listener.accept() {
            // A message longer than the buffer is sent back in pieces. Without this the kernel would hold the second
            // piece back until the first is acknowledged, for up to 40 ms.
            Ok((connection, _)) if connection.set_nodelay(true).is_ok() => serve(connection),
            Ok(_) => {}
            // The runtime stops.
            Err(error) if is_cancelled(&error) => return,
            // It pauses by itself where descriptors are short: going on does not spin.
            Err(error) => eprintln!("accept: {error}"),
        }
    }
}

/// A coroutine for each connection.
pub(crate) fn by_connection(connection: TcpStream) {
    go(move || echo(&connection));
}

/// A coroutine for each message.
pub(crate) fn by_message(connection: TcpStream) {
    on_readable(connection, |connection| {
        if echo_once(&connection).is_ok_and(|count| count > 0) {
            by_message(connection);
        }
    });
}

fn echo_once(mut connection: &TcpStream) -> io::Result<usize> {
    let mut buf = [0; 1024];
    let count = connection.read(&mut buf)?;
    connection.write_all(&buf[..count])?;
    Ok(count)
}

/// An error is the client's business, who counts it.
fn echo(mut connection: &TcpStream) {
    let mut buf = [0; 1024];
    while let Ok(n @ 1..) = connection.read(&mut buf) {
        if connection.write_all(&buf[..n]).is_err() {
            break;
        }
    }
}
