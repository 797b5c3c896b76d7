//! From file to stream: sendfile(2).
//!
//! **Invariant:** the stream has O_NONBLOCK set, as for `spliced`.

use std::fs::File;
use std::io;

use gopark_runtime::io::Direction;
use rustix::fs::sendfile;
use rustix::io::{Errno, ioctl_fionbio};

use super::by_buffer::{self, Sending};
use crate::connection::Connection;

/// At a time: a file that is not in memory blocks the thread for as long as it takes to read so much.
const AT_A_TIME: usize = 256 << 10;

/// Goes on from the position of the file, which moves by what was sent.
pub(super) fn copy(mut from: &File, to: &Connection) -> io::Result<u64> {
    ioctl_fionbio(to, true)?;
    let mut copied = 0;
    loop {
        let sent = to.ask(Direction::Write, |fd| match sendfile(fd, from, None, AT_A_TIME) {
            // Not every file can be mapped into memory, which the kernel asks for (ERRORS in sendfile(2)).
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => Ok(None),
            answer => Ok(Some(answer?)),
        })?;
        match sent {
            Some(0) => return Ok(copied),
            Some(count) => copied += count as u64,
            None => return Ok(copied + by_buffer::from_any(&mut from, &mut Sending(to))?),
        }
    }
}
