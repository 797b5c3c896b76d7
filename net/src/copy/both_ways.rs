//! Two streams that are joined: what a proxy does.

use std::io;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use gopark_runtime::face::coroutine::current;
use gopark_runtime::face::{Cancel, Context, is_cancelled, scope};

use super::spliced_or_buffered;
use crate::Shutdown;
use crate::connection::Connection;
use crate::tcp::TcpStream;
use crate::unix::UnixStream;

/// A stream of this crate, or something that stands for one: what [`copy_bidirectional`] joins.
///
/// It is implemented for [`TcpStream`] and [`UnixStream`], and for references, `Box` and `Arc` of them.
pub trait Duplex: sealed::Stream {}

impl<S: sealed::Stream + ?Sized> Duplex for S {}

mod sealed {
    /// What is known of a stream outside.
    pub struct End<'a>(pub(super) &'a super::Connection);

    pub trait Stream {
        fn end(&self) -> End<'_>;
    }
}

use sealed::{End, Stream};

impl Stream for TcpStream {
    fn end(&self) -> End<'_> {
        End(&self.connection)
    }
}

impl Stream for UnixStream {
    fn end(&self) -> End<'_> {
        End(&self.connection)
    }
}

/// Streams behind pointers.
macro_rules! stands_for_a_stream {
    ($($pointer:ty),+) => {
        $(impl<S: Stream + ?Sized> Stream for $pointer {
            fn end(&self) -> End<'_> {
                (**self).end()
            }
        })+
    };
}

stands_for_a_stream!(&S, &mut S, Box<S>, Arc<S>);

/// Copies from each stream to the other one until both have ended, and returns how many bytes went from `a` to `b` and
/// from `b` to `a`. The end of one direction is passed on by a shutdown of the writing side, while the other direction
/// goes on.
///
/// # Cost
///
/// A coroutine besides the caller, or a thread where the caller is a plain one. Each direction is a [`copy`](crate::copy).
///
/// # Errors
///
/// That of the direction that fails first, which ends the other one. What was received and not sent on is given back to
/// the stream that it came from, as by [`copy`](crate::copy). A cancellation, or a deadline, ends both.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use gopark_net::{Shutdown, UnixStream, copy_bidirectional};
///
/// let (mut client, a) = UnixStream::pair()?;
/// let (b, mut server) = UnixStream::pair()?;
/// client.write_all(b"ping")?;
/// client.shutdown(Shutdown::Write)?;
/// server.write_all(b"pong!")?;
/// server.shutdown(Shutdown::Write)?;
/// assert_eq!(copy_bidirectional(&a, &b)?, (4, 5));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn copy_bidirectional<A: Duplex, B: Duplex>(a: A, b: B) -> io::Result<(u64, u64)> {
    let (End(a), End(b)) = (a.end(), b.end());
    let (bounds, stop) = Context::background().with_cancel();
    let there = || bounds.run(|| pour(a, b, &stop));
    let back = || bounds.run(|| pour(b, a, &stop));
    let (there, back) = if current().is_some() {
        scope(|s| {
            let there = s.go(there);
            let back = back();
            (there.join(), back)
        })
    } else {
        thread::scope(|s| {
            let there = s.spawn(there);
            let back = back();
            (there.join(), back)
        })
    };
    match (there.unwrap_or_else(|panic| resume_unwind(panic)), back) {
        (Ok(there), Ok(back)) => Ok((there, back)),
        // Who fails stops the other one: that one was cancelled, and is not the reason.
        (Err(reason), Err(stopped)) if is_cancelled(&stopped) => Err(reason),
        (_, Err(reason)) | (Err(reason), _) => Err(reason),
    }
}

fn pour(from: &Connection, to: &Connection, stop: &Cancel) -> io::Result<u64> {
    let copied = spliced_or_buffered(from, to);
    match copied {
        // Fails if the other end is gone, and then nobody is left to be told.
        Ok(_) => drop(to.shutdown(Shutdown::Write)),
        Err(_) => stop.cancel(),
    }
    copied
}
