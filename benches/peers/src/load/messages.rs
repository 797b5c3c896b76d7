//! Messages there and back: on all connections alike, or on some of them more than on others.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::MESSAGE;
use super::crowd::{Client, Crowd};
use super::stopwatch::Stopwatch;

/// Messages under way of a skewed load: enough for both workers, few enough that most of the hot ones are idle.
const UNDER_WAY: u32 = 64;

/// One in so many connections is hot. The number is even: if a server deals connections out to two workers in turn, or by
/// their numbers, all hot ones have the same.
const HOT: u64 = 10;

/// Of so many messages in a hundred.
const HOT_SHARE: u64 = 90;

/// One message under way on each connection.
///
/// # Errors
/// There is no such server, or it does not echo.
pub fn echo(address: SocketAddr, connections: u32) -> io::Result<()> {
    let mut crowd = Crowd::connect(address, connections, |_| Ok(()))?;
    crowd.clients.iter_mut().try_for_each(Client::send)?;
    exchange(crowd, |_, number| number)
}

/// A few messages under way, of which hot connections have the most. Connections are served one after the other at first, so
/// the server accepts them in the order of their numbers.
///
/// # Errors
/// As for `echo`.
pub fn skewed(address: SocketAddr, connections: u32) -> io::Result<()> {
    let mut crowd = Crowd::connect(address, connections, there_and_back)?;
    let mut random = 0x9E37_79B9_7F4A_7C15;
    for _ in 0..UNDER_WAY {
        let next = hot_or_not(&crowd.clients, &mut random);
        crowd.clients[next].send()?;
    }
    exchange(crowd, |clients, _| hot_or_not(clients, &mut random))
}

/// Each answer has the next message sent, by whom `next` says.
fn exchange(mut crowd: Crowd, mut next: impl FnMut(&[Client], usize) -> usize) -> io::Result<()> {
    let mut stopwatch = Stopwatch::new();
    while !stopwatch.is_over() {
        crowd.hear(|clients, number| {
            stopwatch.record(clients[number].sent);
            let next = next(clients, number);
            clients[next].send()
        })?;
    }
    stopwatch.tell(1);
    Ok(())
}

/// On a stream that blocks.
fn there_and_back(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(&[7; MESSAGE])?;
    stream.read_exact(&mut [0; MESSAGE])
}

/// One that is idle.
fn hot_or_not(clients: &[Client], random: &mut u64) -> usize {
    let many = clients.len() as u64;
    let is_hot = draw(random) % 100 < HOT_SHARE;
    let mut number = draw(random) % many;
    if is_hot {
        number -= number % HOT;
    }
    let step = if is_hot { HOT } else { 1 };
    while !clients[number as usize].is_idle() || (!is_hot && number.is_multiple_of(HOT)) {
        number = (number + step) % many;
    }
    number as usize
}

/// Xorshift.
fn draw(random: &mut u64) -> u64 {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    *random
}
