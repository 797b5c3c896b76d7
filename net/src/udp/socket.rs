//! The face of a UDP socket.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::Arc;

use gopark_runtime::io::Source;
use rustix::io::retry_on_intr;
use rustix::net::{SocketFlags, SocketType, socket_with};

use crate::address;
use crate::connection::{Connection, Family};
use crate::resolve::ToSocketAddrs;

/// A UDP socket: [`std::net::UdpSocket`] for coroutines.
///
/// A bound socket exchanges datagrams with anybody, by [`send_to`](UdpSocket::send_to) and
/// [`recv_from`](UdpSocket::recv_from); one that is also [connected](UdpSocket::connect) has a single peer, for
/// [`send`](UdpSocket::send) and [`recv`](UdpSocket::recv). All calls take `&self`, so several coroutines may send
/// and receive at once, through one reference or through clones. Dropping the last clone closes the socket.
///
/// UDP promises no delivery, no order and no single copy; a datagram that arrives is whole.
///
/// # Cost
///
/// One allocation of at most 64 bytes, shared by the clones. Nothing is registered with the poller until a call
/// has to wait.
///
/// # Examples
///
/// ```
/// use gopark_net::UdpSocket;
///
/// let server = UdpSocket::bind("127.0.0.1:0")?;
/// let client = UdpSocket::bind("127.0.0.1:0")?;
/// client.send_to(b"ping", server.local_addr()?)?;
///
/// let mut buf = [0; 16];
/// let (count, from) = server.recv_from(&mut buf)?;
/// assert_eq!((&buf[..count], from), (&b"ping"[..], client.local_addr()?));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct UdpSocket {
    pub(super) connection: Arc<Connection>,
}

impl UdpSocket {
    /// A socket bound to `addr`; port 0 lets the kernel choose one.
    ///
    /// Where `addr` stands for several addresses, the first that can be bound is used. A host name is looked up
    /// first, on a helper thread: see [`ToSocketAddrs`].
    ///
    /// # Errors
    ///
    /// The last address's failure, usually `AddrInUse`, `AddrNotAvailable` or `PermissionDenied`; `InvalidInput` if
    /// `addr` stands for no address; the failure of the lookup.
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// assert_ne!(socket.local_addr()?.port(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn bind<A: ToSocketAddrs>(addr: A) -> io::Result<UdpSocket> {
        let source = Source::new(address::first_that_works(addr, bound)?);
        Ok(UdpSocket { connection: Arc::new(Connection::new(source, Family::Udp)) })
    }

    /// Makes `addr` the peer, for all clones: [`send`](UdpSocket::send) goes there, and from now on only its datagrams
    /// come in. Those of others that came in before stay in the queue.
    ///
    /// Nothing is sent and nobody is asked, so this never waits (but for the lookup of a name) and does not tell
    /// whether anybody is there. Called again, it changes the peer. Where `addr` stands for several addresses, the
    /// first that the kernel accepts is used.
    ///
    /// # Errors
    ///
    /// The last address's failure, usually `NetworkUnreachable`; `InvalidInput` if `addr` stands for no address; the
    /// failure of the lookup.
    ///
    /// # Examples
    ///
    /// ```
    /// use gopark_net::UdpSocket;
    ///
    /// let server = UdpSocket::bind("127.0.0.1:0")?;
    /// let client = UdpSocket::bind("127.0.0.1:0")?;
    /// client.connect(server.local_addr()?)?;
    /// assert_eq!(client.peer_addr()?, server.local_addr()?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn connect<A: ToSocketAddrs>(&self, addr: A) -> io::Result<()> {
        address::first_that_works(addr, |peer| Ok(retry_on_intr(|| rustix::net::connect(self, peer))?))
    }

    /// The address of the peer that [`connect`](UdpSocket::connect) has set.
    ///
    /// # Errors
    ///
    /// `NotConnected` if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use gopark_net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// assert_eq!(socket.peer_addr().unwrap_err().kind(), ErrorKind::NotConnected);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        address::peer(self.as_fd())
    }

    /// The address that the socket is bound to. Connecting makes it definite where it was `0.0.0.0` or `[::]`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the descriptor, handed in from outside, is no internet socket.
    ///
    /// # Examples
    ///
    /// ```
    /// # use gopark_net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// assert!(socket.local_addr()?.ip().is_loopback());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        address::local(self.as_fd())
    }

    /// Another handle to the same socket.
    ///
    /// std duplicates the descriptor; here the clones share it, and its one registration. What std's clones share,
    /// these share too: datagrams, peer, options, timeouts, and [`set_nonblocking`](UdpSocket::set_nonblocking). The
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
    /// # use gopark_net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0")?;
    /// let clone = socket.try_clone()?;
    /// assert_eq!(clone.as_raw_fd(), socket.as_raw_fd());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_clone(&self) -> io::Result<UdpSocket> {
        Ok(UdpSocket { connection: Arc::clone(&self.connection) })
    }
}

/// Shows address and descriptor, in std's form; an address that cannot be had is left out.
impl fmt::Debug for UdpSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("UdpSocket");
        if let Ok(local) = self.local_addr() {
            shown.field("addr", &local);
        }
        shown.field("fd", &self.as_raw_fd()).finish()
    }
}

/// The descriptor, to set options on or to poll. Sending and receiving through it is possible, but may block the
/// thread.
impl AsFd for UdpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.connection.as_fd()
    }
}

/// The number of the descriptor, which all clones share.
impl AsRawFd for UdpSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

/// A descriptor that is bound to `address`.
fn bound(address: &SocketAddr) -> io::Result<OwnedFd> {
    let fd = socket_with(address::family(address), SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    rustix::net::bind(&fd, address)?;
    Ok(fd)
}
