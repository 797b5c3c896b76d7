//! The client, as the server's process has it: a child process that gets orders and reports.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use instruments::numbers;

use crate::options::Options;
use crate::reports::Report;

/// How long it may take to exit after its last report.
const EXIT: Duration = Duration::from_secs(10);

/// A running client. Dropping it kills the process, unless it has ended.
pub(crate) struct ClientProcess {
    child: Child,
    orders: ChildStdin,
    /// Lines from a thread that does nothing but read them: a pipe cannot be read with a timeout, a channel can.
    lines: Receiver<io::Result<String>>,
}

impl ClientProcess {
    /// Starts this program a second time, as a client that waits for orders.
    pub(crate) fn start(options: &Options, port: u16) -> io::Result<ClientProcess> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(options.for_client_of(port))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let orders = child.stdin.take().expect("piped");
        let stdout = child.stdout.take().expect("piped");
        let (sender, lines) = channel();
        let client = ClientProcess { child, orders, lines };
        thread::Builder::new().name("reports".into()).spawn(move || {
            // Ends when the client does, or when nobody wants to hear more.
            BufReader::new(stdout).lines().try_for_each(|line| sender.send(line))
        })?;
        Ok(client)
    }

    /// Gives an order.
    pub(crate) fn order(&mut self, order: &str) -> io::Result<()> {
        writeln!(self.orders, "{order}")
    }

    /// The next report, if it comes within what `patience` has left.
    pub(crate) fn report(&mut self, patience: &Patience) -> io::Result<Report> {
        match self.lines.recv_timeout(patience.left()) {
            Ok(line) => line?.parse().map_err(io::Error::other),
            Err(RecvTimeoutError::Timeout) => Err(patience.over()),
            Err(RecvTimeoutError::Disconnected) => {
                let status = self.end()?;
                Err(io::Error::other(format!("the client ended early: {status}")))
            }
        }
    }

    /// Waits for it to exit by itself, as it does after its last report.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        let patience = Patience::new("exiting", EXIT);
        match self.lines.recv_timeout(patience.left()) {
            Err(RecvTimeoutError::Disconnected) => {}
            Err(RecvTimeoutError::Timeout) => return Err(patience.over()),
            Ok(line) => return Err(io::Error::other(format!("one line too many: {:?}", line?))),
        }
        let status = self.end()?;
        if status.success() {
            return Ok(());
        }
        Err(io::Error::other(format!("the client failed after its last report: {status}")))
    }

    /// Its status, now that its stdout is closed: that happens when the process exits, and not before.
    fn end(&mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }
}

impl Drop for ClientProcess {
    fn drop(&mut self) {
        // Both do nothing, or fail, if it has ended: nothing to be done about it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How long something may take before we give up.
pub(crate) struct Patience {
    what: &'static str,
    whole: Duration,
    began: Instant,
}

impl Patience {
    /// Begins to wait.
    pub(crate) fn new(what: &'static str, whole: Duration) -> Patience {
        Patience { what, whole, began: Instant::now() }
    }

    fn left(&self) -> Duration {
        self.whole.saturating_sub(self.began.elapsed())
    }

    fn over(&self) -> io::Error {
        let whole = numbers::duration(self.whole);
        io::Error::new(
            io::ErrorKind::TimedOut,
            format!("gave up: the client is still {} after {whole}", self.what),
        )
    }
}
