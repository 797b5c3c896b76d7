//! The server: the README's echo server, in a runtime that belongs to someone else.

use std::io::{self, Read, Write};

use gopark::net::{TcpListener, TcpStream};
use gopark::{Runtime, go, is_cancelled};

use crate::addresses;

/// Listens at the addresses that `connections` need, with a coroutine for each. Returns the port.
///
/// `port` 0 stands for one that is free.
pub(crate) fn start(runtime: &Runtime, connections: u32, mut port: u16) -> io::Result<u16> {
    for number in 0..listeners(connections) {
        // What is free at the first address is so at the others too, as good as always.
        let address = addresses::of_server(connections, port).nth(number).expect("one of those counted");
        let listener = TcpListener::bind(address)
            .map_err(|error| io::Error::new(error.kind(), format!("cannot listen at {address}: {error}")))?;
        port = listener.local_addr()?.port();
        runtime.spawn(move || accept_all(&listener));
    }
    Ok(port)
}

/// How many coroutines accept connections, one for each address.
pub(crate) fn listeners(connections: u32) -> usize {
    addresses::of_server(connections, 0).count()
}

fn accept_all(listener: &TcpListener) {
    loop {
        match listener.accept() {
            Ok((connection, _)) => drop(go(move || echo(&connection))),
            // The runtime stops.
            Err(error) if is_cancelled(&error) => return,
            // It pauses by itself where descriptors are short: going on does not spin.
            Err(error) => eprintln!("accept: {error}"),
        }
    }
}

/// The coroutine of a connection. An error is the client's business, who counts it.
fn echo(mut connection: &TcpStream) {
    // A message longer than the buffer is sent back in pieces. Without this the kernel would hold the second piece
    // back until the first is acknowledged, for up to 40 ms.
    if connection.set_nodelay(true).is_err() {
        return;
    }
    let mut buf = [0; 1024];
    while let Ok(n @ 1..) = connection.read(&mut buf) {
        if connection.write_all(&buf[..n]).is_err() {
            break;
        }
    }
}
