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

use super::by_buffer::{self, BUFFER, Sending};
use super::pipe::{CAPACITY, Pipe};
use crate::connection::Connection;

/// By a buffer what fits into one, which is cheaper than by a pipe; and as long as there is more, that through pipes. Whether
/// there is an end, or something to wait for, says the call that receives: a splice does not go past urgent data
/// (tcp_read_sock in the kernel's tcp.c), and answers there as if the socket were empty or, once the peer has closed, at its
/// end.
pub(super) fn copy(from: &Connection, to: &Connection) -> io::Result<u64> {
    from.check(Direction::Read)?;
    ioctl_fionbio(from, true)?;
    ioctl_fionbio(to, true)?;
    let mut copied = 0;
    let mut bytes = from.extras.take_unread();
    loop {
        by_buffer::deliver(from, &bytes, &mut Sending(to))?;
        copied += bytes.len() as u64;
        if bytes.len() >= BUFFER {
            while let Some(transit) = fetch(from)? {
                copied += transit.deliver(to)?;
            }
        }
        bytes = from.receive_up_to(BUFFER)?;
        if bytes.is_empty() {
            return Ok(copied);
        }
    }
}

/// What there is now, in a pipe. `None`: the kernel says that it is nothing, there is no pipe to be had, or it cannot, or must
/// not, do that with such a socket.
fn fetch(from: &Connection) -> io::Result<Option<Transit<'_>>> {
    from.ask(Direction::Read, |fd| {
        let Ok(pipe) = Pipe::take() else { return Ok(None) };
        let moved = move_bytes(fd, pipe.write.as_fd(), CAPACITY);
        if let Ok(count @ 1..) = moved {
            return Ok(Some(Transit { from, pipe: Some(pipe), count }));
        }
        pipe.keep();
        match moved {
            Ok(_) | Err(Errno::AGAIN | Errno::INVAL | Errno::NOSYS | Errno::PERM) => Ok(None),
            Err(error) => Err(error.into()),
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
