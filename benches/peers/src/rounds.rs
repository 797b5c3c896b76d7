//! Who is measured when: in each round all libraries do the same work, one after the other, so that a noisy minute disturbs
//! all of them. Each measurement has a process of its own: some libraries can be set up once only.

use std::env;
use std::io;
use std::process::{Command as Process, Stdio};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use rustix::thread::{CpuSet, sched_setaffinity};
use serde::Serialize;

use crate::command::Command;
use crate::figure::{Figures, Metric, parse};
use crate::machine::Machine;
use crate::peers::Peer;
use crate::spread::Spread;
use crate::workload::Workload;

/// Longer than anything takes that goes well.
const PATIENCE_SECONDS: &str = "60";

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Comparison {
    pub machine: Machine,
    pub rounds: u32,
    pub results: Vec<Result>,
}

/// One library at one work.
#[derive(Debug, Serialize)]
pub struct Result {
    pub workload: Workload,
    pub peer: Peer,
    /// Empty: it cannot do that.
    pub figures: Vec<(Metric, Spread)>,
    /// Measurements that ended with an error, or not at all.
    pub failures: u32,
}

/// What a process has said of a measurement.
enum Outcome {
    Figures(Figures),
    Impossible,
    Failure,
}

/// All that is asked for.
///
/// # Errors
/// No process can be started, or a library cannot be built.
pub fn run(command: &Command) -> io::Result<Comparison> {
    let peers = some_or_all(&command.peer);
    peers.iter().try_for_each(|peer| peer.prepare())?;
    let workloads = some_or_all(&command.workload);
    let steps = workloads.len() * peers.len() * command.rounds as usize;
    let bar = ProgressBar::new(steps as u64).with_style(
        ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} (about {eta} to go)").expect("a template"),
    );
    let mut results = Vec::new();
    for workload in workloads {
        let mut of_peers: Vec<_> =
            peers.iter().map(|peer| (*peer, Vec::<Figures>::new(), 0, false)).collect();
        for _ in 0..command.rounds {
            for (peer, figures, failures, is_impossible) in &mut of_peers {
                bar.set_message(format!("{}: {}", workload.name(), peer.name()));
                // Who fails twice does so again.
                if !*is_impossible && *failures < 2 {
                    match measure_apart(*peer, workload)? {
                        Outcome::Figures(found) => figures.push(found),
                        Outcome::Impossible => *is_impossible = true,
                        Outcome::Failure => *failures += 1,
                    }
                }
                bar.inc(1);
            }
        }
        results.extend(of_peers.into_iter().map(|(peer, figures, failures, _)| Result {
            workload,
            peer,
            figures: spreads(&figures),
            failures,
        }));
    }
    bar.finish_and_clear();
    Ok(Comparison { machine: Machine::here(&peers), rounds: command.rounds, results })
}

/// Of each metric.
fn spreads(rounds: &[Figures]) -> Vec<(Metric, Spread)> {
    let metrics = rounds.first().into_iter().flatten().map(|(metric, _)| *metric);
    let of_one = |metric: Metric| {
        let values = rounds.iter().flatten().filter(|(of, _)| *of == metric).map(|(_, value)| *value);
        Some((metric, Spread::of(values.collect())?))
    };
    metrics.filter_map(of_one).collect()
}

fn some_or_all<T: ValueEnum + Copy>(some: &[T]) -> Vec<T> {
    if some.is_empty() { T::value_variants().to_vec() } else { some.to_vec() }
}

fn measure_apart(peer: Peer, workload: Workload) -> io::Result<Outcome> {
    // `timeout` of the coreutils: it ends what hangs, and what that has started.
    let output = Process::new("timeout")
        .args(["--signal=KILL", PATIENCE_SECONDS])
        .arg(env::current_exe()?)
        .arg("--one")
        .arg(format!("{}/{}", peer.name(), workload.name()))
        // Go's setting, and go-lib's.
        .env("GOMAXPROCS", workload.workers().to_string())
        .stderr(Stdio::null())
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    Ok(match said.trim() {
        _ if !output.status.success() => Outcome::Failure,
        IMPOSSIBLE => Outcome::Impossible,
        figures => parse(figures).map_or(Outcome::Failure, Outcome::Figures),
    })
}

const IMPOSSIBLE: &str = "impossible";

/// One measurement, in this process: prints its figures.
///
/// # Errors
/// There is no such peer or workload.
pub fn measure_here(one: &str) -> io::Result<()> {
    let unknown = || io::Error::new(io::ErrorKind::InvalidInput, format!("no measurement `{one}`"));
    let (peer, workload) = one.split_once('/').ok_or_else(unknown)?;
    let peer = Peer::from_str(peer, false).map_err(|_| unknown())?;
    let workload = Workload::from_str(workload, false).map_err(|_| unknown())?;
    if workload.workers() == 1 {
        stay_on_one_processor();
    }
    match peer.measure(workload) {
        Some(figures) => figures.iter().for_each(|(metric, value)| println!("{} {value:.3}", metric.name())),
        None => println!("{IMPOSSIBLE}"),
    }
    Ok(())
}

/// So that nobody is helped by a second one: not the threads of a library that says it has one worker, nor the kernel.
fn stay_on_one_processor() {
    let mut last = CpuSet::new();
    last.set(std::thread::available_parallelism().map_or(0, |many| usize::from(many) - 1));
    // Where that is not allowed it is measured without.
    let _ = sched_setaffinity(None, &last);
}
