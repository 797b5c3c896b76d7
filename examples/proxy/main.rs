//! A TCP proxy: what comes to one address goes on to another one, and back.
//!
//! Start the example `echo`, then `cargo run --release --example proxy -- 127.0.0.1:7001 127.0.0.1:7000`, then talk to
//! `nc 127.0.0.1 7001`. Each connection has two coroutines, one for each direction, and the kernel moves the bytes. Ctrl-C,
//! or SIGTERM, ends it: nobody new is let in, and those who are there may finish, for a while.
//!
//! | file | what is in it |
//! |---|---|
//! | `serving` | who is let in, and how it ends |
//! | `relay` | one connection |
#![forbid(unsafe_code)]

mod relay;
mod serving;

use std::io;
use std::time::Duration;

use clap::Parser;
use gopark::net::{TcpListener, ToSocketAddrs};
use gopark::signal::{SIGINT, SIGTERM, notify};

use relay::Patience;
use serving::Proxy;

/// Passes connections on to another address.
#[derive(Debug, Parser)]
struct Options {
    /// Where it listens
    listen: String,
    /// Where everything goes to
    target: String,
    /// How many connections there may be at once; more wait until one ends
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000, value_parser = at_least_one)]
    connections: usize,
    /// For how long the target may take to accept one
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    connect: Duration,
    /// After how long a connection ends on which nothing moves; it may take twice as long
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    idle: Duration,
    /// How long connections may last after the signal to end
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    grace: Duration,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| (1..=1_000_000).contains(number)).ok_or("from 1 to 1000000".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.parse().ok().filter(|seconds| (0.001..1e9).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or("from 0.001 to a billion".to_owned())
}

fn main() -> io::Result<()> {
    let options = Options::parse();
    gopark::run(|| {
        let target = options.target.to_socket_addrs()?.next().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let listener = TcpListener::bind(&options.listen)?;
        eprintln!("from {} to {target}", listener.local_addr()?);
        let proxy = Proxy {
            target,
            connections: options.connections,
            patience: Patience { connect: options.connect, idle: options.idle },
            grace: options.grace,
            tell: |client, why| eprintln!("{client}: {why}"),
        };
        let served = proxy.serve(listener, notify(&[SIGINT, SIGTERM]));
        eprintln!("{served} connections were served");
        Ok(())
    })
}
