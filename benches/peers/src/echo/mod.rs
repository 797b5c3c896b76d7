//! Echo over loopback: the server has one processor and one worker thread, the load generator a process and a processor of
//! its own. What counts is the CPU time that the server takes for a message: a noisy machine changes that least.

mod floor;
mod load;

use std::env;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

pub use floor::serve as serve_without_a_library;
pub use load::run as load;

use crate::figure::{Figures, Metric};

/// Who has bound its listener says where.
pub type Tell = mpsc::Sender<SocketAddr>;

/// Bytes of a message.
pub const MESSAGE: usize = 64;

/// Runs `serve` on a thread, which does not come back, and so many clients against it.
///
/// # Errors
/// The load generator cannot be started, or has found no server.
pub fn measure(connections: u32, serve: impl FnOnce(Tell) + Send + 'static) -> io::Result<Figures> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || serve(tell));
    let address = told.recv().map_err(io::Error::other)?;
    let mut load = Command::new(env::current_exe()?)
        .arg("--load")
        .arg(format!("{address}/{connections}"))
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(load.stdout.take().expect("it is piped")).lines();
    let mut line = || lines.next().unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()));
    // The first says that all are connected and warm, the second what has been.
    line()?;
    let before = cpu_time();
    let said = line()?;
    let cpu = cpu_time() - before;
    load.wait()?;
    let numbers: Vec<f64> = said.split(' ').filter_map(|number| number.parse().ok()).collect();
    let [messages, median, late] = numbers[..] else { return Err(io::Error::other(said)) };
    Ok(vec![(Metric::Cpu, cpu.as_nanos() as f64 / messages), (Metric::Middle, median), (Metric::Slow, late)])
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
