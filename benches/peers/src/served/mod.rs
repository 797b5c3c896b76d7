//! Servers, and what their clients are told. The load generator has a process and a processor of its own, the server one
//! worker thread on the other processor; but for a skewed load, for which there are two workers, and both processors for
//! everybody. What counts is the CPU time that the server takes for a message: a noisy machine changes that least.

pub mod blocking;
pub mod fan_out;
pub mod floor;
pub(crate) mod http;
pub mod skew;
pub mod tls;

use std::env;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio, exit};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::figure::{Figures, Metric};
use crate::library::Tell;
use crate::load::Kind;
use crate::usage::{Usage, cpu_time};

/// Some libraries give back what idle coroutines do not need, after a while.
const IDLE_FOR: Duration = Duration::from_secs(1);

/// Runs `serve` on a thread, which does not come back, and such clients against it.
///
/// # Panics
/// The load generator cannot be started, or has found no server, or a wrong one.
pub fn measure(
    kind: Kind,
    many: u32,
    serve: impl FnOnce(Tell) -> io::Result<()> + Send + 'static,
) -> Figures {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        eprintln!("the server has ended: {:?}", serve(tell));
        exit(1);
    });
    let address = told.recv().expect("it says where it listens");
    let (empty, mut load) = (Usage::now(), Load::start(kind, address, many).expect("a load generator"));
    load.line().expect("it gets warm");
    if matches!(kind, Kind::Idle | Kind::IdleTls) {
        thread::sleep(IDLE_FOR);
        let full = Usage::now();
        load.end().expect("it comes to its end");
        return vec![(Metric::Memory, (full.bytes - empty.bytes) / f64::from(many))];
    }
    let before = cpu_time();
    let said = load.line().expect("it comes to its end");
    let cpu = cpu_time() - before;
    load.end().expect("it comes to its end");
    let numbers: Vec<f64> = said.split(' ').filter_map(|number| number.parse().ok()).collect();
    let [events, seconds, middle, slow] = numbers[..] else { panic!("no figures: {said}") };
    let mut figures = vec![(Metric::Cpu, cpu.as_nanos() as f64 / events)];
    // Elsewhere it would say what the times there and back say.
    if kind == Kind::Skew || kind == Kind::Http && many > 1 {
        figures.push((Metric::PerSecond, events / seconds));
    }
    figures.extend(match kind {
        Kind::FanOut => [(Metric::Last, middle), (Metric::LastSlow, slow)],
        _ => [(Metric::Middle, middle), (Metric::Slow, slow)],
    });
    figures
}

/// The load generator's process: see `load` for what it says.
struct Load {
    process: Child,
    lines: io::Lines<BufReader<ChildStdout>>,
}

impl Load {
    fn start(kind: Kind, address: SocketAddr, many: u32) -> io::Result<Load> {
        let mut process = Command::new(env::current_exe()?)
            .arg("--load")
            .arg(format!("{}/{address}/{many}", kind.name()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        Ok(Load { process, lines })
    }

    fn line(&mut self) -> io::Result<String> {
        self.lines.next().unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()))
    }

    /// Closes its stdin, and waits for it.
    fn end(mut self) -> io::Result<()> {
        match self.process.wait()? {
            status if status.success() => Ok(()),
            status => Err(io::Error::other(format!("{status}"))),
        }
    }
}
