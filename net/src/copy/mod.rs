//! From a reader to a writer, past user space where the kernel can.
//!
//! | from | to | how |
//! |---|---|---|
//! | a stream of this crate | a stream of this crate | splice(2) through a pipe; a buffer for what fits into one (`spliced`) |
//! | a [`File`](std::fs::File) | a stream of this crate | sendfile(2) (`sent_file`) |
//! | a stream of this crate | any other | a buffer on the stack; what cannot be written goes back (`by_buffer`) |
//! | any other | any | a buffer on the stack (`by_buffer`) |
//!
//! Each file imports only from files further up in this table:
//!
//! | file | concept |
//! |---|---|
//! | `unwritten` | what was read, but could not be written |
//! | `by_buffer` | copying as std does |
//! | `pipe` | pipes that are kept for the next one |
//! | `spliced` | from stream to stream |
//! | `sent_file` | from file to stream |
//! | `known` | which of these a reader and a writer are |
//! | `both_ways` | two streams that are joined |

mod both_ways;
mod by_buffer;
mod known;
mod pipe;
mod sent_file;
mod spliced;
mod unwritten;

use std::io::{self, Read, Write};

pub use both_ways::{Duplex, copy_bidirectional};
pub use unwritten::Unwritten;

use gopark_runtime::io::sigpipe_kills;

use by_buffer::Sending;
use known::{Reader, Writer};

use crate::connection::Connection;

/// Copies everything from `reader` to `writer`, and returns how many bytes that were: [`std::io::copy`], but between
/// streams of this crate, and from a [`File`](std::fs::File) to one, the bytes do not pass through user space.
///
/// Streams and files may come by value or by reference: `copy(&mut &from, &mut &to)`. Wrapped in something else, in a
/// [`BufReader`](std::io::BufReader) or by [`take`](Read::take), they are readers like any other.
///
/// # Nothing is lost
///
/// A copy may end early: by an error, a timeout or deadline of either side, or a cancellation. What was read from a
/// stream of this crate by then, but could not be written, is given back to the stream: the next read, or the next copy,
/// begins with it. (Not so a call that waits already, or a descriptor into which the stream is converted.) From a file no more is taken than was sent. Of another reader's bytes, those which could
/// not be written are in the error: see [`Unwritten`]. Another reader is also a file that sendfile(2) does not take, such
/// as a pipe.
///
/// # Cost
///
/// A copy between streams that waits for its reader holds neither a buffer nor a pipe; one that waits for its writer holds
/// one of them. It takes two system calls for each 64 KiB; what arrives in pieces of less than 8 KiB goes through a buffer, as
/// in a loop of reads and writes, since that is cheaper then. Pipes come from a pool of at most 16, each of two descriptors;
/// where there is none to be had, a buffer takes its place. From a file one system call for each 256 KiB. A file that is
/// not in memory blocks the thread while it is read from the disk. What is changed in a file before its bytes have reached
/// the peer may reach it changed (NOTES in sendfile(2)); std reads and writes files instead, for that reason.
///
/// Streams between which the kernel copies get O_NONBLOCK set, which their duplicates share, and keep it until they are
/// converted into std's type: unlike send(2), splice(2) has no flag for one call. Where SIGPIPE would end the process
/// when the copy begins, which in a Rust `main` it does not, a buffer is used throughout, for splice(2) has no flag
/// against that either.
///
/// # Errors
///
/// Those of reading and writing, except `Interrupted`. `WriteZero` if `writer` takes nothing.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use gopark_net::{Shutdown, UnixStream, copy};
///
/// let (mut client, from) = UnixStream::pair()?;
/// let (to, mut server) = UnixStream::pair()?;
/// client.write_all(b"through the kernel")?;
/// client.shutdown(Shutdown::Write)?;
/// assert_eq!(copy(&mut &from, &mut &to)?, 18);
///
/// let mut heard = [0; 18];
/// server.read_exact(&mut heard)?;
/// assert_eq!(&heard, b"through the kernel");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn copy<R, W>(reader: &mut R, writer: &mut W) -> io::Result<u64>
where
    R: Read + ?Sized,
    W: Write + ?Sized,
{
    match (known::reader(reader), known::writer(writer)) {
        (Reader::Stream(from), Writer::Stream(to)) => spliced_or_buffered(from, to),
        (Reader::File(from), Writer::Stream(to)) if !sigpipe_kills() => sent_file::copy(from, to),
        (Reader::Stream(from), _) => by_buffer::from_stream(from, writer),
        _ => by_buffer::from_any(0, reader, writer),
    }
}

fn spliced_or_buffered(from: &Connection, to: &Connection) -> io::Result<u64> {
    if sigpipe_kills() { by_buffer::from_stream(from, &mut Sending(to)) } else { spliced::copy(from, to) }
}
