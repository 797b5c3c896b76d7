//! The face of a connection.

use std::fmt;
use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use gopark_runtime::io::Source;
use rustix::net::SocketType;

use super::address;
use super::open::{both_ends, connected};
use crate::connection::{Connection, Family};

/// A connection between Unix sockets: [`std::os::unix::net::UnixStream`] for coroutines.
///
/// It is read and written through [`Read`](std::io::Read) and [`Write`](std::io::Write), by value or by reference:
/// `(&stream).read(..)` needs no `&mut`, so one coroutine may read while another writes. Dropping the last clone
/// closes the connection.
///
/// # Cost
///
/// One allocation of at most 64 bytes, shared by the clones. Nothing is registered with the poller until a call
/// has to wait.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use gopark_net::UnixStream;
///
/// let (mut here, mut there) = UnixStream::pair()?;
/// here.write_all(b"hello")?;
/// drop(here);
/// let mut heard = String::new();
/// there.read_to_string(&mut heard)?;
/// assert_eq!(heard, "hello");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct UnixStream {
    pub(crate) connection: Arc<Connection>,
}

impl UnixStream {
    pub(super) fn from_source(source: Source) -> UnixStream {
        UnixStream { connection: Arc::new(Connection::new(source, Family::Unix)) }
    }

    /// Connects to the listener at `path`, waiting while its queue is full.
    ///
    /// No event tells when a full queue has room again, so this asks after 1 ms, then after twice that each time, up to
    /// 50 ms.
    ///
    /// # Errors
    ///
    /// `NotFound` if nothing is there, `ConnectionRefused` if nobody listens on it, `PermissionDenied`; `InvalidInput`
    /// if `path` is longer than 107 bytes or has a zero in it.
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::{UnixListener, UnixStream};
    ///
    /// let path = std::env::temp_dir().join(format!("gopark-{}-connect", std::process::id()));
    /// let listener = UnixListener::bind(&path)?;
    /// let stream = UnixStream::connect(&path)?;
    /// assert_eq!(stream.peer_addr()?.as_pathname(), Some(&*path));
    /// std::fs::remove_file(&path)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn connect<P: AsRef<Path>>(path: P) -> io::Result<UnixStream> {
        UnixStream::connect_addr(&SocketAddr::from_pathname(path)?)
    }

    /// Connects to the listener at an address, which may be an abstract one. Else as
    /// [`connect`](UnixStream::connect).
    ///
    /// # Errors
    ///
    /// As [`connect`](UnixStream::connect), but where an abstract name is nobody's it is `ConnectionRefused`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::linux::net::SocketAddrExt;
    /// use gopark_net::{UnixListener, UnixStream, unix::SocketAddr};
    ///
    /// let name = format!("gopark-{}-connect-addr", std::process::id());
    /// let address = SocketAddr::from_abstract_name(name)?;
    /// let listener = UnixListener::bind_addr(&address)?;
    /// let stream = UnixStream::connect_addr(&address)?;
    /// # drop((listener, stream));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn connect_addr(socket_addr: &SocketAddr) -> io::Result<UnixStream> {
        connected(socket_addr).map(UnixStream::from_source)
    }

    /// Two streams connected to each other, without a name.
    ///
    /// # Errors
    ///
    /// Those of socketpair(2): descriptors or memory have run out.
    ///
    /// # Examples
    ///
    /// ```
    /// let (here, there) = gopark_net::UnixStream::pair()?;
    /// assert!(here.peer_addr()?.is_unnamed());
    /// # drop(there);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn pair() -> io::Result<(UnixStream, UnixStream)> {
        let (a, b) = both_ends(SocketType::STREAM)?;
        Ok((UnixStream::from_source(a), UnixStream::from_source(b)))
    }

    /// Another handle to the same connection.
    ///
    /// std duplicates the descriptor; here the clones share it, its one registration, and all that is set on it. The
    /// cost is a reference count.
    ///
    /// # Errors
    ///
    /// None; the `Result` is std's.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::fd::AsRawFd;
    ///
    /// let (stream, _there) = gopark_net::UnixStream::pair()?;
    /// assert_eq!(stream.try_clone()?.as_raw_fd(), stream.as_raw_fd());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_clone(&self) -> io::Result<UnixStream> {
        Ok(UnixStream { connection: Arc::clone(&self.connection) })
    }

    /// The address of this end: unnamed where it has connected or is one of a pair.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the descriptor, handed in from outside, is no Unix socket.
    ///
    /// # Examples
    ///
    /// ```
    /// let (stream, _there) = gopark_net::UnixStream::pair()?;
    /// assert!(stream.local_addr()?.is_unnamed());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        address::local(self.as_fd())
    }

    /// The address of the other end.
    ///
    /// # Errors
    ///
    /// Those of getpeername(2). The address stays known when the connection has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// let (stream, _there) = gopark_net::UnixStream::pair()?;
    /// assert!(stream.peer_addr()?.is_unnamed());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        address::peer(self.as_fd())
    }

    /// Shuts down reading, writing, or both, for all clones at once, and wakes whoever is waiting in a call on that
    /// side: a reader with `Ok(0)` once it has read what was received, a writer with `BrokenPipe`. The peer meets the
    /// same from its side.
    ///
    /// # Errors
    ///
    /// Those of shutdown(2). Shutting the same side down again succeeds.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Read;
    /// use gopark_net::{Shutdown, UnixStream};
    ///
    /// let (here, mut there) = UnixStream::pair()?;
    /// here.shutdown(Shutdown::Write)?;
    /// assert_eq!(there.read(&mut [0; 8])?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.connection.shutdown(how)
    }
}

/// Shows descriptor and addresses, in std's order; an address that cannot be had is left out.
impl fmt::Debug for UnixStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        address::show(f, "UnixStream", self.as_fd())
    }
}

/// The descriptor, to set options on or to poll. Reading and writing through it is possible, but may block the
/// thread.
impl AsFd for UnixStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.connection.as_fd()
    }
}

/// The number of the descriptor, which all clones share.
impl AsRawFd for UnixStream {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}
