//! The command line.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, value_parser};
use gopark::Runtime;

/// Opens ten thousand connections to an echo server in this process, and checks every byte that comes back.
#[derive(Clone, Debug, Parser)]
pub(crate) struct Options {
    /// How many connections; fewer if `ulimit -Hn` is too low for as many
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000)]
    #[arg(value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(crate) connections: u32,

    /// For how long messages are exchanged
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u32).range(1..=3600))]
    pub(crate) seconds: u32,

    /// The size of the largest messages; sizes are random, from 1 to this
    // Beyond 64 KiB a message may not fit into the buffers of the sockets. The client writes all of a message before
    // it reads, so both sides would wait to write.
    #[arg(long, value_name = "BYTES", default_value_t = 4096)]
    #[arg(value_parser = value_parser!(u32).range(1..=65_536))]
    pub(crate) messages_max_bytes: u32,

    /// Worker threads of the server, and of the client as well [default: one for each CPU]
    #[arg(long, value_name = "THREADS", value_parser = value_parser!(u32).range(1..=1000))]
    pub(crate) workers: Option<u32>,

    /// Have the server begin a coroutine for each message, so that idle connections hold no stack
    #[arg(long)]
    pub(crate) on_readable: bool,

    /// Record what the server does while messages are exchanged into FILE, for Perfetto
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,

    /// The port that the server listens on, at 127.0.0.1 [default: one that is free]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,

    /// Be the client of the server at this port: how this program starts itself for the second time
    #[arg(long, value_name = "PORT", hide = true)]
    pub(crate) client_of: Option<u16>,
}

impl Options {
    /// The runtime that they ask for.
    pub(crate) fn runtime(&self) -> io::Result<Runtime> {
        let builder = Runtime::builder();
        match self.workers {
            Some(count) => builder.workers(count as usize),
            None => builder,
        }
        .build()
    }

    pub(crate) fn exchange_time(&self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }

    /// The arguments by which a client of the server at `port` gets the same options.
    pub(crate) fn for_client_of(&self, port: u16) -> Vec<String> {
        let mut arguments = vec![
            format!("--client-of={port}"),
            format!("--connections={}", self.connections),
            format!("--seconds={}", self.seconds),
            format!("--messages-max-bytes={}", self.messages_max_bytes),
        ];
        arguments.extend(self.workers.map(|count| format!("--workers={count}")));
        arguments
    }
}
