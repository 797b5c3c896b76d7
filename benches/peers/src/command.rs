//! What is asked for on the command line.

use std::path::PathBuf;

use clap::Parser;

use crate::peers::Peer;
use crate::workload::Workload;

/// Measures gopark beside other libraries, and writes a table, JSON and charts.
#[derive(Debug, Parser)]
pub struct Command {
    /// Which libraries, with commas between them; all of them else.
    #[arg(long, value_delimiter = ',')]
    pub peer: Vec<Peer>,

    /// Which work; all of it else.
    #[arg(long, value_delimiter = ',')]
    pub workload: Vec<Workload>,

    /// How often each is measured: the median counts.
    #[arg(long, default_value_t = 11, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,

    /// The folder for what is written.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/latest"))]
    pub out: PathBuf,

    /// One measurement, in this process: `peer/workload`. For the rounds themselves.
    #[arg(long, hide = true)]
    pub one: Option<String>,

    /// The load generator: `kind/address/many`, see `load`.
    #[arg(long, hide = true)]
    pub load: Option<String>,
}
