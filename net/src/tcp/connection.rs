//! What all clones of a stream share, and the system calls that move its bytes.
//!
//! **Invariant:** no call here depends on O_NONBLOCK. That flag belongs to the open file description, which other
//! processes and duplicates of the descriptor share, so any of them could change it under us. Every call carries
//! MSG_DONTWAIT instead (send(2), recv(2)). MSG_NOSIGNAL goes with every send: std turns SIGPIPE off in a Rust
//! `main`, but not where the program is C and we are the library.
//!
//! Reads and writes go through [`Source::run_counted`]: when TCP moves fewer bytes than asked, its buffer is drained
//! (or full), and the next call may wait without asking again. `peek` goes through [`Source::run`], as its count
//! says nothing: what it has seen is still there.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use gopark_runtime::io::{Direction, Source};
use rustix::net::{
    RecvAncillaryBuffer, RecvFlags, SendAncillaryBuffer, SendFlags, recv, recvmsg, send, sendmsg,
};

use crate::timeout::{SharedTimeout, expiry_of_transfer};

const RECEIVE: RecvFlags = RecvFlags::DONTWAIT;
const SEND: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);

/// The kernel moves no more than this in one call, whatever is asked (NOTES in read(2)): reaching it says nothing
/// about the buffer.
const MOST_BYTES: usize = 0x7fff_f000;

/// The kernel takes no more buffers than this in one call (UIO_MAXIOV) and answers EMSGSIZE to more. std cuts the
/// list as well.
const MOST_BUFFERS: usize = 1024;

/// One TCP connection.
///
/// Every field may be used by every thread that holds a clone. The flag and the timeouts publish nothing but
/// themselves, hence `Relaxed`.
pub(super) struct Connection {
    source: Source,
    pub(super) read_timeout: SharedTimeout,
    pub(super) write_timeout: SharedTimeout,
    /// Set if calls are to answer `WouldBlock` instead of waiting.
    nonblocking: AtomicBool,
}

/// An idle connection is the allocation of this and the kernel's socket: with the two counts of the `Arc` it stays
/// within one cache line.
const _: () = assert!(size_of::<Connection>() + 2 * size_of::<usize>() <= 64);

impl Connection {
    pub(super) fn new(source: Source) -> Connection {
        Connection {
            source,
            read_timeout: SharedTimeout::default(),
            write_timeout: SharedTimeout::default(),
            nonblocking: AtomicBool::new(false),
        }
    }

    pub(super) fn set_nonblocking(&self, nonblocking: bool) {
        self.nonblocking.store(nonblocking, Relaxed);
    }

    #[inline]
    pub(super) fn is_nonblocking(&self) -> bool {
        self.nonblocking.load(Relaxed)
    }

    /// The descriptor, duplicated if clones still hold it.
    pub(super) fn into_fd(this: Arc<Connection>) -> io::Result<OwnedFd> {
        match Arc::try_unwrap(this) {
            Ok(only) => Ok(only.source.into_fd()),
            Err(shared) => shared.as_fd().try_clone_to_owned(),
        }
    }

    #[inline]
    pub(super) fn receive(&self, buf: &mut [u8]) -> io::Result<usize> {
        let wanted = buf.len();
        if wanted == 0 {
            return Ok(0);
        }
        self.transfer(Direction::Read, wanted, |fd| Ok(recv(fd, &mut *buf, RECEIVE)?.1))
    }

    pub(super) fn receive_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let count = bufs.len().min(MOST_BUFFERS);
        let bufs = &mut bufs[..count];
        let wanted = total(bufs.iter().map(|b| b.len()));
        if wanted == 0 {
            return Ok(0);
        }
        self.transfer(Direction::Read, wanted, |fd| {
            Ok(recvmsg(fd, bufs, &mut RecvAncillaryBuffer::default(), RECEIVE)?.bytes)
        })
    }

    /// As [`receive`](Connection::receive), but leaves the bytes where they are.
    pub(super) fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let mut look = |fd: BorrowedFd<'_>| Ok(recv(fd, &mut *buf, RECEIVE | RecvFlags::PEEK)?.1);
        if self.is_nonblocking() {
            return look(self.as_fd());
        }
        self.source.run(Direction::Read, self.read_timeout.get(), look).map_err(expiry_of_transfer)
    }

    /// An empty `buf` goes to the kernel like any other, and is answered by 0 or by the error that the connection has
    /// met.
    #[inline]
    pub(super) fn send(&self, buf: &[u8]) -> io::Result<usize> {
        self.transfer(Direction::Write, buf.len(), |fd| Ok(send(fd, buf, SEND)?))
    }

    pub(super) fn send_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let bufs = &bufs[..bufs.len().min(MOST_BUFFERS)];
        self.transfer(Direction::Write, total(bufs.iter().map(|b| b.len())), |fd| {
            Ok(sendmsg(fd, bufs, &mut SendAncillaryBuffer::default(), SEND)?)
        })
    }

    /// Moves bytes: with one try if the connection is non-blocking or there is nothing to move, else waiting until the
    /// kernel takes or gives some.
    #[inline]
    fn transfer(
        &self,
        direction: Direction,
        wanted: usize,
        mut step: impl FnMut(BorrowedFd<'_>) -> io::Result<usize>,
    ) -> io::Result<usize> {
        if self.is_nonblocking() || wanted == 0 {
            return step(self.as_fd());
        }
        let timeout = match direction {
            Direction::Read => self.read_timeout.get(),
            Direction::Write => self.write_timeout.get(),
        };
        self.source.run_counted(direction, timeout, wanted.min(MOST_BYTES), step).map_err(expiry_of_transfer)
    }
}

impl Connection {
    pub(super) fn source(&self) -> &Source {
        &self.source
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.source.as_fd()
    }
}

/// The sum of `lengths`, which may exceed the address space: the same memory may be sent many times over.
fn total(lengths: impl Iterator<Item = usize>) -> usize {
    lengths.fold(0, usize::saturating_add)
}
