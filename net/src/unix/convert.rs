//! From and into std's types and plain descriptors.
//!
//! As for TCP: timeouts travel with the descriptor in both directions; O_NONBLOCK of a descriptor that comes in is not
//! taken as the user's wish, and what goes out has it if the user has asked for it, or if it is a listener's whose
//! clones cannot do without.

use std::os::fd::{IntoRawFd, OwnedFd, RawFd};
use std::os::unix::net;
use std::sync::Arc;

use rustix::io::ioctl_fionbio;

use super::datagram::UnixDatagram;
use super::listener::UnixListener;
use super::stream::UnixStream;
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
/// use gopark_net::UnixStream;
///
/// let (inherited, _there) = std::os::unix::net::UnixStream::pair()?;
/// let stream = UnixStream::from(OwnedFd::from(inherited));
/// assert!(stream.peer_addr()?.is_unnamed());
/// # Ok::<(), std::io::Error>(())
/// ```
impl From<OwnedFd> for UnixStream {
    #[track_caller]
    fn from(fd: OwnedFd) -> UnixStream {
        UnixStream { connection: Arc::new(Connection::adopt(fd, Family::Unix)) }
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
///
/// let (stream, _there) = gopark_net::UnixStream::pair()?;
/// let fd = OwnedFd::from(stream);
/// # drop(fd);
/// # Ok::<(), std::io::Error>(())
/// ```
impl From<UnixStream> for OwnedFd {
    #[track_caller]
    fn from(stream: UnixStream) -> OwnedFd {
        Connection::release(stream.connection).expect("duplicating the descriptor of a shared UnixStream")
    }
}

/// Takes a stream over from std, timeouts included; it waits even if std's was non-blocking.
impl From<net::UnixStream> for UnixStream {
    #[track_caller]
    fn from(stream: net::UnixStream) -> UnixStream {
        OwnedFd::from(stream).into()
    }
}

/// Gives a stream to std, timeouts and non-blocking flag included: as [the conversion into a
/// descriptor](#impl-From%3CUnixStream%3E-for-OwnedFd), with its panic.
impl From<UnixStream> for net::UnixStream {
    #[track_caller]
    fn from(stream: UnixStream) -> net::UnixStream {
        OwnedFd::from(stream).into()
    }
}

/// As the conversion into an [`OwnedFd`]; the caller then has to close it.
impl IntoRawFd for UnixStream {
    #[track_caller]
    fn into_raw_fd(self) -> RawFd {
        OwnedFd::from(self).into_raw_fd()
    }
}

/// Takes over a datagram socket, with the timeouts set on it. Whether it is one shows in the first call.
///
/// Two system calls.
///
/// # Examples
///
/// ```
/// use std::os::fd::OwnedFd;
/// use gopark_net::UnixDatagram;
///
/// let (inherited, _there) = std::os::unix::net::UnixDatagram::pair()?;
/// let socket = UnixDatagram::from(OwnedFd::from(inherited));
/// assert!(socket.peer_addr()?.is_unnamed());
/// # Ok::<(), std::io::Error>(())
/// ```
impl From<OwnedFd> for UnixDatagram {
    #[track_caller]
    fn from(fd: OwnedFd) -> UnixDatagram {
        UnixDatagram { connection: Arc::new(Connection::adopt(fd, Family::Unix)) }
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
/// let (socket, _there) = gopark_net::UnixDatagram::pair()?;
/// let fd = OwnedFd::from(socket);
/// # drop(fd);
/// # Ok::<(), std::io::Error>(())
/// ```
impl From<UnixDatagram> for OwnedFd {
    #[track_caller]
    fn from(socket: UnixDatagram) -> OwnedFd {
        Connection::release(socket.connection).expect("duplicating the descriptor of a shared UnixDatagram")
    }
}

/// Takes a socket over from std, timeouts included; it waits even if std's was non-blocking.
impl From<net::UnixDatagram> for UnixDatagram {
    #[track_caller]
    fn from(socket: net::UnixDatagram) -> UnixDatagram {
        OwnedFd::from(socket).into()
    }
}

/// Gives a socket to std, timeouts and non-blocking flag included: as [the conversion into a
/// descriptor](#impl-From%3CUnixDatagram%3E-for-OwnedFd), with its panic.
impl From<UnixDatagram> for net::UnixDatagram {
    #[track_caller]
    fn from(socket: UnixDatagram) -> net::UnixDatagram {
        OwnedFd::from(socket).into()
    }
}

/// As the conversion into an [`OwnedFd`]; the caller then has to close it.
impl IntoRawFd for UnixDatagram {
    #[track_caller]
    fn into_raw_fd(self) -> RawFd {
        OwnedFd::from(self).into_raw_fd()
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
/// use gopark_net::{UnixListener, UnixStream};
///
/// let inherited: OwnedFd = std::os::unix::net::UnixListener::bind("")?.into();
/// let listener = UnixListener::from(inherited);
/// # let _client = UnixStream::connect_addr(&listener.local_addr()?)?;
/// let (stream, _) = listener.accept()?;
/// # drop(stream);
/// # Ok::<(), std::io::Error>(())
/// ```
impl From<OwnedFd> for UnixListener {
    #[track_caller]
    fn from(fd: OwnedFd) -> UnixListener {
        // FIONBIO is served by the file layer for every open file (ioctl(2)): there is none on which it fails.
        let _ = ioctl_fionbio(&fd, true);
        UnixListener::from_nonblocking_fd(fd)
    }
}

/// Gives the descriptor out, blocking unless [`set_nonblocking`](UnixListener::set_nonblocking) said otherwise. One
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
/// let listener = gopark_net::UnixListener::bind("")?;
/// let fd = OwnedFd::from(listener);
/// # drop(fd);
/// # Ok::<(), std::io::Error>(())
/// ```
impl From<UnixListener> for OwnedFd {
    #[track_caller]
    fn from(listener: UnixListener) -> OwnedFd {
        Acceptor::into_fd(listener.acceptor).expect("duplicating the descriptor of a shared UnixListener")
    }
}

/// Takes a listener over from std; it waits even if the std listener was non-blocking.
impl From<net::UnixListener> for UnixListener {
    #[track_caller]
    fn from(listener: net::UnixListener) -> UnixListener {
        OwnedFd::from(listener).into()
    }
}

/// Gives a listener to std: as [the conversion into a descriptor](#impl-From%3CUnixListener%3E-for-OwnedFd), with its
/// panic and its exception for clones.
impl From<UnixListener> for net::UnixListener {
    #[track_caller]
    fn from(listener: UnixListener) -> net::UnixListener {
        OwnedFd::from(listener).into()
    }
}

/// As the conversion into an [`OwnedFd`]; the caller then has to close it.
impl IntoRawFd for UnixListener {
    #[track_caller]
    fn into_raw_fd(self) -> RawFd {
        OwnedFd::from(self).into_raw_fd()
    }
}
