//! The face of a TCP connection.

use std::fmt;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gopark_runtime::io::Source;

use super::connect::connected;
use crate::address;
use crate::connection::{Connection, Family};
use crate::resolve::ToSocketAddrs;
use crate::timeout::{expiry_of_connect, refuse_zero};

/// A TCP connection: [`std::net::TcpStream`] for coroutines.
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
/// use gopark_net::{TcpListener, TcpStream};
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let mut client = TcpStream::connect(listener.local_addr()?)?;
/// let (server, _) = listener.accept()?;
///
/// client.write_all(b"hello")?;
/// let mut buf = [0; 16];
/// let n = (&server).read(&mut buf)?;
/// assert!(b"hello".starts_with(&buf[..n]));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct TcpStream {
    pub(crate) connection: Arc<Connection>,
}

impl TcpStream {
    pub(super) fn from_source(source: Source) -> TcpStream {
        TcpStream { connection: Arc::new(Connection::new(source, Family::Tcp)) }
    }

    /// Connects to a remote host, waiting as long as the kernel tries (about two minutes for a host that never
    /// answers; `tcp_syn_retries` in tcp(7)).
    ///
    /// Where `addr` stands for several addresses, they are tried in order until one succeeds. A host name is looked
    /// up first, on a helper thread: see [`ToSocketAddrs`].
    ///
    /// # Errors
    ///
    /// The last address's failure, usually `ConnectionRefused`, `TimedOut` or `NetworkUnreachable`; `InvalidInput`
    /// if `addr` stands for no address; the failure of the lookup.
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// assert_eq!(stream.peer_addr()?, listener.local_addr()?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn connect<A: ToSocketAddrs>(addr: A) -> io::Result<TcpStream> {
        let maker = Location::caller();
        address::first_that_works(addr, |a| connected(a, None, maker)).map(TcpStream::from_source)
    }

    /// Connects to one address, waiting no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if `timeout` is zero, `TimedOut` if it runs out, else as [`connect`](TcpStream::connect).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use gopark_net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect_timeout(&listener.local_addr()?, Duration::from_secs(5))?;
    /// # assert!(stream.peer_addr().is_ok());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn connect_timeout(addr: &SocketAddr, timeout: Duration) -> io::Result<TcpStream> {
        refuse_zero(timeout)?;
        // A timeout that ends after the end of time is none.
        let deadline = Instant::now().checked_add(timeout);
        connected(addr, deadline, Location::caller()).map(TcpStream::from_source).map_err(expiry_of_connect)
    }

    /// The address of the remote end.
    ///
    /// # Errors
    ///
    /// `NotConnected` once the connection has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// assert_eq!(stream.peer_addr()?, listener.local_addr()?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        address::peer(self.as_fd())
    }

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the descriptor, handed in from outside, is no internet socket.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// assert!(stream.local_addr()?.ip().is_loopback());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        address::local(self.as_fd())
    }

    /// Shuts down reading, writing, or both, for all clones at once, and wakes whoever is waiting in a call on that
    /// side: a reader with `Ok(0)` once it has read what was received, a writer with `BrokenPipe`.
    ///
    /// # Errors
    ///
    /// `NotConnected` if the connection has ended. Shutting the same side down again succeeds.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Read;
    /// use gopark_net::{Shutdown, TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let mut stream = TcpStream::connect(listener.local_addr()?)?;
    /// stream.shutdown(Shutdown::Read)?;
    /// assert_eq!(stream.read(&mut [0; 8])?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.connection.shutdown(how)
    }

    /// Another handle to the same connection.
    ///
    /// std duplicates the descriptor; here the clones share it, and its one registration. What std's clones share,
    /// these share too: data, options, timeouts, the end of the stream. They also share
    /// [`set_nonblocking`](TcpStream::set_nonblocking), as duplicates do. The cost is a reference count.
    ///
    /// # Errors
    ///
    /// None; the `Result` is std's.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::fd::AsRawFd;
    /// # use gopark_net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// let clone = stream.try_clone()?;
    /// assert_eq!(clone.as_raw_fd(), stream.as_raw_fd());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_clone(&self) -> io::Result<TcpStream> {
        Ok(TcpStream { connection: Arc::clone(&self.connection) })
    }

    /// Receives without taking: the next read, or peek, sees the same bytes again. Waits until there is at least one
    /// byte, and answers `Ok(0)` at the end of the stream or at once for an empty `buf`.
    ///
    /// # Errors
    ///
    /// As a read: `WouldBlock` after the [read timeout](TcpStream::set_read_timeout), `ConnectionReset` and the like.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// # use gopark_net::{TcpListener, TcpStream};
    /// # let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let mut client = TcpStream::connect(listener.local_addr()?)?;
    /// let (mut server, _) = listener.accept()?;
    /// client.write_all(b"G")?;
    ///
    /// let mut buf = [0; 1];
    /// server.peek(&mut buf)?;
    /// assert_eq!(&buf, b"G");
    /// server.read_exact(&mut buf)?;
    /// assert_eq!(&buf, b"G");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.connection.peek(buf)
    }
}

/// Shows addresses and descriptor, in std's form; an address that cannot be had is left out.
impl fmt::Debug for TcpStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("TcpStream");
        if let Ok(local) = self.local_addr() {
            shown.field("addr", &local);
        }
        if let Ok(peer) = self.peer_addr() {
            shown.field("peer", &peer);
        }
        shown.field("fd", &self.as_raw_fd()).finish()
    }
}

/// The descriptor, to set options on or to poll. Reading and writing through it is possible, but may block the
/// thread.
impl AsFd for TcpStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.connection.as_fd()
    }
}

/// The number of the descriptor, which all clones share.
impl AsRawFd for TcpStream {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}
