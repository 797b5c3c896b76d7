//! What a runtime is built with.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Default size of a stack, guard included. Frames of unoptimised code are several times as large.
const DEFAULT_STACK: usize = if cfg!(debug_assertions) { 1 << 20 } else { 256 << 10 };

/// As many threads as a runtime may ever have unless it is told otherwise, stuck ones and spares included. Each has
/// two descriptors and a stack.
const MAX_MACHINES: usize = 1000;

/// What counters of idle machines can hold (lockfree/idle.rs).
const MOST_MACHINES: usize = 65_535;

/// Settings of one runtime.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) workers: usize,
    pub(crate) stack_size: usize,
    pub(crate) thread_name: Arc<str>,
    pub(crate) pin: bool,
    /// Stuck ones and spares included.
    pub(crate) max_machines: usize,
    /// Started coroutines move between machines (sched/migrate.rs).
    pub(crate) migrates: bool,
    /// How often a line about the scheduler is printed.
    pub(crate) schedtrace: Option<Duration>,
    /// What happens is recorded into this file.
    pub(crate) trace: Option<PathBuf>,
    /// What has happened within so long is kept for a snapshot.
    pub(crate) flight: Option<Duration>,
}

impl Config {
    /// The defaults, with what the environment says in their place.
    pub(crate) fn from_env() -> io::Result<Config> {
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Config {
            workers: number_from_env("GOPARK_WORKERS")?.unwrap_or(cpus),
            stack_size: number_from_env("GOPARK_STACK")?.unwrap_or(DEFAULT_STACK),
            thread_name: "gopark".into(),
            pin: false,
            max_machines: MAX_MACHINES,
            migrates: false,
            schedtrace: number_from_env("GOPARK_SCHEDTRACE")?
                .filter(|&millis| millis > 0)
                .map(|millis| Duration::from_millis(millis as u64)),
            trace: std::env::var_os("GOPARK_TRACE").filter(|path| !path.is_empty()).map(PathBuf::from),
            flight: number_from_env("GOPARK_FLIGHT")?
                .filter(|&seconds| seconds > 0)
                .map(|seconds| Duration::from_secs(seconds as u64)),
        })
    }

    /// Refuses what cannot work.
    pub(crate) fn check(&self) -> io::Result<()> {
        let refuse = |message: String| Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        match self.workers {
            0 => refuse("a runtime needs at least 1 worker thread".to_owned()),
            n if n > self.max_machines => {
                refuse(format!("{n} worker threads, and at most {} machines", self.max_machines))
            }
            _ if self.max_machines > MOST_MACHINES => {
                refuse(format!("at most {MOST_MACHINES} machines are possible"))
            }
            _ if self.thread_name.contains('\0') => refuse("a thread name with a NUL in it".to_owned()),
            _ => Ok(()),
        }
    }
}

fn number_from_env(variable: &str) -> io::Result<Option<usize>> {
    let Some(text) = std::env::var_os(variable) else { return Ok(None) };
    match text.to_str().and_then(|text| text.trim().parse().ok()) {
        Some(number) => Ok(Some(number)),
        None => {
            let message = format!("{variable}={} is not a number", text.display());
            Err(io::Error::new(io::ErrorKind::InvalidInput, message))
        }
    }
}
