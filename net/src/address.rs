//! Addresses: trying several in turn, and reading the kernel's back into std's.

use std::io;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;

use rustix::net::{AddressFamily, SocketAddrAny, getpeername, getsockname};

use crate::resolve::ToSocketAddrs;

/// Calls `attempt` with each address that `addresses` stands for, until one succeeds.
///
/// As in std: of several failures the last is returned, and a name that stands for no address at all is
/// `InvalidInput`.
pub(crate) fn first_that_works<T>(
    addresses: impl ToSocketAddrs,
    mut attempt: impl FnMut(&SocketAddr) -> io::Result<T>,
) -> io::Result<T> {
    let mut last_error = None;
    for address in addresses.to_socket_addrs()? {
        match attempt(&address) {
            Ok(done) => return Ok(done),
            Err(e) => last_error = Some(e),
        }
    }
    Err(last_error
        .unwrap_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "could not resolve to any addresses")))
}

/// The family of a socket that is to be bound or connected to `address`.
pub(crate) fn family(address: &SocketAddr) -> AddressFamily {
    match address {
        SocketAddr::V4(_) => AddressFamily::INET,
        SocketAddr::V6(_) => AddressFamily::INET6,
    }
}

/// Where `socket` is bound.
pub(crate) fn local(socket: BorrowedFd<'_>) -> io::Result<SocketAddr> {
    from_kernel(Some(getsockname(socket)?))
}

/// Whom `socket` is connected to.
pub(crate) fn peer(socket: BorrowedFd<'_>) -> io::Result<SocketAddr> {
    from_kernel(getpeername(socket)?)
}

/// Reads an address that the kernel wrote.
///
/// Only a descriptor that was handed in from outside and is no internet socket at all can have another family:
/// std answers `InvalidInput` to that, and so do we.
pub(crate) fn from_kernel(address: Option<SocketAddrAny>) -> io::Result<SocketAddr> {
    address
        .and_then(|any| SocketAddr::try_from(any).ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "invalid argument"))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn three() -> [SocketAddr; 3] {
        [1, 2, 3].map(|port| SocketAddr::from(([127, 0, 0, 1], port)))
    }

    #[test]
    fn stops_at_the_first_success() {
        let tried = RefCell::new(Vec::new());
        let port = first_that_works(&three()[..], |a| {
            tried.borrow_mut().push(a.port());
            if a.port() == 2 { Ok(a.port()) } else { Err(io::ErrorKind::AddrInUse.into()) }
        });
        assert_eq!(port.unwrap(), 2);
        assert_eq!(*tried.borrow(), [1, 2]);
    }

    #[test]
    fn of_several_failures_the_last_counts() {
        let failure = first_that_works(&three()[..], |a| -> io::Result<()> {
            Err(io::Error::other(format!("port {}", a.port())))
        });
        assert_eq!(failure.unwrap_err().to_string(), "port 3");
    }

    #[test]
    fn no_address_is_invalid_input() {
        let none: &[SocketAddr] = &[];
        let failure = first_that_works(none, |_| -> io::Result<()> { unreachable!("there is none to try") });
        assert_eq!(failure.unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
