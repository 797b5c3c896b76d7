//! The face of a listening socket.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::Arc;

use gopark_runtime::io::Source;

use super::bind::{Options, listening};
use super::stream::TcpStream;
use crate::acceptor::Acceptor;
use crate::address;
use crate::resolve::ToSocketAddrs;

/// A socket that accepts TCP connections: [`std::net::TcpListener`] for coroutines.
///
/// Dropping the last clone stops listening; connections not yet accepted are then reset.
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use gopark_net::{TcpListener, TcpStream};
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// # let _client = TcpStream::connect(listener.local_addr()?)?;
/// for stream in listener.incoming() {
///     stream?.write_all(b"hello")?;
/// #   break;
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct TcpListener {
    pub(super) acceptor: Arc<Acceptor>,
}

impl TcpListener {
    /// Listens on `addr`; port 0 lets the kernel choose one.
    ///
    /// SO_REUSEADDR is set, as std does, so that a server can be restarted at once; the backlog is 4096, cut down by
    /// the kernel to `net.core.somaxconn`. [`builder`](TcpListener::builder) gives the choice. Where `addr` stands
    /// for several addresses, the first that can be bound is used.
    ///
    /// # Errors
    ///
    /// The last address's failure, usually `AddrInUse`, `AddrNotAvailable` or `PermissionDenied`; `InvalidInput` if
    /// `addr` stands for no address; the failure of a lookup, see [`ToSocketAddrs`].
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::TcpListener;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// assert_ne!(listener.local_addr()?.port(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn bind<A: ToSocketAddrs>(addr: A) -> io::Result<TcpListener> {
        TcpListener::bind_with(addr, Options::default())
    }

    #[track_caller]
    pub(super) fn bind_with(addr: impl ToSocketAddrs, options: Options) -> io::Result<TcpListener> {
        let fd = address::first_that_works(addr, |a| listening(a, options))?;
        Ok(TcpListener::from_nonblocking_fd(fd))
    }

    /// `fd` must have O_NONBLOCK set.
    #[track_caller]
    pub(super) fn from_nonblocking_fd(fd: OwnedFd) -> TcpListener {
        TcpListener { acceptor: Arc::new(Acceptor::from_nonblocking_fd(fd)) }
    }

    /// The address that is listened on: with the port, if the kernel was to choose one.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the descriptor, handed in from outside, is no internet socket.
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::TcpListener;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// assert!(listener.local_addr()?.ip().is_loopback());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        address::local(self.as_fd())
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
    /// use gopark_net::TcpListener;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// assert_eq!(listener.try_clone()?.local_addr()?, listener.local_addr()?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_clone(&self) -> io::Result<TcpListener> {
        Ok(TcpListener { acceptor: Arc::clone(&self.acceptor) })
    }

    /// Waits for a connection and takes it: one accept4(2) if one is there already, and one allocation.
    ///
    /// # Errors
    ///
    /// Those of accept(2). An error concerns one connection or one moment, not the listener: go on accepting.
    /// After EMFILE, ENFILE, ENOBUFS and ENOMEM, which say that descriptors or memory have run out, the call pauses
    /// before it answers: 5 ms, doubled each time in a row up to one second, so a loop that ignores errors
    /// does not spin. A [non-blocking](TcpListener::set_nonblocking) listener never pauses, and answers
    /// `WouldBlock` where no connection is there.
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let client = TcpStream::connect(listener.local_addr()?)?;
    /// let (server, from) = listener.accept()?;
    /// assert_eq!(from, client.local_addr()?);
    /// # drop(server);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let (fd, from) = self.acceptor.accept()?;
        Ok((TcpStream::from_source(Source::new(fd)), address::from_kernel(from)?))
    }
}

/// Shows address and descriptor, in std's form.
impl fmt::Debug for TcpListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("TcpListener");
        if let Ok(local) = self.local_addr() {
            shown.field("addr", &local);
        }
        shown.field("fd", &self.as_raw_fd()).finish()
    }
}

/// The descriptor, to set options on or to poll. Do not clear its O_NONBLOCK: accept would block its thread.
impl AsFd for TcpListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.acceptor.as_fd()
    }
}

/// The number of the descriptor, which all clones share.
impl AsRawFd for TcpListener {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}
