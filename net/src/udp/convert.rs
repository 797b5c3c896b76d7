//! From and into std's type and plain descriptors.
//!
//! What the kernel holds travels with the descriptor. What is kept here instead, timeouts and the non-blocking flag,
//! is carried over in both directions, except that **into ours, O_NONBLOCK is not taken as the user's wish**: whoever
//! hands a descriptor to a runtime has often set it for that runtime's sake. The new socket waits; call
//! `set_nonblocking` on it if it should not.

use std::os::fd::{IntoRawFd, OwnedFd, RawFd};
use std::sync::Arc;

use super::socket::UdpSocket;
use crate::connection::{Connection, Family};

/// Takes over a datagram socket, with the timeouts set on it. Whether it is one shows in the first call.
///
/// Two system calls.
///
/// # Examples
///
/// ```
/// use std::os::fd::OwnedFd;
/// use gopark_net::UdpSocket;
///
/// let inherited: OwnedFd = std::net::UdpSocket::bind("127.0.0.1:0")?.into();
/// let socket = UdpSocket::from(inherited);
/// assert!(socket.local_addr()?.ip().is_loopback());
/// # Ok::<(), std::io::Error>(())
/// ```
impl From<OwnedFd> for UdpSocket {
    #[track_caller]
    fn from(fd: OwnedFd) -> UdpSocket {
        UdpSocket { connection: Arc::new(Connection::adopt(fd, Family::Udp)) }
    }
}

/// Gives the descriptor out, with the timeouts and the non-blocking flag written to it. Three system calls.
///
/// If other clones are alive, they keep the descriptor, and this is a duplicate of it.
///
/// # Panics
///
/// If it had to be duplicated and the process has run out of descriptors. Where that is to be an error, duplicate
/// first: `socket.as_fd().try_clone_to_owned()`.
///
/// # Examples
///
/// ```
/// use std::os::fd::OwnedFd;
///
/// let socket = gopark_net::UdpSocket::bind("127.0.0.1:0")?;
/// let fd = OwnedFd::from(socket);
/// # drop(fd);
/// # Ok::<(), std::io::Error>(())
/// ```
impl From<UdpSocket> for OwnedFd {
    #[track_caller]
    fn from(socket: UdpSocket) -> OwnedFd {
        Connection::release(socket.connection).expect("duplicating the descriptor of a shared UdpSocket")
    }
}

/// Takes a socket over from std, timeouts included; it waits even if the std socket was non-blocking.
///
/// # Examples
///
/// ```
/// let std = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// let socket = gopark_net::UdpSocket::from(std);
/// # assert!(socket.local_addr().is_ok());
/// # Ok::<(), std::io::Error>(())
/// ```
impl From<std::net::UdpSocket> for UdpSocket {
    #[track_caller]
    fn from(socket: std::net::UdpSocket) -> UdpSocket {
        OwnedFd::from(socket).into()
    }
}

/// Gives a socket to std, timeouts and non-blocking flag included: as [the conversion into a
/// descriptor](#impl-From%3CUdpSocket%3E-for-OwnedFd), with its panic.
///
/// # Examples
///
/// ```
/// let socket = gopark_net::UdpSocket::bind("127.0.0.1:0")?;
/// let std = std::net::UdpSocket::from(socket);
/// # assert!(std.local_addr().is_ok());
/// # Ok::<(), std::io::Error>(())
/// ```
impl From<UdpSocket> for std::net::UdpSocket {
    #[track_caller]
    fn from(socket: UdpSocket) -> std::net::UdpSocket {
        OwnedFd::from(socket).into()
    }
}

/// As the conversion into an [`OwnedFd`]; the caller then has to close it.
impl IntoRawFd for UdpSocket {
    #[track_caller]
    fn into_raw_fd(self) -> RawFd {
        OwnedFd::from(self).into_raw_fd()
    }
}
