//! What was read, but could not be written.

use std::error::Error;
use std::fmt;
use std::io;

/// What is inside an error of [`copy`](crate::copy) whose reader was none of this crate's streams, if it had given bytes
/// that could not be written.
///
/// # Examples
///
/// ```
/// use gopark_net::{Unwritten, copy};
///
/// let mut narrow = [0; 3];
/// let error = copy(&mut &b"hello"[..], &mut &mut narrow[..]).unwrap_err();
/// assert_eq!(error.kind(), std::io::ErrorKind::WriteZero);
///
/// let unwritten = error.get_ref().and_then(|inner| inner.downcast_ref::<Unwritten>()).unwrap();
/// assert_eq!(unwritten.copied(), 3);
/// assert_eq!(unwritten.bytes(), b"lo");
/// ```
#[derive(Debug)]
pub struct Unwritten {
    copied: u64,
    bytes: Vec<u8>,
    cause: io::Error,
}

impl Unwritten {
    /// `cause` with what it has left behind.
    pub(super) fn wrap(cause: io::Error, copied: u64, bytes: &[u8]) -> io::Error {
        io::Error::new(cause.kind(), Unwritten { copied, bytes: bytes.to_vec(), cause })
    }

    /// How many bytes had been written before them.
    pub fn copied(&self) -> u64 {
        self.copied
    }

    /// The bytes that were read, and not written.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Display for Unwritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes were copied, {} more could not be written: ", self.copied, self.bytes.len())?;
        self.cause.fmt(f)
    }
}

impl Error for Unwritten {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}
