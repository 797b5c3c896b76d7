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
    from.check(Direction::Read)?;
    let unread = from.extras.take_unread();
    by_buffer::deliver(from, &unread, &mut Sending(to))?;
    let mut copied = unread.len() as u64;
    ioctl_fionbio(from, true)?;
    ioctl_fionbio(to, true)?;
    loop {
        copied += match fetch(from)? {
            Fetched::Some(transit) => transit.deliver(to)?,
            Fetched::Nothing => match by_buffer::step(from, &mut Sending(to))? {
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
    /// A buffer may get something, or meets the end: there is no pipe to be had now, or the kernel moves nothing although
    /// the socket is ready. Its splice does not go past urgent data (tcp_read_sock in tcp.c), and there it answers as if the
    /// socket were empty or, once the peer has closed, as if that were the end; a receiving call skips them.
    Nothing,
    /// The kernel cannot do it with such a socket, or must not.
    Refused,
}

/// Waits until there is something, without a pipe, and has it in one.
fn fetch(from: &Connection) -> io::Result<Fetched<'_>> {
    from.ask(Direction::Read, |fd| {
        let Ok(pipe) = Pipe::take() else { return nothing(from) };
        let moved = move_bytes(fd, pipe.write.as_fd(), CAPACITY);
        if let Ok(count @ 1..) = moved {
            return Ok(Fetched::Some(Transit { from, pipe: Some(pipe), count }));
        }
        pipe.keep();
        match moved {
            Ok(_) => Ok(Fetched::Nothing),
            Err(Errno::AGAIN) => nothing(from),
            Err(Errno::INVAL | Errno::NOSYS | Errno::PERM) => Ok(Fetched::Refused),
            Err(error) => Err(error.into()),
        }
    })
}

fn nothing(from: &Connection) -> io::Result<Fetched<'_>> {
    if from.source().is_ready(Direction::Read)? { Ok(Fetched::Nothing) } else { Err(Errno::AGAIN.into()) }
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
            let moved = to.ask(Direction::Write, |fd| match move_bytes(pipe.read.as_fd(), fd, left) {
                // It has O_APPEND (ERRORS in splice(2)).
                Err(Errno::INVAL) => Ok(None),
                answer => Ok(Some(answer?)),
            })?;
            match moved {
                None => {
                    let bytes = pipe.drain(self.count)?;
                    self.count = 0;
                    by_buffer::deliver(self.from, &bytes, &mut Sending(to))?;
                }
                Some(0) => return Err(io::ErrorKind::WriteZero.into()),
                Some(count) => self.count -= count,
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
