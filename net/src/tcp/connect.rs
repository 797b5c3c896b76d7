//! Making a descriptor that is connected.
//!
//! connect(2) on a non-blocking socket answers EINPROGRESS, or EINTR where a signal came in between; either way the
//! handshake goes on in the kernel, and calling connect again would only add EALREADY. Then:
//!
//! | poll(2) afterwards | the handshake |
//! |---|---|
//! | nothing | still runs: the wake-up was for something else, wait again |
//! | OUT | is done |
//! | ERR or HUP | has failed; SO_ERROR says why |
//!
//! Asking SO_ERROR alone is not enough, since it is 0 while the handshake runs, and getpeername(2) is no better: its
//! ENOTCONN means "runs" as well as "failed, and someone has read the error".
//!
//! **Invariant:** a socket is registered with the poller only once connect has answered. A TCP socket that is
//! neither connected nor connecting reports OUT|HUP, and that edge would later pass for the end of the stream.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::panic::Location;
use std::time::Instant;

use gopark_runtime::io::{Direction, Source, check_cancelled};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio, retry_on_intr};
use rustix::net::sockopt::socket_error;
use rustix::net::{SocketFlags, SocketType, connect, socket_with};

use crate::address;

/// A stream connected to `address`, with O_NONBLOCK cleared again.
pub(super) fn connected(
    address: &SocketAddr,
    deadline: Option<Instant>,
    maker: &'static Location<'static>,
) -> io::Result<Source> {
    check_cancelled()?;
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let fd = socket_with(address::family(address), SocketType::STREAM, flags, None)?;
    let begun = connect(&fd, address);
    let source = Source::made_at(fd, maker);
    match begun {
        Ok(()) => {}
        Err(Errno::INPROGRESS | Errno::INTR) => finish(&source, deadline)?,
        Err(e) => return Err(e.into()),
    }
    // From here on MSG_DONTWAIT says it call by call. Whoever shares the descriptor with us finds it as std makes
    // it: blocking.
    ioctl_fionbio(&source, false)?;
    Ok(source)
}

/// Waits for the end of a handshake that has begun.
fn finish(source: &Source, deadline: Option<Instant>) -> io::Result<()> {
    loop {
        source.wait(Direction::Write, deadline)?;
        if has_ended(source.as_fd())? {
            return Ok(());
        }
    }
}

/// Whether the handshake has succeeded; an error if it has failed.
fn has_ended(socket: BorrowedFd<'_>) -> io::Result<bool> {
    let mut asked = [PollFd::from_borrowed_fd(socket, PollFlags::OUT)];
    retry_on_intr(|| poll(&mut asked, Some(&Timespec::default())))?;
    let found = asked[0].revents();
    if found.is_empty() {
        return Ok(false);
    }
    if found.intersects(PollFlags::ERR | PollFlags::HUP) {
        socket_error(socket)??;
        // The error was there and is not any more, or there never was one: nothing we know of does this, but the
        // stream is certainly not connected.
        return Err(io::Error::other("no error set after POLLHUP"));
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;
    use std::time::Duration;

    use rustix::net::listen;

    use super::*;

    #[test]
    fn a_handshake_that_runs_has_not_ended() {
        // With a backlog of zero one connection may wait to be accepted; the kernel drops the SYN of the next.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listen(&listener, 0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut ended = Vec::new();
        while ended.len() < 8 {
            let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
            let socket = socket_with(address::family(&address), SocketType::STREAM, flags, None).unwrap();
            assert_eq!(connect(&socket, &address), Err(Errno::INPROGRESS));
            sleep(Duration::from_millis(30));
            if !has_ended(socket.as_fd()).unwrap() {
                assert_eq!(socket_error(&socket).unwrap(), Ok(()), "so asking the error alone would not do");
                return;
            }
            ended.push(socket);
        }
        panic!("a backlog of zero held {} connections", ended.len());
    }
}
