//! What all clones of a UDP socket share, and the system calls that move its datagrams.
//!
//! **Invariant:** no call here depends on O_NONBLOCK, which others may change under us: every one carries
//! MSG_DONTWAIT instead (send(2), recv(2)). MSG_NOSIGNAL goes with every send, as in std.
//!
//! All calls go through [`Source::run`]. A short count says nothing about the kernel's queue, as it does on a TCP
//! stream: it is the length of one datagram, and the next may stand behind it. For the same reason no buffer is
//! treated specially for being empty: an empty datagram is sent and received like any other.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use gopark_runtime::io::{Direction, Source};
use rustix::net::{
    RecvFlags, SendFlags, SocketFlags, SocketType, bind, recv, recvfrom, send, sendto, socket_with,
};

use crate::address;
use crate::timeout::{SharedTimeout, expiry_of_transfer};

const SEND: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);

/// Whether a received datagram leaves the kernel's queue.
#[derive(Clone, Copy, Debug)]
pub(super) enum Receive {
    Take,
    Peek,
}

impl Receive {
    fn flags(self) -> RecvFlags {
        match self {
            Receive::Take => RecvFlags::DONTWAIT,
            Receive::Peek => RecvFlags::DONTWAIT.union(RecvFlags::PEEK),
        }
    }
}

/// One UDP socket.
///
/// Every field may be used by every thread that holds a clone. The flag and the timeouts publish nothing but
/// themselves, hence `Relaxed`.
pub(super) struct Datagrams {
    source: Source,
    pub(super) read_timeout: SharedTimeout,
    pub(super) write_timeout: SharedTimeout,
    /// Set if calls are to answer `WouldBlock` instead of waiting.
    nonblocking: AtomicBool,
}

/// With the two counts of the `Arc`, the allocation stays within one cache line.
const _: () = assert!(size_of::<Datagrams>() + 2 * size_of::<usize>() <= 64);

impl Datagrams {
    pub(super) fn new(source: Source) -> Datagrams {
        Datagrams {
            source,
            read_timeout: SharedTimeout::default(),
            write_timeout: SharedTimeout::default(),
            nonblocking: AtomicBool::new(false),
        }
    }

    /// A socket bound to `address`.
    pub(super) fn bound(address: &SocketAddr) -> io::Result<Datagrams> {
        let fd = socket_with(address::family(address), SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
        bind(&fd, address)?;
        Ok(Datagrams::new(Source::new(fd)))
    }

    pub(super) fn set_nonblocking(&self, nonblocking: bool) {
        self.nonblocking.store(nonblocking, Relaxed);
    }

    #[inline]
    pub(super) fn is_nonblocking(&self) -> bool {
        self.nonblocking.load(Relaxed)
    }

    /// The descriptor, duplicated if clones still hold it.
    pub(super) fn into_fd(this: Arc<Datagrams>) -> io::Result<OwnedFd> {
        match Arc::try_unwrap(this) {
            Ok(only) => Ok(only.source.into_fd()),
            Err(shared) => shared.as_fd().try_clone_to_owned(),
        }
    }

    #[inline]
    pub(super) fn receive(&self, buf: &mut [u8], how: Receive) -> io::Result<usize> {
        self.transfer(Direction::Read, |fd| Ok(recv(fd, &mut *buf, how.flags())?.1))
    }

    /// As [`receive`](Datagrams::receive), and who has sent it.
    #[inline]
    pub(super) fn receive_from(&self, buf: &mut [u8], how: Receive) -> io::Result<(usize, SocketAddr)> {
        self.transfer(Direction::Read, |fd| {
            let (_, count, from) = recvfrom(fd, &mut *buf, how.flags())?;
            Ok((count, address::from_kernel(from)?))
        })
    }

    #[inline]
    pub(super) fn send(&self, datagram: &[u8]) -> io::Result<usize> {
        self.transfer(Direction::Write, |fd| Ok(send(fd, datagram, SEND)?))
    }

    #[inline]
    pub(super) fn send_to(&self, datagram: &[u8], to: &SocketAddr) -> io::Result<usize> {
        self.transfer(Direction::Write, |fd| Ok(sendto(fd, datagram, SEND, to)?))
    }

    /// Moves one datagram: with one try if the socket is non-blocking, else waiting until the kernel takes or gives it.
    #[inline]
    fn transfer<R>(
        &self,
        direction: Direction,
        mut step: impl FnMut(BorrowedFd<'_>) -> io::Result<R>,
    ) -> io::Result<R> {
        if self.is_nonblocking() {
            return step(self.as_fd());
        }
        let timeout = match direction {
            Direction::Read => self.read_timeout.get(),
            Direction::Write => self.write_timeout.get(),
        };
        self.source.run(direction, timeout, step).map_err(expiry_of_transfer)
    }
}

impl Datagrams {
    pub(super) fn source(&self) -> &Source {
        &self.source
    }
}

impl AsFd for Datagrams {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.source.as_fd()
    }
}
