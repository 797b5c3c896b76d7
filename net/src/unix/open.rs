//! Making descriptors that listen, are connected, or are bound.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::SocketAddr;

use gopark_runtime::io::Source;
use rustix::io::{Errno, ioctl_fionbio, retry_on_intr};
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, listen, socket_with, socketpair};

use super::address::to_kernel;
use super::retry::until_there_is_room;

/// How many connections may wait to be accepted. listen(2) cuts it down to `/proc/sys/net/core/somaxconn`, which is
/// 4096 as well since Linux 5.4.
const BACKLOG: i32 = 4096;

/// A socket that listens on `address`, with O_NONBLOCK set: accept4(2) knows no MSG_DONTWAIT.
pub(super) fn listening(address: &SocketAddr) -> io::Result<OwnedFd> {
    let address = to_kernel(address)?;
    let fd = new_socket(SocketType::STREAM, SocketFlags::NONBLOCK)?;
    bind(&fd, &address)?;
    listen(&fd, BACKLOG)?;
    Ok(fd)
}

/// A stream connected to `address`, with O_NONBLOCK cleared again.
///
/// A Unix socket is connected at once or not at all: there is no handshake to wait for, only a queue with room in it.
#[track_caller]
pub(super) fn connected(address: &SocketAddr) -> io::Result<Source> {
    let address = to_kernel(address)?;
    let fd = new_socket(SocketType::STREAM, SocketFlags::NONBLOCK)?;
    until_there_is_room(&None, || match retry_on_intr(|| connect(&fd, &address)) {
        Err(Errno::AGAIN) => Ok(None),
        answer => Ok(Some(answer?)),
    })?;
    // From here on MSG_DONTWAIT says it call by call. Whoever shares the descriptor with us finds it as std makes
    // it: blocking.
    ioctl_fionbio(&fd, false)?;
    Ok(Source::new(fd))
}

/// A datagram socket, bound to `address` if there is one.
#[track_caller]
pub(super) fn datagrams(address: Option<&SocketAddr>) -> io::Result<Source> {
    let address = address.map(to_kernel).transpose()?;
    let fd = new_socket(SocketType::DGRAM, SocketFlags::empty())?;
    if let Some(address) = address {
        bind(&fd, &address)?;
    }
    Ok(Source::new(fd))
}

/// Two sockets connected to each other.
#[track_caller]
pub(super) fn both_ends(kind: SocketType) -> io::Result<(Source, Source)> {
    let (a, b) = socketpair(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None)?;
    Ok((Source::new(a), Source::new(b)))
}

fn new_socket(kind: SocketType, flags: SocketFlags) -> io::Result<OwnedFd> {
    Ok(socket_with(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC | flags, None)?)
}
