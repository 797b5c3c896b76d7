//! One says something, all others hear it, then comes the next.

use std::io::{self, Read};
use std::net::SocketAddr;

use super::MESSAGE;
use super::crowd::{Client, Crowd};
use super::stopwatch::Stopwatch;

/// The first of the connections speaks, and hears itself too.
///
/// # Errors
/// There is no such server, or it greets nobody.
pub fn run(address: SocketAddr, connections: u32) -> io::Result<()> {
    // Who was greeted has joined, and misses nothing.
    let mut crowd = Crowd::connect(address, connections, |stream| stream.read_exact(&mut [0; MESSAGE]))?;
    let mut stopwatch = Stopwatch::new();
    while !stopwatch.is_over() {
        crowd.clients[1..].iter_mut().for_each(Client::expect);
        crowd.clients[0].send()?;
        let mut waiting = connections;
        while waiting > 0 {
            crowd.hear(|_, _| {
                waiting -= 1;
                Ok(())
            })?;
        }
        stopwatch.record(crowd.clients[0].sent);
    }
    stopwatch.tell(connections);
    Ok(())
}
