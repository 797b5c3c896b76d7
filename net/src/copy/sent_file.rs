//! From file to stream: sendfile(2).
//!
//! **Invariant:** the stream has O_NONBLOCK set, as for `spliced`.

use std::fs::File;
use std::io::{self, Seek};

use gopark_runtime::io::Direction;
use rustix::fs::sendfile;
use rustix::io::{Errno, ioctl_fionbio};

use super::by_buffer::{self, Sending};
use crate::connection::Connection;

/// At a time: a file that is not in memory blocks the thread for as long as it takes to read so much.
const AT_A_TIME: u64 = 256 << 10;

/// Goes on from the position of the file, which moves by what was sent.
pub(super) fn copy(mut from: &File, to: &Connection) -> io::Result<u64> {
    ioctl_fionbio(to, true)?;
    let mut expected = expected(from);
    let mut copied = 0;
    loop {
        let count = if expected == 0 { AT_A_TIME } else { AT_A_TIME.min(expected) };
        let sent = to.ask(Direction::Write, |fd| match sendfile(fd, from, None, count as usize) {
            // It is no file that the kernel could map into memory, or no place in it, or the stream has O_APPEND (ERRORS in
            // sendfile(2)); or the call is forbidden.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::OVERFLOW | Errno::PERM) => Ok(None),
            answer => Ok(Some(answer? as u64)),
        })?;
        match sent {
            Some(0) => return Ok(copied),
            Some(count) => {
                copied += count;
                expected = expected.saturating_sub(count);
            }
            None => return by_buffer::from_any(copied, &mut from, &mut Sending(to)),
        }
    }
}

/// How much there is, as far as one knows; 0: the file will tell. Before Linux 6.5 a call that asks for more than there is
/// leaves the last segment waiting for more, for 200 ms.
fn expected(mut file: &File) -> u64 {
    let (Ok(metadata), Ok(position)) = (file.metadata(), file.stream_position()) else { return 0 };
    metadata.len().saturating_sub(position)
}
