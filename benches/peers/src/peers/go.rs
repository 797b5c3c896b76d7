//! Go itself: a program of its own (`go/main.go` says what it is asked), which does the same work and prints the same lines.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::figure::{self, Figures};
use crate::workload::Workload;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/go");

/// Beside this program, in the folder for what is built.
fn program() -> io::Result<PathBuf> {
    Ok(env::current_exe()?.with_file_name("gopeer"))
}

/// Builds the program. Without Go there is none: this is said once, and then it can do no work.
///
/// # Errors
/// It cannot be built.
pub fn build() -> io::Result<()> {
    let program = program()?;
    // One of an earlier day may do other work.
    match fs::remove_file(&program) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut go = Command::new("go");
    // Without asking git for a commit, which fails in some places.
    go.args(["build", "-C", SOURCES, "-buildvcs=false", "-o"]).arg(program).arg(".");
    match go.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(io::Error::other(format!("go build: {status}"))),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("Go was not found, and is left out");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// As `go version` says.
pub fn version() -> Option<String> {
    let output = Command::new("go").arg("version").output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    Some(said.split(' ').nth(2)?.trim_start_matches("go").to_owned())
}

/// `None`: the program is not there, or does not know this work.
///
/// # Panics
/// It fails.
pub fn measure(workload: Workload) -> Option<Figures> {
    let program = program().ok().filter(|program| program.exists())?;
    let output = Command::new(program)
        .arg(workload.name())
        .arg(workload.events().to_string())
        .args(loader(workload).expect("this program has a path"))
        .stderr(Stdio::inherit())
        .output()
        .expect("it can be started");
    assert!(output.status.success(), "it has failed: {}", output.status);
    let figures = figure::parse(&String::from_utf8_lossy(&output.stdout)).expect("they can be read");
    (!figures.is_empty()).then_some(figures)
}

/// The load generator's command, in which `ADDRESS` stands for the server's.
fn loader(workload: Workload) -> io::Result<Vec<OsString>> {
    let Some(kind) = workload.load() else { return Ok(Vec::new()) };
    let load = format!("{}/ADDRESS/{}", kind.name(), workload.events());
    Ok(vec![env::current_exe()?.into(), "--load".into(), load.into()])
}
