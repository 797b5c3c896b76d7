//! Pipes for bytes on their way through the kernel, kept for the next copy that needs one.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};

use rustix::io::read;
use rustix::pipe::{PipeFlags, pipe_with};

/// How many are kept. A copy has one only while bytes are in it.
const MOST_KEPT: usize = 16;

/// What a pipe holds unless it is told otherwise (pipe(7)). Larger ones save little (benches/README.md), and of each copy whose
/// reader is slow they would hold as much more.
pub(super) const CAPACITY: usize = 64 << 10;

/// Both ends, with O_NONBLOCK.
pub(super) struct Pipe {
    pub(super) read: OwnedFd,
    pub(super) write: OwnedFd,
}

static KEPT: Mutex<Vec<Pipe>> = Mutex::new(Vec::new());

impl Pipe {
    /// An empty one.
    ///
    /// # Errors
    /// There are no descriptors, or no memory for pipes (`pipe-user-pages-hard` in pipe(7)).
    pub(super) fn take() -> io::Result<Pipe> {
        let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner).pop();
        kept.map_or_else(Pipe::new, Ok)
    }

    fn new() -> io::Result<Pipe> {
        let (read, write) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        Ok(Pipe { read, write })
    }

    /// The caller has emptied it.
    pub(super) fn keep(self) {
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST_KEPT {
            kept.push(self);
        }
    }

    /// Takes `count` bytes out, which are in it.
    pub(super) fn drain(&self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        let mut filled = 0;
        while filled < count {
            match read(&self.read, &mut bytes[filled..])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                some => filled += some,
            }
        }
        Ok(bytes)
    }
}
