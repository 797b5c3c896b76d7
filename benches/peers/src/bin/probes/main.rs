//! What libraries do where others go wrong: one line for each probe and each library.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml --bin probes
//! cargo run --release --manifest-path benches/peers/Cargo.toml --bin probes -- --peer gopark,may --probe select
//! ```
//!
//! Each file but these is one probe, at whose head stands what its numbers mean: `probe` has their names, `apart` their
//! processes, `library` what they want of a library beyond what is measured.

mod apart;
mod library;
mod overflow;
mod panicking;
mod preemption;
mod probe;
mod select;
mod starvation;
mod thread_locals;
mod wake_up;

use std::io;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use gopark_peers::machine::Machine;
use gopark_peers::peers::Peer;
use probe::{PROBED, Probe};

/// Shows what gopark and its rivals do where one of them goes wrong, each time in a process of its own.
#[derive(Debug, Parser)]
struct Command {
    /// Which libraries, with commas between them; all that have coroutines with stacks else.
    #[arg(long, value_delimiter = ',')]
    peer: Vec<Peer>,

    /// Which probes; all of them else.
    #[arg(long, value_delimiter = ',')]
    probe: Vec<Probe>,

    /// One probe, in this process: `peer/probe`. For the program itself.
    #[arg(long, hide = true)]
    one: Option<String>,
}

fn main() -> ExitCode {
    let command = Command::parse();
    let result = match &command.one {
        Some(one) => apart::probe_here(one),
        None => all(&command),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("probes: {error}");
            ExitCode::FAILURE
        }
    }
}

fn all(command: &Command) -> io::Result<()> {
    let peers = if command.peer.is_empty() { &PROBED[..] } else { &command.peer };
    let probes = if command.probe.is_empty() { Probe::value_variants() } else { &command.probe };
    println!("{}\n", Machine::here(peers));
    for probe in probes {
        for peer in peers {
            println!("{:<14} {:<16} {}", probe.name(), peer.name(), apart::probe(*peer, *probe)?);
        }
    }
    Ok(())
}
