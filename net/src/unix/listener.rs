//! The face of a listening socket, and what can be set on it.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use gopark_runtime::io::Source;
use rustix::io::Errno;
use rustix::net::sockopt;

use super::address;
use super::open::listening;
use super::shut_down::is_shut_down;
use super::stream::UnixStream;
use crate::acceptor::Acceptor;

/// A Unix socket that accepts connections: [`std::os::unix::net::UnixListener`] for coroutines.
///
/// Dropping the last clone stops listening; connections not yet accepted are then reset. The file at its path stays,
/// as it does in std: who binds that path again has to remove it first.
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use gopark_net::{UnixListener, UnixStream};
///
/// let path = std::env::temp_dir().join(format!("gopark-{}-listener", std::process::id()));
/// let listener = UnixListener::bind(&path)?;
/// # let _client = UnixStream::connect(&path)?;
/// for stream in listener.incoming() {
///     stream?.write_all(b"hello")?;
/// #   break;
/// }
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct UnixListener {
    pub(super) acceptor: Arc<Acceptor>,
}

impl UnixListener {
    /// Listens on a path, where it makes a file. The backlog is 4096, cut down by the kernel to
    /// `net.core.somaxconn`.
    ///
    /// # Errors
    ///
    /// `AddrInUse` if there is a file already, whether somebody listens on it or not; `NotFound` if there is no such
    /// folder; `InvalidInput` if `path` is longer than 107 bytes or has a zero in it; others of bind(2).
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::UnixListener;
    ///
    /// let path = std::env::temp_dir().join(format!("gopark-{}-bind", std::process::id()));
    /// let listener = UnixListener::bind(&path)?;
    /// assert_eq!(listener.local_addr()?.as_pathname(), Some(&*path));
    /// std::fs::remove_file(&path)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<UnixListener> {
        UnixListener::bind_addr(&SocketAddr::from_pathname(path)?)
    }

    /// Listens on an address, which may be an abstract one: that needs no file, and is gone with the last clone.
    ///
    /// # Errors
    ///
    /// As [`bind`](UnixListener::bind).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::linux::net::SocketAddrExt;
    /// use gopark_net::{UnixListener, unix::SocketAddr};
    ///
    /// let name = format!("gopark-{}-bind-addr", std::process::id());
    /// let listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
    /// assert_eq!(listener.local_addr()?.as_abstract_name(), Some(name.as_bytes()));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn bind_addr(socket_addr: &SocketAddr) -> io::Result<UnixListener> {
        Ok(UnixListener::from_nonblocking_fd(listening(socket_addr)?))
    }

    /// `fd` must have O_NONBLOCK set.
    #[track_caller]
    pub(super) fn from_nonblocking_fd(fd: OwnedFd) -> UnixListener {
        UnixListener { acceptor: Arc::new(Acceptor::from_nonblocking_fd(fd)) }
    }

    /// Waits for a connection and takes it: one accept4(2) if one is there already, and one allocation. The address is
    /// the client's, which seldom has one.
    ///
    /// # Errors
    ///
    /// Those of accept(2). An error concerns one connection or one moment, not the listener: go on accepting.
    /// After EMFILE, ENFILE, ENOBUFS and ENOMEM, which say that descriptors or memory have run out, the call pauses
    /// before it answers: 5 ms, doubled each time in a row up to one second, so a loop that ignores errors
    /// does not spin. A [non-blocking](UnixListener::set_nonblocking) listener never pauses, and answers
    /// `WouldBlock` where no connection is there.
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::{UnixListener, UnixStream};
    ///
    /// let path = std::env::temp_dir().join(format!("gopark-{}-accept", std::process::id()));
    /// let listener = UnixListener::bind(&path)?;
    /// let client = UnixStream::connect(&path)?;
    /// let (server, from) = listener.accept()?;
    /// assert!(from.is_unnamed());
    /// # drop((client, server));
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        let (fd, from) = self.acceptor.accept_unless(|listener| match is_shut_down(listener)? {
            true => Err(Errno::INVAL.into()),
            false => Ok(()),
        })?;
        let from = address::of_accepted(fd.as_fd(), from)?;
        Ok((UnixStream::from_source(Source::new(fd)), from))
    }

    /// Another handle to the same listener: the same descriptor and one registration, at the cost of a reference
    /// count. Each connection goes to one of those who accept.
    ///
    /// # Errors
    ///
    /// None; the `Result` is std's.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::fd::AsRawFd;
    /// use gopark_net::UnixListener;
    ///
    /// let path = std::env::temp_dir().join(format!("gopark-{}-try-clone", std::process::id()));
    /// let listener = UnixListener::bind(&path)?;
    /// assert_eq!(listener.try_clone()?.as_raw_fd(), listener.as_raw_fd());
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_clone(&self) -> io::Result<UnixListener> {
        Ok(UnixListener { acceptor: Arc::clone(&self.acceptor) })
    }

    /// The address that is listened on.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the descriptor, handed in from outside, is no Unix socket.
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::UnixListener;
    ///
    /// let listener = UnixListener::bind("")?;
    /// assert!(!listener.local_addr()?.is_unnamed(), "the kernel chooses an abstract name");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        address::local(self.as_fd())
    }

    /// Makes [`accept`](UnixListener::accept) answer `WouldBlock` instead of waiting; one that waits already goes on
    /// waiting.
    ///
    /// This is a flag of the listener, shared by all clones, and never fails. The descriptor's O_NONBLOCK stays set
    /// in either case.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    ///
    /// let listener = gopark_net::UnixListener::bind("")?;
    /// listener.set_nonblocking(true)?;
    /// assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.acceptor.set_nonblocking(nonblocking);
        Ok(())
    }

    /// Ends every [`accept`](UnixListener::accept) at `deadline`, those under way and those to come, until another one is set; `None`
    /// is none. They answer `TimedOut`. Shared by all clones; no system call.
    ///
    /// # Errors
    ///
    /// None.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// let listener = gopark_net::UnixListener::bind("")?;
    /// listener.set_deadline(Some(Instant::now() + Duration::from_millis(5)))?;
    /// assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_deadline(&self, deadline: Option<Instant>) -> io::Result<()> {
        self.acceptor.set_deadline(deadline);
        Ok(())
    }

    /// Reads and clears the error that the socket has met (`SO_ERROR` in socket(7)).
    ///
    /// # Errors
    ///
    /// Those of getsockopt(2); the socket's own error is the value.
    ///
    /// # Examples
    ///
    /// ```
    /// let listener = gopark_net::UnixListener::bind("")?;
    /// assert!(listener.take_error()?.is_none());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        Ok(sockopt::socket_error(self)?.err().map(io::Error::from))
    }
}

/// Shows descriptor and address, in std's order.
impl fmt::Debug for UnixListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        address::show(f, "UnixListener", self.as_fd())
    }
}

/// The descriptor, to set options on or to poll. Do not clear its O_NONBLOCK: accept would block its thread.
impl AsFd for UnixListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.acceptor.as_fd()
    }
}

/// The number of the descriptor, which all clones share.
impl AsRawFd for UnixListener {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}
