//! The face of a datagram socket.

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
use super::open::{both_ends, datagrams};
use crate::connection::{Connection, Family};

/// A Unix socket of datagrams: [`std::os::unix::net::UnixDatagram`] for coroutines.
///
/// Datagrams arrive whole, in order, and once. The file at its path stays when the socket is dropped, as it does in std.
///
/// # Cost
///
/// One allocation of at most 64 bytes, shared by the clones. Nothing is registered with the poller until a call
/// has to wait.
///
/// # Examples
///
/// ```
/// use gopark_net::UnixDatagram;
///
/// let (here, there) = UnixDatagram::pair()?;
/// here.send(b"hello")?;
/// let mut buf = [0; 16];
/// let n = there.recv(&mut buf)?;
/// assert_eq!(&buf[..n], b"hello");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct UnixDatagram {
    pub(super) connection: Arc<Connection>,
}

impl UnixDatagram {
    fn from_source(source: Source) -> UnixDatagram {
        UnixDatagram { connection: Arc::new(Connection::new(source, Family::Unix)) }
    }

    /// A socket that receives at a path, where it makes a file.
    ///
    /// # Errors
    ///
    /// `AddrInUse` if there is a file already; `NotFound` if there is no such folder; `InvalidInput` if `path` is
    /// longer than 107 bytes or has a zero in it; others of bind(2).
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::UnixDatagram;
    ///
    /// let path = std::env::temp_dir().join(format!("gopark-{}-datagram", std::process::id()));
    /// let socket = UnixDatagram::bind(&path)?;
    /// assert_eq!(socket.local_addr()?.as_pathname(), Some(&*path));
    /// std::fs::remove_file(&path)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<UnixDatagram> {
        UnixDatagram::bind_addr(&SocketAddr::from_pathname(path)?)
    }

    /// A socket that receives at an address, which may be an abstract one: that needs no file.
    ///
    /// # Errors
    ///
    /// As [`bind`](UnixDatagram::bind).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::linux::net::SocketAddrExt;
    /// use gopark_net::{UnixDatagram, unix::SocketAddr};
    ///
    /// let name = format!("gopark-{}-datagram-addr", std::process::id());
    /// let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
    /// assert_eq!(socket.local_addr()?.as_abstract_name(), Some(name.as_bytes()));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn bind_addr(socket_addr: &SocketAddr) -> io::Result<UnixDatagram> {
        datagrams(Some(socket_addr)).map(UnixDatagram::from_source)
    }

    /// A socket without an address: it can send, and nobody can answer.
    ///
    /// # Errors
    ///
    /// Those of socket(2): descriptors or memory have run out.
    ///
    /// # Examples
    ///
    /// ```
    /// let socket = gopark_net::UnixDatagram::unbound()?;
    /// assert!(socket.local_addr()?.is_unnamed());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn unbound() -> io::Result<UnixDatagram> {
        datagrams(None).map(UnixDatagram::from_source)
    }

    /// Two sockets connected to each other, without a name.
    ///
    /// # Errors
    ///
    /// Those of socketpair(2): descriptors or memory have run out.
    ///
    /// # Examples
    ///
    /// ```
    /// let (here, there) = gopark_net::UnixDatagram::pair()?;
    /// assert!(here.peer_addr()?.is_unnamed());
    /// # drop(there);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn pair() -> io::Result<(UnixDatagram, UnixDatagram)> {
        let (a, b) = both_ends(SocketType::DGRAM)?;
        Ok((UnixDatagram::from_source(a), UnixDatagram::from_source(b)))
    }

    /// Says to whom [`send`](UnixDatagram::send) sends. From now on only datagrams of that socket are received. May be
    /// called again for another one.
    ///
    /// # Errors
    ///
    /// `NotFound` if nothing is at `path`, `ConnectionRefused` if no socket is bound to it any more; `InvalidInput` if
    /// `path` is longer than 107 bytes or has a zero in it; others of connect(2).
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::UnixDatagram;
    ///
    /// let path = std::env::temp_dir().join(format!("gopark-{}-datagram-connect", std::process::id()));
    /// let receiver = UnixDatagram::bind(&path)?;
    /// let sender = UnixDatagram::unbound()?;
    /// sender.connect(&path)?;
    /// std::fs::remove_file(&path)?;
    /// sender.send(b"hello")?;
    /// assert_eq!(receiver.recv(&mut [0; 8])?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn connect<P: AsRef<Path>>(&self, path: P) -> io::Result<()> {
        self.connect_addr(&SocketAddr::from_pathname(path)?)
    }

    /// As [`connect`](UnixDatagram::connect), to an address.
    ///
    /// # Errors
    ///
    /// As [`connect`](UnixDatagram::connect).
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::UnixDatagram;
    ///
    /// let receiver = UnixDatagram::bind("")?;
    /// let sender = UnixDatagram::unbound()?;
    /// sender.connect_addr(&receiver.local_addr()?)?;
    /// sender.send(b"hello")?;
    /// assert_eq!(receiver.recv(&mut [0; 8])?, 5);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn connect_addr(&self, socket_addr: &SocketAddr) -> io::Result<()> {
        Ok(rustix::net::connect(self, &address::to_kernel(socket_addr)?)?)
    }

    /// Another handle to the same socket.
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
    /// let socket = gopark_net::UnixDatagram::unbound()?;
    /// assert_eq!(socket.try_clone()?.as_raw_fd(), socket.as_raw_fd());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_clone(&self) -> io::Result<UnixDatagram> {
        Ok(UnixDatagram { connection: Arc::clone(&self.connection) })
    }

    /// The address of this socket; unnamed if it is not bound.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the descriptor, handed in from outside, is no Unix socket.
    ///
    /// # Examples
    ///
    /// ```
    /// let socket = gopark_net::UnixDatagram::bind("")?;
    /// assert!(!socket.local_addr()?.is_unnamed(), "the kernel chooses an abstract name");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        address::local(self.as_fd())
    }

    /// The address of the socket that this one is connected to.
    ///
    /// # Errors
    ///
    /// `NotConnected` if it is not, or not any more.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    ///
    /// let socket = gopark_net::UnixDatagram::unbound()?;
    /// assert_eq!(socket.peer_addr().unwrap_err().kind(), ErrorKind::NotConnected);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        address::peer(self.as_fd())
    }

    /// Shuts down receiving, sending, or both, for all clones at once, and wakes whoever is waiting in a call on that
    /// side: a receiver with `Ok(0)`, a sender with `BrokenPipe`. Who sends to this socket after it was shut down for
    /// receiving gets `BrokenPipe` too.
    ///
    /// # Errors
    ///
    /// Those of shutdown(2). Shutting the same side down again succeeds.
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::{Shutdown, UnixDatagram};
    ///
    /// let socket = UnixDatagram::unbound()?;
    /// socket.shutdown(Shutdown::Read)?;
    /// assert_eq!(socket.recv(&mut [0; 8])?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.connection.shutdown(how)
    }
}

/// Shows descriptor and addresses, in std's order; an address that cannot be had is left out.
impl fmt::Debug for UnixDatagram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        address::show(f, "UnixDatagram", self.as_fd())
    }
}

/// The descriptor, to set options on or to poll. Sending and receiving through it is possible, but may block the
/// thread.
impl AsFd for UnixDatagram {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.connection.as_fd()
    }
}

/// The number of the descriptor, which all clones share.
impl AsRawFd for UnixDatagram {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}
