//! Whom a socket is connected to, by its number.
#![allow(unsafe_code)]

use std::net::SocketAddr;
use std::os::fd::{BorrowedFd, RawFd};

use rustix::net::{SocketAddrAny, SocketAddrUnix, getpeername, getsockname};

/// The addresses of the socket with this number, its own and its peer's; by the time of the answer it may be closed, or
/// another one.
pub(crate) fn names(socket: RawFd) -> (Option<String>, Option<String>) {
    if socket < 0 {
        return (None, None);
    }
    // SAFETY: used for two questions, which change nothing, and which the kernel refuses where nothing is open.
    let socket = unsafe { BorrowedFd::borrow_raw(socket) };
    (getsockname(socket).ok().and_then(name), getpeername(socket).ok().flatten().and_then(name))
}

fn name(address: SocketAddrAny) -> Option<String> {
    if let Ok(address) = SocketAddr::try_from(address.clone()) {
        return Some(address.to_string());
    }
    let address = SocketAddrUnix::try_from(address).ok()?;
    let path = address.path_bytes().or(address.abstract_name())?;
    Some(String::from_utf8_lossy(path).into_owned()).filter(|path| !path.is_empty())
}
