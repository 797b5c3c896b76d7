//! From descriptors by number, as std's types are made.
#![allow(unsafe_code)]

use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use crate::tcp::{TcpListener, TcpStream};
use crate::udp::UdpSocket;
use crate::unix::{UnixDatagram, UnixListener, UnixStream};

macro_rules! from_raw_fd {
    ($($type:ident),+) => {
        $(
            /// As from an [`OwnedFd`].
            ///
            /// # Safety
            ///
            /// As for [`OwnedFd`]: the descriptor is open, and nobody else's to close.
            ///
            /// # Examples
            ///
            /// ```
            /// use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd};
            /// use gopark_net::UnixStream;
            ///
            /// let (here, there) = UnixStream::pair()?;
            /// let number = here.into_raw_fd();
            /// // SAFETY: `here` has given it up.
            /// let here = unsafe { UnixStream::from_raw_fd(number) };
            /// assert_eq!(here.as_raw_fd(), number);
            /// # drop(there);
            /// # Ok::<(), std::io::Error>(())
            /// ```
            impl FromRawFd for $type {
                unsafe fn from_raw_fd(fd: RawFd) -> $type {
                    // SAFETY: the caller's promise.
                    unsafe { OwnedFd::from_raw_fd(fd) }.into()
                }
            }
        )+
    };
}

from_raw_fd!(TcpStream, TcpListener, UdpSocket, UnixStream, UnixListener, UnixDatagram);
