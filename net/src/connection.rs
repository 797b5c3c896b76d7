//! What all clones of a socket share, whatever its family, and the system calls that move the bytes of a stream.
//!
//! **Invariant:** no call here depends on O_NONBLOCK. That flag belongs to the open file description, which other
//! processes and duplicates of the descriptor share, so any of them could change it under us. Every call carries
//! MSG_DONTWAIT instead (send(2), recv(2)). MSG_NOSIGNAL goes with every send: std turns SIGPIPE off in a Rust
//! `main`, but not where the program is C and we are the library.
//!
//! Reads and writes of TCP go through [`Source::run_counted`]: when it moves fewer bytes than asked, its buffer is
//! drained (or full), and the next call may wait without asking again. Everything else, see [`Family`], goes through
//! [`Source::run`]; so does `peek`, as its count says nothing: what it has seen is still there.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use gopark_runtime::io::{Deadline, Direction, Limits, Source, check_cancelled};
use rustix::io::{Errno, ioctl_fionbio};
use rustix::net::sockopt::{self, Timeout, set_socket_timeout, socket_timeout};
use rustix::net::{
    RecvAncillaryBuffer, RecvFlags, SendAncillaryBuffer, SendFlags, SocketType, recv, recvmsg, send, sendmsg,
};

use crate::extras::Extras;
use crate::timeout::{SharedTimeout, expiry_of_transfer, is_expiry};

/// How every receiving call is made.
pub(crate) const RECEIVE: RecvFlags = RecvFlags::DONTWAIT;

/// How every sending call is made.
pub(crate) const SEND: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);

/// The kernel moves no more than this in one call, whatever is asked (NOTES in read(2)): reaching it says nothing
/// about the buffer.
const MOST_BYTES: usize = 0x7fff_f000;

/// The kernel takes no more buffers than this in one call (UIO_MAXIOV) and answers EMSGSIZE to more. std cuts the
/// list as well.
const MOST_BUFFERS: usize = 1024;

/// Of which kind a socket is, where that makes a difference.
///
/// | | TCP | UDP | Unix |
/// |---|---|---|---|
/// | a short count | the buffer is drained, or full | is the length of one datagram | says nothing: descriptors sent along end a read (SCM_RIGHTS in unix(7)) |
/// | what was sent has been received | is no event, unless a writer waits | is an event | is an event |
/// | the end of the writing side alone | is an event | there is none | is none, though a writer that blocks in the kernel is woken |
#[derive(Clone, Copy)]
pub(crate) enum Family {
    Tcp,
    Udp,
    Unix,
}

/// How often the writer of a Unix socket that waits looks whether that side was shut down, by another process for example.
const LOOKS: Duration = Duration::from_millis(500);

/// One socket that moves bytes: a stream, or a socket of datagrams.
///
/// Every field may be used by every thread that holds a clone. The flag and the timeouts publish nothing but
/// themselves, hence `Relaxed`.
pub(crate) struct Connection {
    source: Source,
    pub(crate) read_timeout: SharedTimeout,
    pub(crate) write_timeout: SharedTimeout,
    pub(crate) extras: Extras,
    /// Set if calls are to answer `WouldBlock` instead of waiting.
    nonblocking: AtomicBool,
    family: Family,
}

/// An idle connection is the allocation of this and the kernel's socket: with the two counts of the `Arc` it stays
/// within one cache line.
const _: () = assert!(size_of::<Connection>() + 2 * size_of::<usize>() <= 64);

impl Connection {
    pub(crate) fn new(source: Source, family: Family) -> Connection {
        let source = if matches!(family, Family::Tcp) { source } else { source.reading_first() };
        Connection {
            source,
            family,
            read_timeout: SharedTimeout::default(),
            write_timeout: SharedTimeout::default(),
            extras: Extras::default(),
            nonblocking: AtomicBool::new(false),
        }
    }

    /// Takes over a descriptor from outside, with the timeouts that are set on it.
    ///
    /// What is no socket has no timeouts, and its first call will say so better than this one could.
    #[track_caller]
    pub(crate) fn adopt(fd: OwnedFd, family: Family) -> Connection {
        let read_timeout = socket_timeout(&fd, Timeout::Recv).ok().flatten();
        let write_timeout = socket_timeout(&fd, Timeout::Send).ok().flatten();
        let mut connection = Connection::new(Source::new(fd), family);
        connection.read_timeout = SharedTimeout::new(read_timeout);
        connection.write_timeout = SharedTimeout::new(write_timeout);
        connection
    }

    /// The descriptor, with the timeouts and the non-blocking flag written to it. Duplicated if clones still hold it.
    pub(crate) fn release(this: Arc<Connection>) -> io::Result<OwnedFd> {
        let nonblocking = this.is_nonblocking();
        let (read_timeout, write_timeout) = (this.read_timeout.get(), this.write_timeout.get());
        let fd = match Arc::try_unwrap(this) {
            Ok(only) => only.source.into_fd(),
            Err(shared) => shared.as_fd().try_clone_to_owned()?,
        };
        // These fail only on what is no socket, and then it has no need of them.
        let _ = set_socket_timeout(&fd, Timeout::Recv, read_timeout);
        let _ = set_socket_timeout(&fd, Timeout::Send, write_timeout);
        let _ = ioctl_fionbio(&fd, nonblocking);
        Ok(fd)
    }

    pub(crate) fn set_nonblocking(&self, nonblocking: bool) {
        self.nonblocking.store(nonblocking, Relaxed);
    }

    #[inline]
    pub(crate) fn is_nonblocking(&self) -> bool {
        self.nonblocking.load(Relaxed)
    }

    /// As shutdown(2).
    pub(crate) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        let how = match how {
            Shutdown::Read => rustix::net::Shutdown::Read,
            Shutdown::Write => rustix::net::Shutdown::Write,
            Shutdown::Both => rustix::net::Shutdown::Both,
        };
        rustix::net::shutdown(self, how)?;
        if matches!(self.family, Family::Unix) {
            self.source.call(Direction::Write);
        }
        Ok(())
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn receive(&self, buf: &mut [u8]) -> io::Result<usize> {
        let wanted = buf.len();
        if wanted == 0 {
            return Ok(0);
        }
        if self.extras.has_unread()
            && let Some(count) = self.receive_unread(&mut [IoSliceMut::new(buf)], false)?
        {
            return Ok(count);
        }
        self.transfer(Direction::Read, wanted, |fd| Ok(recv(fd, &mut *buf, RECEIVE)?.1))
    }

    /// As [`receive`](Connection::receive) of at most so many bytes, but holds no buffer while it waits.
    pub(crate) fn receive_up_to(&self, most: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.transfer(Direction::Read, most, |fd| {
            bytes = received(fd, most)?;
            Ok(bytes.len())
        })?;
        Ok(bytes)
    }

    pub(crate) fn receive_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let count = bufs.len().min(MOST_BUFFERS);
        let bufs = &mut bufs[..count];
        let wanted = total(bufs.iter().map(|b| b.len()));
        if wanted == 0 {
            return Ok(0);
        }
        if self.extras.has_unread()
            && let Some(count) = self.receive_unread(bufs, false)?
        {
            return Ok(count);
        }
        self.transfer(Direction::Read, wanted, |fd| {
            Ok(recvmsg(fd, bufs, &mut RecvAncillaryBuffer::default(), RECEIVE)?.bytes)
        })
    }

    /// As [`receive`](Connection::receive), but leaves the bytes where they are.
    pub(crate) fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let peek = RECEIVE | RecvFlags::PEEK;
        if self.extras.has_unread()
            && let Some(count) = self.receive_unread(&mut [IoSliceMut::new(buf)], true)?
        {
            // And what has come meanwhile, if anything: who looks until there is enough must see it.
            let more = recv(self, &mut buf[count..], peek).map_or(0, |(_, more)| more);
            return Ok(count + more);
        }
        self.ask(Direction::Read, |fd| Ok(recv(fd, &mut *buf, peek)?.1))
    }

    /// Receives what was given back, under the limits of any call that receives. `None`: there is nothing.
    #[cold]
    fn receive_unread(&self, bufs: &mut [IoSliceMut<'_>], peeks: bool) -> io::Result<Option<usize>> {
        self.check(Direction::Read)?;
        Ok(self.extras.read_unread(bufs, peeks))
    }

    /// Whether a call may begin: what one asks that need not wait.
    pub(crate) fn check(&self, direction: Direction) -> io::Result<()> {
        if self.is_nonblocking() {
            return Ok(());
        }
        check_cancelled()?;
        self.extras.deadline(direction).map_or(Ok(()), Deadline::check)
    }

    /// An empty `buf` goes to the kernel like any other, and is answered by 0 or by the error that the connection has
    /// met.
    // Seldom waits: a frame of its own, unlike `receive`.
    #[inline(never)]
    pub(crate) fn send(&self, buf: &[u8]) -> io::Result<usize> {
        self.transfer(Direction::Write, buf.len(), |fd| Ok(send(fd, buf, SEND)?))
    }

    pub(crate) fn send_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let bufs = &bufs[..bufs.len().min(MOST_BUFFERS)];
        self.transfer(Direction::Write, total(bufs.iter().map(|b| b.len())), |fd| {
            Ok(sendmsg(fd, bufs, &mut SendAncillaryBuffer::default(), SEND)?)
        })
    }

    /// Moves bytes: with one try if the connection is non-blocking or there is nothing to move, else waiting until the
    /// kernel takes or gives some.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn transfer(
        &self,
        direction: Direction,
        wanted: usize,
        mut step: impl FnMut(BorrowedFd<'_>) -> io::Result<usize>,
    ) -> io::Result<usize> {
        if self.is_nonblocking() || wanted == 0 {
            return step(self.as_fd());
        }
        match self.family {
            Family::Tcp => self
                .source
                .run_counted(direction, &self.limits(direction), wanted.min(MOST_BYTES), step)
                .map_err(expiry_of_transfer),
            Family::Udp | Family::Unix => self.wait_for(direction, step),
        }
    }

    /// Asks the kernel by `op`: once if the connection is non-blocking, else until it has an answer.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn ask<R>(
        &self,
        direction: Direction,
        mut op: impl FnMut(BorrowedFd<'_>) -> io::Result<R>,
    ) -> io::Result<R> {
        if self.is_nonblocking() {
            return op(self.as_fd());
        }
        self.wait_for(direction, op)
    }

    /// Asks the kernel by `op` until it has an answer.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn wait_for<R>(
        &self,
        direction: Direction,
        op: impl FnMut(BorrowedFd<'_>) -> io::Result<R>,
    ) -> io::Result<R> {
        let limits = self.limits(direction);
        let answer = match (self.family, direction) {
            (Family::Unix, Direction::Write) => self.write_and_look(limits, op),
            _ => self.source.run(direction, &limits, op),
        };
        answer.map_err(expiry_of_transfer)
    }

    /// As [`Source::run`], but asks again now and then: nobody wakes who waits here when this side is shut down otherwise
    /// than by [`shutdown`](Connection::shutdown).
    fn write_and_look<R>(
        &self,
        limits: SideLimits<'_>,
        mut op: impl FnMut(BorrowedFd<'_>) -> io::Result<R>,
    ) -> io::Result<R> {
        let end = limits.timeout().and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            let pause = left.map_or(LOOKS, |left| left.min(LOOKS));
            let limits = SideLimits { timeout: Some(pause), ..limits };
            match self.source.run(Direction::Write, &limits, &mut op) {
                Err(error) if is_expiry(&error) && left.is_none_or(|left| left > pause) => {}
                answer => return answer,
            }
        }
    }

    /// Waits until `direction` is ready.
    pub(crate) fn await_ready(&self, direction: Direction) -> io::Result<()> {
        if direction == Direction::Read && self.extras.has_unread() {
            return self.check(direction);
        }
        let looks_writable =
            |_: BorrowedFd<'_>| match self.source.is_ready(direction)? || self.is_shut_for_writing()? {
                true => Ok(()),
                false => Err(Errno::AGAIN.into()),
            };
        match (self.family, direction) {
            (Family::Unix, Direction::Write) => self.ask(direction, looks_writable),
            _ if self.is_nonblocking() => match self.source.is_ready(direction)? {
                true => Ok(()),
                false => Err(Errno::AGAIN.into()),
            },
            _ => self.source.await_ready(direction, &self.limits(direction)).map_err(expiry_of_transfer),
        }
    }

    /// Whether a Unix stream takes nothing any more, by a shutdown of this side or of the peer's reading one: that, poll(2)
    /// does not tell. A send of nothing does (unix_stream_sendmsg in af_unix.c).
    fn is_shut_for_writing(&self) -> io::Result<bool> {
        let is_stream = sockopt::socket_type(self)? == SocketType::STREAM;
        Ok(is_stream && send(self, &[], SEND) == Err(Errno::PIPE))
    }

    pub(crate) fn set_deadline(&self, direction: Direction, deadline: Option<Instant>) {
        self.extras.set_deadline(&self.source, direction, deadline);
    }

    /// What limits a call that begins now.
    #[inline]
    pub(crate) fn limits(&self, direction: Direction) -> SideLimits<'_> {
        let timeout = match direction {
            Direction::Read => self.read_timeout.get(),
            Direction::Write => self.write_timeout.get(),
        };
        SideLimits { timeout, extras: &self.extras, direction }
    }
}

/// The limits of one direction: the timeout as it was at the beginning of the call, and the deadline as it is.
#[derive(Clone, Copy)]
pub(crate) struct SideLimits<'a> {
    timeout: Option<Duration>,
    extras: &'a Extras,
    direction: Direction,
}

impl Limits for SideLimits<'_> {
    #[inline]
    fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    #[inline]
    fn deadline(&self) -> Option<&Deadline> {
        self.extras.deadline(self.direction)
    }
}

impl Connection {
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.source.as_fd()
    }
}

fn received(fd: BorrowedFd<'_>, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; most];
    let count = recv(fd, &mut bytes[..], RECEIVE)?.1;
    bytes.truncate(count);
    Ok(bytes)
}

/// The sum of `lengths`, which may exceed the address space: the same memory may be sent many times over.
fn total(lengths: impl Iterator<Item = usize>) -> usize {
    lengths.fold(0, usize::saturating_add)
}
