//! Two streams that are joined: what a proxy does.

use std::convert::Infallible;
use std::io;
use std::panic::resume_unwind;
use std::sync::{Arc, OnceLock};
use std::thread;

use gopark_runtime::face::chan::bounded;
use gopark_runtime::face::coroutine::{cancelled, current};
use gopark_runtime::face::{Context, scope};

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
/// the stream that it came from, as by [`copy`](crate::copy). A cancellation, or a deadline, ends both. That of
/// [`thread::Builder::spawn`] on a plain thread.
///
/// # Panics
///
/// In a coroutine as [`scope`](fn@gopark_runtime::face::scope) and its `go`.
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
    let (bounds, stop) = Context::current().with_cancel();
    let failure = OnceLock::new();
    let pour = |from: &Connection, to: &Connection| {
        match bounds.run(|| spliced_or_buffered(from, to)) {
            Ok(copied) => {
                // Fails if the other end is gone, and then nobody is left to be told.
                let _ = to.shutdown(Shutdown::Write);
                copied
            }
            Err(error) => {
                // The first one is the reason; the other direction is cancelled for it.
                let _ = failure.set(error);
                stop.cancel();
                0
            }
        }
    };
    let (ends, ended) = bounded::<Infallible>(0);
    let there = || {
        let _ends = ends;
        pour(a, b)
    };
    let back = || {
        let copied = pour(b, a);
        // Joining heeds no cancellation of the caller, but this does.
        let _ = ended.recv();
        if cancelled().is_some() {
            stop.cancel();
        }
        copied
    };
    let (there, back) = if current().is_some() {
        scope(|s| {
            let there = s.go(there);
            let back = back();
            (there.join(), back)
        })
    } else {
        thread::scope(|s| {
            let there = thread::Builder::new().spawn_scoped(s, there)?;
            let back = back();
            io::Result::Ok((there.join(), back))
        })?
    };
    let there = there.unwrap_or_else(|panic| resume_unwind(panic));
    failure.into_inner().map_or(Ok((there, back)), Err)
}
