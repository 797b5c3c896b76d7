//! Whether a socket was shut down for receiving, where only poll(2) says so.
//!
//! Who blocks in recv on a datagram socket, or in accept, is woken by that and answered 0 or EINVAL. But a call that
//! may not block is answered EAGAIN, shut down or not, while the socket is readable for ever. So who is about to wait
//! looks first. Streams have no need of it.

use std::io;
use std::os::fd::BorrowedFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;

pub(super) fn is_shut_down(socket: BorrowedFd<'_>) -> io::Result<bool> {
    let mut asked = [PollFd::from_borrowed_fd(socket, PollFlags::RDHUP)];
    retry_on_intr(|| poll(&mut asked, Some(&Timespec::default())))?;
    Ok(asked[0].revents().contains(PollFlags::RDHUP))
}
