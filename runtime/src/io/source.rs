//! One file descriptor that a coroutine waits on instead of its thread.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Which readiness a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Data, a connection to accept, or the end of the stream.
    Read,
    /// Room in the send buffer, or the end of a connect.
    Write,
}

/// A file descriptor with its place in the netpoller.
#[derive(Debug)]
pub struct Source {
    fd: OwnedFd,
}

impl Source {
    /// Takes over `fd`. Nothing is registered until the first call that has to wait.
    pub fn new(fd: OwnedFd) -> Source {
        Source { fd }
    }

    /// Gives the descriptor back, out of the netpoller.
    pub fn into_fd(self) -> OwnedFd {
        self.fd
    }

    /// Runs `op` until it answers something else than `WouldBlock`, waiting for `direction` in between.
    pub fn run<R>(
        &self,
        direction: Direction,
        timeout: Option<Duration>,
        mut op: impl FnMut(BorrowedFd<'_>) -> io::Result<R>,
    ) -> io::Result<R> {
        let deadline = timeout.and_then(|d| Instant::now().checked_add(d));
        loop {
            match op(self.fd.as_fd()) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => self.wait(direction, deadline)?,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    /// As [`run`](Source::run) for a byte count; a count below `wanted` says that the kernel's buffer is drained
    /// (or full), so that the next call may wait without asking the kernel. Only for TCP streams.
    pub fn run_counted(
        &self,
        direction: Direction,
        timeout: Option<Duration>,
        _wanted: usize,
        op: impl FnMut(BorrowedFd<'_>) -> io::Result<usize>,
    ) -> io::Result<usize> {
        self.run(direction, timeout, op)
    }

    /// Waits until `direction` may be ready.
    pub fn wait(&self, direction: Direction, deadline: Option<Instant>) -> io::Result<()> {
        let flags = match direction {
            Direction::Read => PollFlags::IN | PollFlags::RDHUP | PollFlags::PRI,
            Direction::Write => PollFlags::OUT,
        };
        let left = deadline.map(|d| d.saturating_duration_since(Instant::now()));
        let left = left.map(|d| Timespec { tv_sec: d.as_secs() as i64, tv_nsec: d.subsec_nanos().into() });
        match poll(&mut [PollFd::new(&self.fd, flags)], left.as_ref()) {
            Ok(0) => Err(io::ErrorKind::TimedOut.into()),
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }
}

impl AsFd for Source {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
