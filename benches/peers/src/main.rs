//! The comparison: see the library beside this.

use std::process::ExitCode;

use clap::Parser;
use gopark_peers::{command, load, report, rounds};

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
