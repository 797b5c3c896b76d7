//! Copying through a buffer on the stack, as std does.

use std::io::{self, ErrorKind, Read, Write};

use super::unwritten::Unwritten;
use crate::connection::Connection;

/// As std's.
pub(super) const BUFFER: usize = 8 << 10;

/// A stream as a writer.
pub(super) struct Sending<'a>(pub(super) &'a Connection);

impl Write for Sending<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// From a stream, which takes back what could not be written.
pub(super) fn from_stream<W: Write + ?Sized>(from: &Connection, to: &mut W) -> io::Result<u64> {
    let mut copied = 0;
    while let count @ 1.. = step(from, to)? {
        copied += count;
    }
    Ok(copied)
}

/// One buffer, or less; 0 at the end.
pub(super) fn step<W: Write + ?Sized>(from: &Connection, to: &mut W) -> io::Result<u64> {
    let mut buffer = [0; BUFFER];
    let count = from.receive(&mut buffer)?;
    deliver(from, &buffer[..count], to)?;
    Ok(count as u64)
}

/// Writes bytes that were read from a stream. What is not written, be it for a panic, goes back to it.
pub(super) fn deliver<W: Write + ?Sized>(from: &Connection, bytes: &[u8], to: &mut W) -> io::Result<()> {
    struct Lent<'a>(&'a Connection, &'a [u8]);

    impl Drop for Lent<'_> {
        fn drop(&mut self) {
            if !self.1.is_empty() {
                self.0.extras.give_back(self.1);
            }
        }
    }

    let mut lent = Lent(from, bytes);
    write_all(&mut lent.1, to)
}

/// From any other reader, after so many bytes that were copied by other means.
pub(super) fn from_any<R, W>(mut copied: u64, from: &mut R, to: &mut W) -> io::Result<u64>
where
    R: Read + ?Sized,
    W: Write + ?Sized,
{
    let mut buffer = [0; BUFFER];
    loop {
        let mut rest = match from.read(&mut buffer) {
            Ok(0) => return Ok(copied),
            Ok(count) => &buffer[..count],
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let count = rest.len();
        let written = write_all(&mut rest, to);
        copied += (count - rest.len()) as u64;
        written.map_err(|error| Unwritten::wrap(error, copied, rest))?;
    }
}

/// As [`Write::write_all`], but says how far it came.
fn write_all<W: Write + ?Sized>(rest: &mut &[u8], to: &mut W) -> io::Result<()> {
    while !rest.is_empty() {
        match to.write(rest) {
            Ok(0) => return Err(io::Error::new(ErrorKind::WriteZero, "the writer takes nothing")),
            Ok(count) => *rest = &rest[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
