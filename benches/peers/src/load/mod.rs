//! The load generator: a process of its own with one thread, on the first processor, for servers in any language. Nothing is
//! allocated for a message once it has begun.
//!
//! Who serves has bound a listener, and starts `--load KIND/ADDRESS/MANY` with pipes as its stdin and stdout. It says
//!
//! ```text
//! warm
//! EVENTS SECONDS P50 P99
//! ```
//!
//! The first line when all are connected and served: what follows counts, for two seconds. The second at the end: how many
//! events, in what time, and in microseconds what half of them and 99 in a hundred took at most. Messages have 64 bytes.
//!
//! | kind | many | the server | an event | what it took |
//! |---|---|---|---|---|
//! | `echo` | connections, a message under way on each | sends back what it reads | a message | there and back |
//! | `skew` | connections, a few messages under way | computes (`served::skew`), and sends back | a message | there and back |
//! | `http` | requests under way on one connection | answers `Hello, World!`, always in as many bytes | a request | until its answer |
//! | `idle` | connections | sends back what it reads | a connection | to connect a hundred, with one message each |
//! | `idle-tls` | connections | does so over TLS, with any certificate | a connection | the same, with a handshake |
//! | `fan-out` | connections, one of which speaks | a message to who has joined, then what one says to all | a delivery | a message, until the last has it |
//!
//! `idle` and `idle-tls` keep their connections after `warm` until stdin ends, so that there is time to look at the server: let them
//! be idle for a second first.

mod any_certificate;
mod crowd;
mod fan_out;
mod http;
mod idle;
mod messages;
mod stopwatch;

use std::io;
use std::net::SocketAddr;

use clap::ValueEnum;
use rustix::thread::{CpuSet, sched_setaffinity};

/// Bytes of a message.
pub const MESSAGE: usize = 64;

/// What the clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    Echo,
    Skew,
    Http,
    Idle,
    IdleTls,
    FanOut,
}

impl Kind {
    /// Its name on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().expect("all have names").get_name().to_owned()
    }
}

/// Does what `load` says: `kind/address/many`.
///
/// # Errors
/// It says nothing that is known, there is no such server, or it answers something else.
pub fn run(load: &str) -> io::Result<()> {
    let unknown = || io::Error::new(io::ErrorKind::InvalidInput, format!("no load `{load}`"));
    let (kind, address, many) = parse(load).ok_or_else(unknown)?;
    // A skewed load is for a server that has all processors, and so has its load.
    if kind != Kind::Skew {
        let mut first = CpuSet::new();
        first.set(0);
        // Where that is not allowed it goes without.
        let _ = sched_setaffinity(None, &first);
    }
    match kind {
        Kind::Echo => messages::echo(address, many),
        Kind::Skew => messages::skewed(address, many),
        Kind::Http => http::run(address, many as usize),
        Kind::Idle => idle::plain(address, many),
        Kind::IdleTls => idle::tls(address, many),
        Kind::FanOut => fan_out::run(address, many),
    }
}

fn parse(load: &str) -> Option<(Kind, SocketAddr, u32)> {
    let mut parts = load.split('/');
    let kind = Kind::from_str(parts.next()?, false).ok()?;
    Some((kind, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
