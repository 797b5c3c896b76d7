//! The same wait on a plain thread: `poll(2)`, without the netpoller.

use std::io;
use std::os::fd::BorrowedFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;

use super::direction::Direction;
use crate::sys::clock::{self, NEVER, Nanos};

/// How often a plain thread that could be cancelled looks for what nobody can tell it while it is inside `poll(2)`.
pub(super) const THREAD_LOOKS: Nanos = 1_000_000;

/// How often one looks that could not.
pub(super) const THREAD_GLANCES: Nanos = 50_000_000;

/// Whether `direction` is ready now.
pub(super) fn is_ready(fd: BorrowedFd<'_>, direction: Direction) -> io::Result<bool> {
    let answer = retry_on_intr(|| poll(&mut [PollFd::from_borrowed_fd(fd, flags(direction))], Some(&NOW)));
    Ok(answer? > 0)
}

const NOW: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

fn flags(direction: Direction) -> PollFlags {
    match direction {
        // Not PRI: an urgent byte is nothing to read, and stays announced until it is read past.
        Direction::Read => PollFlags::IN | PollFlags::RDHUP,
        Direction::Write => PollFlags::OUT,
    }
}

pub(super) fn wait(fd: BorrowedFd<'_>, direction: Direction, deadline: Nanos) -> io::Result<()> {
    let left = (deadline != NEVER).then(|| {
        let left = deadline.saturating_sub(clock::now());
        Timespec { tv_sec: (left / 1_000_000_000) as i64, tv_nsec: (left % 1_000_000_000) as _ }
    });
    match poll(&mut [PollFd::from_borrowed_fd(fd, flags(direction))], left.as_ref()) {
        Ok(0) => Err(io::ErrorKind::TimedOut.into()),
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(e) => Err(e.into()),
    }
}
