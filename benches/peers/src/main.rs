//! gopark beside its rivals: the same work, in turn, each time in a process of its own.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml
//! cargo run --release --manifest-path benches/peers/Cargo.toml -- --peer gopark,may --workload yield-2 --rounds 21
//! ```
//!
//! | module | what it has |
//! |---|---|
//! | `workload` | what is measured, and how much of it |
//! | `figure` | what is told of it |
//! | `library` | what is asked of a library in whose coroutines calls block |
//! | `blocking`, `waiting` | the work, for all of these |
//! | `served` | servers |
//! | `load` | their clients, in a process of their own |
//! | `usage` | what a process takes |
//! | `peers` | the libraries; what suits one of them alone |
//! | `rounds` | who is measured when |
//! | `report` | the table, the JSON, the charts |

mod blocking;
mod command;
mod figure;
mod library;
mod load;
mod machine;
mod peers;
mod report;
mod rounds;
mod served;
mod spread;
mod usage;
mod waiting;
mod workload;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let result = match command::Command::parse() {
        command::Command { one: Some(one), .. } => rounds::measure_here(&one),
        command::Command { load: Some(load), .. } => load::run(&load),
        command => rounds::run(&command).and_then(|figures| report::write(&command.out, &figures)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("peers: {error}");
            ExitCode::FAILURE
        }
    }
}
