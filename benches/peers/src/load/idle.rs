//! Connections of which each has said something once, and then no more.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use super::MESSAGE;
use super::any_certificate;
use super::stopwatch::Stopwatch;

/// So many are made at a time: more than one, since some servers take milliseconds to notice something when they are idle;
/// fewer than the shortest queue of a listener has room for.
const WAVE: u32 = 100;

/// What is done with a connection before the next thing is done with any of its wave.
type Step<S> = fn(&mut S) -> io::Result<()>;

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

fn say<S: Write>(stream: &mut S) -> io::Result<()> {
    stream.write_all(&[7; MESSAGE])
}

fn hear<S: Read>(stream: &mut S) -> io::Result<()> {
    stream.read_exact(&mut [0; MESSAGE])
}

/// Makes them, and has them until stdin ends.
fn keep<S>(connections: u32, connect: impl Fn() -> io::Result<S>, steps: &[Step<S>]) -> io::Result<()> {
    let mut stopwatch = Stopwatch::new();
    let mut streams = Vec::with_capacity(connections as usize);
    for first in (0..connections).step_by(WAVE as usize) {
        let start = Instant::now();
        for _ in first..connections.min(first + WAVE) {
            streams.push(connect()?);
        }
        for step in steps {
            streams[first as usize..].iter_mut().try_for_each(step)?;
        }
        streams[first as usize..].iter().for_each(|_| stopwatch.record(start));
    }
    println!("warm");
    io::copy(&mut io::stdin(), &mut io::sink())?;
    stopwatch.tell(1);
    Ok(())
}
