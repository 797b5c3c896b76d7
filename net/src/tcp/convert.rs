//! From and into std's types and plain descriptors.
//!
//! What the kernel holds travels with the descriptor. What is kept here instead, timeouts and the non-blocking flag,
//! is carried over in both directions, with two differences:
//!
//! * **Into ours, O_NONBLOCK is not taken as the user's wish.** Whoever hands a descriptor to a runtime has often set
//!   it for that runtime's sake, and a duplicate of one of our own listeners has it for ours. The new socket waits;
//!   call `set_nonblocking` on it if it should not.
//! * **Out of ours, a listener that still has clones keeps O_NONBLOCK**, because the clones cannot do without and
//!   duplicates share it.

use std::os::fd::{IntoRawFd, OwnedFd, RawFd};
use std::sync::Arc;

use rustix::io::ioctl_fionbio;

use super::listener::TcpListener;
use super::stream::TcpStream;
use crate::acceptor::Acceptor;
use crate::connection::{Connection, Family};

/// Takes over a connected stream socket, with the timeouts set on it. Whether it is one shows in the first call.
///
/// Two system calls.
///
/// # Examples
///
/// ```
/// use std::os::fd::OwnedFd;
/// use gopark_net::{TcpListener, TcpStream};
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let inherited: OwnedFd = std::net::TcpStream::connect(listener.local_addr()?)?.into();
/// let stream = TcpStream::from(inherited);
/// assert_eq!(stream.peer_addr()?, listener.local_addr()?);
/// # Ok::<(), std::io::Error>(())
/// ```
impl From<OwnedFd> for TcpStream {
    #[track_caller]
    fn from(fd: OwnedFd) -> TcpStream {
        let connection = Connection::adopt(fd, Family::Tcp);
        TcpStream { connection: Arc::new(connection) }
    }
}

/// Gives the descriptor out, with the timeouts and the non-blocking flag written to it. Three system calls.
///
/// If other clones are alive, they keep the descriptor, and this is a duplicate of it.
///
/// # Panics
///
/// If it had to be duplicated and the process has run out of descriptors. Where that is to be an error, duplicate
/// first: `stream.as_fd().try_clone_to_owned()`.
///
/// # Examples
///
/// ```
/// use std::os::fd::OwnedFd;
/// use gopark_net::{TcpListener, TcpStream};
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let stream = TcpStream::connect(listener.local_addr()?)?;
/// let fd = OwnedFd::from(stream);
/// # drop(fd);
/// # Ok::<(), std::io::Error>(())
/// ```
impl From<TcpStream> for OwnedFd {
    #[track_caller]
    fn from(stream: TcpStream) -> OwnedFd {
        Connection::release(stream.connection).expect("duplicating the descriptor of a shared TcpStream")
    }
}

/// Takes over a listening socket and sets O_NONBLOCK on it. Whether it listens shows in the first accept.
///
/// One system call.
///
/// # Examples
///
/// ```
/// use std::os::fd::OwnedFd;
/// use gopark_net::{TcpListener, TcpStream};
///
/// let inherited: OwnedFd = std::net::TcpListener::bind("127.0.0.1:0")?.into();
/// let listener = TcpListener::from(inherited);
/// # let _client = TcpStream::connect(listener.local_addr()?)?;
/// let (stream, _) = listener.accept()?;
/// # drop(stream);
/// # Ok::<(), std::io::Error>(())
/// ```
impl From<OwnedFd> for TcpListener {
    #[track_caller]
    fn from(fd: OwnedFd) -> TcpListener {
        // FIONBIO is served by the file layer for every open file (ioctl(2)): there is none on which it fails.
        let _ = ioctl_fionbio(&fd, true);
        TcpListener::from_nonblocking_fd(fd)
    }
}

/// Gives the descriptor out, blocking unless [`set_nonblocking`](TcpListener::set_nonblocking) said otherwise. One
/// system call.
///
/// If other clones are alive, they keep the descriptor, and this is a duplicate of it. Then O_NONBLOCK **stays set**:
/// the clones need it and duplicates share it. Drop the clones first, or expect `WouldBlock`.
///
/// # Panics
///
/// If it had to be duplicated and the process has run out of descriptors.
///
/// # Examples
///
/// ```
/// use std::os::fd::OwnedFd;
///
/// let listener = gopark_net::TcpListener::bind("127.0.0.1:0")?;
/// let fd = OwnedFd::from(listener);
/// # drop(fd);
/// # Ok::<(), std::io::Error>(())
/// ```
impl From<TcpListener> for OwnedFd {
    #[track_caller]
    fn from(listener: TcpListener) -> OwnedFd {
        Acceptor::into_fd(listener.acceptor).expect("duplicating the descriptor of a shared TcpListener")
    }
}

/// Takes a stream over from std, timeouts included; it waits even if the std stream was non-blocking.
impl From<std::net::TcpStream> for TcpStream {
    #[track_caller]
    fn from(stream: std::net::TcpStream) -> TcpStream {
        OwnedFd::from(stream).into()
    }
}

/// Gives a stream to std, timeouts and non-blocking flag included: as [the conversion into a
/// descriptor](#impl-From%3CTcpStream%3E-for-OwnedFd), with its panic.
impl From<TcpStream> for std::net::TcpStream {
    #[track_caller]
    fn from(stream: TcpStream) -> std::net::TcpStream {
        OwnedFd::from(stream).into()
    }
}

/// Takes a listener over from std; it waits even if the std listener was non-blocking.
impl From<std::net::TcpListener> for TcpListener {
    #[track_caller]
    fn from(listener: std::net::TcpListener) -> TcpListener {
        OwnedFd::from(listener).into()
    }
}

/// Gives a listener to std: as [the conversion into a descriptor](#impl-From%3CTcpListener%3E-for-OwnedFd), with its
/// panic and its exception for clones.
impl From<TcpListener> for std::net::TcpListener {
    #[track_caller]
    fn from(listener: TcpListener) -> std::net::TcpListener {
        OwnedFd::from(listener).into()
    }
}

/// As the conversion into an [`OwnedFd`]; the caller then has to close it.
impl IntoRawFd for TcpStream {
    #[track_caller]
    fn into_raw_fd(self) -> RawFd {
        OwnedFd::from(self).into_raw_fd()
    }
}

/// As the conversion into an [`OwnedFd`]; the caller then has to close it.
impl IntoRawFd for TcpListener {
    #[track_caller]
    fn into_raw_fd(self) -> RawFd {
        OwnedFd::from(self).into_raw_fd()
    }
}
