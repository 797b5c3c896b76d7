//! Ten thousand connections at once, each with a coroutine at either end.
//!
//! `cargo run --release --example c10k` does the following, showing how far it is, and ends with a table:
//!
//! 1. This process becomes a server: an echo server, as simple as the one in the README.
//! 2. It starts itself a second time as the client, in a process of its own, since both need a descriptor for each
//!    connection and each has a limit.
//! 3. The client opens the connections, and has one message echoed on each: all are open *and served*.
//! 4. All fall silent. The server reads how much memory it takes now, and how much of that is an idle connection's.
//! 5. On every connection the client sends messages of random size and content, one after the other, and compares
//!    every byte that comes back. All connections do so at the same time, so what a message waits for is mostly the
//!    9,999 others: the latencies are those of a full house.
//!
//! The exit code is 0 only if every connection came about and lasted, and every byte was right.
//!
//! | file | what is in it |
//! |---|---|
//! | `options` | the command line |
//! | `measurement` | the five steps, in the server's process |
//! | `server` | the server |
//! | `descriptors`, `addresses` | what limits the number of connections |
//! | `client_process` | the client as seen from the server's process |
//! | `reports` | the lines that the two processes exchange |
//! | `client` | the client: all connections |
//! | `connection` | one connection of the client |
//! | `latencies` | how long messages took |
//! | `figures` | the table |
#![forbid(unsafe_code)]

mod addresses;
mod client;
mod client_process;
mod connection;
mod descriptors;
mod figures;
mod latencies;
mod measurement;
mod options;
mod reports;
mod server;

use std::process::ExitCode;

use clap::Parser;

use options::Options;

fn main() -> ExitCode {
    let options = Options::parse();
    let ended = match options.client_of {
        Some(port) => client::run(&options, port).map(|()| true),
        None => measurement::run(options),
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("c10k: {error}");
            ExitCode::FAILURE
        }
    }
}
