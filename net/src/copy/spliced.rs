//! From stream to stream: splice(2) from the one into a pipe, and from there into the other.
//!
//! **Invariant:** both streams have O_NONBLOCK set (do_splice and splice_to_socket in the kernel's splice.c look at
//! nothing else). If another process with a duplicate clears it, a splice may block its thread until it is done, no more.

use std::io;
use std::mem;
use std::os::fd::{AsFd, BorrowedFd};

use gopark_runtime::io::Direction;
use rustix::io::{Errno, ioctl_fionbio};
use rustix::pipe::{SpliceFlags, splice};

use super::by_buffer::{self, Sending};
use super::pipe::{CAPACITY, Pipe};
use crate::connection::Connection;

pub(super) fn copy(from: &Connection, to: &Connection) -> io::Result<u64> {
    let unread = from.extras.take_unread();
    by_buffer::deliver(from, &unread, &mut Sending(to))?;
    let mut copied = unread.len() as u64;
    ioctl_fionbio(from, true)?;
    ioctl_fionbio(to, true)?;
    loop {
        copied += match fetch(from)? {
            Fetched::Nothing => return Ok(copied),
            Fetched::Some(transit) => transit.deliver(to)?,
            Fetched::NoPipe => match by_buffer::step(from, &mut Sending(to))? {
                0 => return Ok(copied),
                count => count,
            },
            Fetched::Refused => return Ok(copied + by_buffer::from_stream(from, &mut Sending(to))?),
        }
    }
}

/// What came of reading.
enum Fetched<'a> {
    Some(Transit<'a>),
    /// The end.
    Nothing,
    /// There is something, but no pipe to be had now.
    NoPipe,
    /// The kernel cannot do it with such a socket.
    Refused,
}

/// Waits until there is something, without a pipe, and has it in one.
fn fetch(from: &Connection) -> io::Result<Fetched<'_>> {
    from.ask(Direction::Read, |fd| {
        let Ok(pipe) = Pipe::take() else {
            return if from.source().is_ready(Direction::Read)? {
                Ok(Fetched::NoPipe)
            } else {
                Err(Errno::AGAIN.into())
            };
        };
        match move_bytes(fd, pipe.write.as_fd(), CAPACITY) {
            Ok(0) => {
                pipe.keep();
                Ok(Fetched::Nothing)
            }
            Ok(count) => Ok(Fetched::Some(Transit { from, pipe: Some(pipe), count })),
            Err(error) => {
                pipe.keep();
                if error == Errno::INVAL { Ok(Fetched::Refused) } else { Err(error.into()) }
            }
        }
    })
}

/// Bytes in a pipe. Those that do not reach the other side, be it for a panic, go back to where they came from.
struct Transit<'a> {
    from: &'a Connection,
    pipe: Option<Pipe>,
    count: usize,
}

impl Transit<'_> {
    fn deliver(mut self, to: &Connection) -> io::Result<u64> {
        let all = self.count as u64;
        let pipe = self.pipe.as_ref().expect("it leaves in `drop`");
        while self.count > 0 {
            let left = self.count;
            match to.ask(Direction::Write, |fd| Ok(move_bytes(pipe.read.as_fd(), fd, left)?))? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                moved => self.count -= moved,
            }
        }
        Ok(all)
    }
}

impl Drop for Transit<'_> {
    fn drop(&mut self) {
        let Some(pipe) = self.pipe.take() else { return };
        if self.count > 0 {
            match pipe.drain(mem::take(&mut self.count)) {
                Ok(bytes) => self.from.extras.give_back(&bytes),
                // It cannot fail: the bytes are in it, and nobody else has it. A pipe in doubt is not kept.
                Err(_) => return,
            }
        }
        pipe.keep();
    }
}

fn move_bytes(from: BorrowedFd<'_>, to: BorrowedFd<'_>, count: usize) -> Result<usize, Errno> {
    splice(from, None, to, None, count, SpliceFlags::MOVE | SpliceFlags::NONBLOCK)
}
