//! What the figures were measured on, and of which versions.

use std::fmt;
use std::fs;
use std::process::Command;

use serde::Serialize;

use crate::peers::Peer;

#[derive(Debug, Serialize)]
pub struct Machine {
    pub processor: String,
    pub processors: usize,
    pub memory_gib: u64,
    pub kernel: String,
    pub rustc: String,
    /// The version of each package, and of what is no package.
    pub versions: Vec<(String, String)>,
}

impl Machine {
    pub fn here(peers: &[Peer]) -> Machine {
        let kernel = rustix::system::uname();
        Machine {
            processor: field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned()),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: field("/proc/meminfo", "MemTotal")
                .and_then(|size| size.split(' ').next()?.parse::<u64>().ok())
                .map_or(0, |kib| kib >> 20),
            kernel: kernel.release().to_string_lossy().into_owned(),
            rustc: printed("rustc", "--version").unwrap_or_else(|| "unknown".to_owned()),
            versions: versions(peers),
        }
    }
}

/// In a line.
impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions: Vec<String> =
            self.versions.iter().map(|(package, version)| format!("{package} {version}")).collect();
        write!(
            f,
            "{}, {} processors, {} GiB, Linux {}, {}; {}.",
            self.processor,
            self.processors,
            self.memory_gib,
            self.kernel,
            self.rustc,
            versions.join(", ")
        )
    }
}

/// What stands behind the first such name in a file of lines like `name : value`.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn printed(program: &str, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).output().ok()?;
    String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned())
}

/// As they are locked, or installed.
fn versions(peers: &[Peer]) -> Vec<(String, String)> {
    const LOCK: &str = include_str!("../Cargo.lock");
    let mut packages: Vec<&str> = peers.iter().filter_map(|peer| peer.package()).collect();
    packages.dedup();
    let version = |package: &&str| {
        let mut lines = LOCK.lines().skip_while(|line| *line != format!("name = \"{package}\""));
        let version = lines.nth(1)?.strip_prefix("version = ")?.trim_matches('"');
        Some(((*package).to_owned(), version.to_owned()))
    };
    let installed = peers.iter().filter_map(|peer| peer.installed());
    packages.iter().filter_map(version).chain(installed).collect()
}
