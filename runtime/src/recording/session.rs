//! What `GOPARK_TRACE` and `GOPARK_FLIGHT` ask for: from the first runtime of the process to the last.

use std::io::{self, Write};

use parking_lot::Mutex;

use crate::config::Config;
use crate::trace;

static PROCESS: Mutex<Process> = Mutex::new(Process { runtimes: 0, began: false, traces: false });

struct Process {
    /// How many there are now.
    runtimes: usize,
    /// There was one.
    began: bool,
    /// A trace is to be finished when the last one stops.
    traces: bool,
}

/// One runtime's part. The last one to be dropped finishes the trace.
#[derive(Debug)]
pub(crate) struct Session(());

impl Session {
    /// # Errors
    /// What the environment asks for cannot be had.
    pub(crate) fn enter(config: &Config) -> io::Result<Session> {
        let mut process = PROCESS.lock();
        if !process.began {
            if let Some(window) = config.flight {
                trace::flight_recorder(window)?;
            }
            if let Some(path) = &config.trace {
                trace::start(path).map_err(|error| {
                    io::Error::new(error.kind(), format!("GOPARK_TRACE={}: {error}", path.display()))
                })?;
                process.traces = true;
            }
            process.began = true;
        }
        process.runtimes += 1;
        Ok(Session(()))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let mut process = PROCESS.lock();
        process.runtimes -= 1;
        if process.runtimes > 0 || !std::mem::take(&mut process.traces) {
            return;
        }
        if let Err(error) = trace::stop() {
            // Nobody is there to be told otherwise. Not eprintln!: it panics where stderr is closed.
            let _ = writeln!(io::stderr(), "gopark: {error}");
        }
    }
}
