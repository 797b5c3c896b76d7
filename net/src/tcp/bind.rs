//! Making a descriptor that listens.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;

use rustix::net::sockopt::{set_socket_reuseaddr, set_socket_reuseport};
use rustix::net::{SocketFlags, SocketType, bind, listen, socket_with};

use crate::address;

/// How many connections may wait to be accepted, when nobody says otherwise.
///
/// Connections beyond it have their SYN dropped and try again after a second. listen(2) cuts the number down to
/// `/proc/sys/net/core/somaxconn`, which is 4096 as well since Linux 5.4.
pub(super) const BACKLOG: u32 = 4096;

/// What can be chosen about a listening socket before it is bound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    pub(super) backlog: u32,
    pub(super) reuse_port: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { backlog: BACKLOG, reuse_port: false }
    }
}

/// A socket that listens on `address`, with O_NONBLOCK set.
///
/// accept4(2) has no flag like MSG_DONTWAIT: its only way not to block is O_NONBLOCK on the listening descriptor.
/// (Its SOCK_NONBLOCK flag is about the new socket.)
pub(super) fn listening(address: &SocketAddr, options: Options) -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let fd = socket_with(address::family(address), SocketType::STREAM, flags, None)?;
    // As std does: without it a server could not be restarted while connections of its predecessor are in
    // TIME-WAIT (RFC 9293, 3.6.1). On Linux it does not let two sockets listen on one port.
    set_socket_reuseaddr(&fd, true)?;
    if options.reuse_port {
        set_socket_reuseport(&fd, true)?;
    }
    bind(&fd, address)?;
    listen(&fd, i32::try_from(options.backlog).unwrap_or(i32::MAX))?;
    Ok(fd)
}
