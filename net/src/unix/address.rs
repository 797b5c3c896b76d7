//! Between std's addresses and the kernel's.
//!
//! std lets nobody see the bytes of its [`SocketAddr`], nor make one from them, so each kind is taken apart and put
//! together again by its own constructor.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use rustix::net::{SocketAddrAny, SocketAddrUnix, getpeername, getsockname};

/// The length of an address whose path fills `sun_path` (unix(7)) and its last zero too.
const FULL: u32 = 110;

/// The length of an address that is nothing but its family: that of a socket without a name.
const NAMELESS: u32 = 2;

/// `address` for the kernel.
pub(super) fn to_kernel(address: &SocketAddr) -> io::Result<SocketAddrUnix> {
    if let Some(path) = address.as_pathname() {
        return Ok(SocketAddrUnix::new(path)?);
    }
    match address.as_abstract_name() {
        Some(name) => Ok(SocketAddrUnix::new_abstract_name(name)?),
        None => Ok(SocketAddrUnix::new_unnamed()),
    }
}

/// Where `socket` is bound.
pub(super) fn local(socket: BorrowedFd<'_>) -> io::Result<SocketAddr> {
    match getsockname(socket)? {
        long if is_too_long(&long) => std_s_view(socket)?.local_addr(),
        address => from_kernel(Some(address)),
    }
}

/// Whom `socket` is connected to.
pub(super) fn peer(socket: BorrowedFd<'_>) -> io::Result<SocketAddr> {
    match getpeername(socket)? {
        Some(long) if is_too_long(&long) => std_s_view(socket)?.peer_addr(),
        address => from_kernel(address),
    }
}

/// Whom `accepted` comes from, which accept has answered with `address`.
pub(super) fn of_accepted(
    accepted: BorrowedFd<'_>,
    address: Option<SocketAddrAny>,
) -> io::Result<SocketAddr> {
    if address.as_ref().is_some_and(is_too_long) { peer(accepted) } else { from_kernel(address) }
}

/// Whom a datagram comes from. It has been taken from the queue already, so a sender that cannot be named must not
/// be an error.
pub(super) fn of_sender(address: Option<SocketAddrAny>) -> io::Result<SocketAddr> {
    from_kernel(address.filter(|address| !is_too_long(address)))
}

/// `Debug` of all three types: the descriptor, and what addresses can be had.
pub(super) fn show(f: &mut fmt::Formatter<'_>, name: &str, socket: BorrowedFd<'_>) -> fmt::Result {
    let mut shown = f.debug_struct(name);
    shown.field("fd", &socket.as_raw_fd());
    if let Ok(local) = local(socket) {
        shown.field("local", &local);
    }
    if let Ok(peer) = peer(socket) {
        shown.field("peer", &peer);
    }
    shown.finish()
}

/// No address at all is what the kernel answers for a socket without a name.
///
/// Only a descriptor that was handed in from outside and is no Unix socket can have another family.
fn from_kernel(address: Option<SocketAddrAny>) -> io::Result<SocketAddr> {
    // std's way to say that there is no name is the empty path.
    let Some(address) = address else { return SocketAddr::from_pathname("") };
    let is_nameless = address.addr_len() == NAMELESS;
    let address = SocketAddrUnix::try_from(address).map_err(|_| {
        io::Error::new(io::ErrorKind::InvalidInput, "file descriptor did not correspond to a Unix socket")
    })?;
    match address.abstract_name() {
        Some(name) if !is_nameless => SocketAddr::from_abstract_name(name),
        _ => {
            SocketAddr::from_pathname(OsStr::from_bytes(until_zero(address.path_bytes().unwrap_or_default())))
        }
    }
}

/// rustix leaves the zero at the end of a path that fills `sun_path` with it.
fn until_zero(path: &[u8]) -> &[u8] {
    path.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A path of 108 bytes, with the zero that the kernel appends: it fits into no constructor.
fn is_too_long(address: &SocketAddrAny) -> bool {
    address.addr_len() > FULL
}

/// std reads such an address where it asks for it itself. Which of its types does not matter.
fn std_s_view(socket: BorrowedFd<'_>) -> io::Result<UnixDatagram> {
    Ok(socket.try_clone_to_owned()?.into())
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use rustix::net::{AddressFamily, SocketType, bind, socket};

    use super::*;

    fn back_and_forth(address: &SocketAddr) -> SocketAddr {
        from_kernel(Some(to_kernel(address).unwrap().into())).unwrap()
    }

    #[test]
    fn each_kind_survives() {
        let path = SocketAddr::from_pathname("/a/b").unwrap();
        assert_eq!(back_and_forth(&path).as_pathname(), path.as_pathname());
        let longest = SocketAddr::from_pathname("x".repeat(107)).unwrap();
        assert_eq!(back_and_forth(&longest).as_pathname(), longest.as_pathname());

        for name in [&b""[..], b"name", b"with\0zero", &[b'x'; 107]] {
            let address = SocketAddr::from_abstract_name(name).unwrap();
            assert_eq!(back_and_forth(&address).as_abstract_name(), Some(name));
        }

        let unnamed = SocketAddr::from_pathname("").unwrap();
        assert!(back_and_forth(&unnamed).is_unnamed());
        assert!(from_kernel(None).unwrap().is_unnamed());
    }

    #[test]
    fn a_path_too_long_for_std_is_read_all_the_same() {
        let folder = std::env::temp_dir();
        let begin = format!("{}/gopark-{}-", folder.display(), std::process::id());
        let path = format!("{begin}{}", "x".repeat(108 - begin.len()));
        let fd = socket(AddressFamily::UNIX, SocketType::DGRAM, None).unwrap();
        bind(&fd, &SocketAddrUnix::new(&*path).unwrap()).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(local(fd.as_fd()).unwrap().as_pathname().unwrap().to_str(), Some(&*path));
        assert!(of_sender(Some(getsockname(&fd).unwrap())).unwrap().is_unnamed());
    }

    #[test]
    fn another_family_is_invalid_input() {
        let inet = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        assert_eq!(local(inet.as_fd()).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
