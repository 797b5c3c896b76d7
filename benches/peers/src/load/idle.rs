//! Connections of which each has said something once, and then no more.

use std::io;
use std::net::{SocketAddr, TcpStream};

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use super::any_certificate;
use super::waves::{self, Step, hear, say};

/// # Errors
/// There is no such server, or it does not echo.
pub fn plain(address: SocketAddr, connections: u32) -> io::Result<()> {
    keep(connections, || TcpStream::connect(address), &[say, hear])
}

/// Over TLS.
///
/// # Errors
/// As for `plain`, or the handshake fails.
pub fn tls(address: SocketAddr, connections: u32) -> io::Result<()> {
    let config = any_certificate::config()?;
    let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
    let connect = || {
        let session = ClientConnection::new(config.clone(), name.clone()).map_err(io::Error::other)?;
        Ok(StreamOwned::new(session, TcpStream::connect(address)?))
    };
    // The second step includes what is left of the handshake.
    keep(connections, connect, &[|stream| stream.conn.write_tls(&mut stream.sock).map(drop), say, hear])
}

/// Has them until stdin ends.
fn keep<S>(connections: u32, connect: impl Fn() -> io::Result<S>, steps: &[Step<S>]) -> io::Result<()> {
    let streams = waves::connect(connections, connect, steps)?;
    println!("warm");
    io::copy(&mut io::stdin(), &mut io::sink())?;
    drop(streams);
    Ok(())
}
