//! One connection of the client: what its coroutine does from its first instruction to its last.

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use fastrand::Rng;
use gopark::coroutine::park;
use gopark::net::TcpStream;
use instruments::Countdown;

use crate::addresses;
use crate::latencies::Latencies;

/// What all connections share.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) port: u16,
    pub(crate) messages_max_bytes: usize,
    /// Set when messages are to be exchanged, before the coroutines are unparked.
    pub(crate) begun: AtomicBool,
    /// Set when no further message is to be sent.
    pub(crate) over: AtomicBool,
    pub(crate) open: AtomicU64,
    pub(crate) messages: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) latencies: Latencies,
}

/// Why a connection ended before its time.
#[derive(Debug)]
pub(crate) enum Failure {
    Connecting(io::Error),
    Exchanging(io::Error),
    /// Something came back that had not been sent.
    Wrong,
}

/// Connects, says so by an arrival, waits for the start, and exchanges messages until all is over.
pub(crate) fn live(number: u32, shared: &Shared, opened: &Countdown) -> Result<(), Failure> {
    // The number is the seed: whatever goes wrong, goes wrong again.
    let mut random = Rng::with_seed(number.into());
    let connected = connect(number, shared, &mut random);
    if connected.is_ok() {
        shared.open.fetch_add(1, Ordering::Relaxed);
    }
    opened.arrive();
    let stream = connected?;
    while !shared.begun.load(Ordering::Acquire) {
        park();
    }
    // Not before: an idle connection needs no buffer.
    let mut message = Vec::with_capacity(shared.messages_max_bytes);
    while !shared.over.load(Ordering::Relaxed) {
        message.resize(random.usize(1..=shared.messages_max_bytes), 0);
        random.fill(&mut message);
        let sent = Instant::now();
        exchange(&stream, &message)?;
        shared.latencies.record(sent.elapsed());
        shared.messages.fetch_add(1, Ordering::Relaxed);
        shared.bytes.fetch_add(message.len() as u64, Ordering::Relaxed);
    }
    Ok(())
}

/// A connection over which one message has gone: the handshake alone is the kernel's work, and says nothing about
/// the server.
fn connect(number: u32, shared: &Shared, random: &mut Rng) -> Result<TcpStream, Failure> {
    let address = addresses::of_connection(number, shared.port);
    let stream = TcpStream::connect(address).map_err(Failure::Connecting)?;
    stream.set_nodelay(true).map_err(Failure::Connecting)?;
    exchange(&stream, &[random.u8(..)])?;
    Ok(stream)
}

/// Sends a message and compares what comes back, byte by byte.
fn exchange(mut stream: &TcpStream, message: &[u8]) -> Result<(), Failure> {
    stream.write_all(message).map_err(Failure::Exchanging)?;
    let mut expected = message;
    let mut buf = [0; 1024];
    while !expected.is_empty() {
        // Never past the end of the message: one byte too many would be found as the wrong start of the next.
        let room = buf.len().min(expected.len());
        let heard = match stream.read(&mut buf[..room]).map_err(Failure::Exchanging)? {
            0 => return Err(Failure::Exchanging(io::ErrorKind::UnexpectedEof.into())),
            n => &buf[..n],
        };
        let (now, later) = expected.split_at(heard.len());
        if heard != now {
            return Err(Failure::Wrong);
        }
        expected = later;
    }
    Ok(())
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Connecting(error) => write!(f, "cannot connect: {error}"),
            Failure::Exchanging(error) => write!(f, "broke: {error}"),
            Failure::Wrong => write!(f, "what came back is not what was sent"),
        }
    }
}
