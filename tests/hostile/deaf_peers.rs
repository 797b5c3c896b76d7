//! Peers that never read: whoever writes to them waits, is got out in every way there is, and knows then how much the
//! kernel has taken over.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;

use gopark::net::{TcpStream, UnixStream};
use gopark::{JoinHandle, Runtime, is_cancelled, is_timeout, with_timeout};

use crate::bytes::Bytes;
use crate::loopback::narrow_pair;
use crate::survives::{survives, until_they_wait};

/// A stream of either kind.
trait Stream: Send + Sync + 'static {
    fn say(&self, bytes: &[u8]) -> io::Result<usize>;
    fn hear(&self, buf: &mut [u8]) -> io::Result<usize>;
    fn end(&self, how: Shutdown);
    fn be_patient_for(&self, timeout: Duration);
}

macro_rules! streams {
    ($($stream:ty),+) => {
        $(
            impl Stream for $stream {
                fn say(&self, bytes: &[u8]) -> io::Result<usize> {
                    (&*self).write(bytes)
                }

                fn hear(&self, buf: &mut [u8]) -> io::Result<usize> {
                    (&*self).read(buf)
                }

                fn end(&self, how: Shutdown) {
                    self.shutdown(how).unwrap();
                }

                fn be_patient_for(&self, timeout: Duration) {
                    self.set_write_timeout(Some(timeout)).unwrap();
                }
            }
        )+
    };
}

streams!(TcpStream, UnixStream);

/// A writer, and the deaf peer.
type Pair = (Arc<dyn Stream>, Arc<dyn Stream>);

fn pairs() -> Vec<Pair> {
    const EACH: usize = 20;
    let tcp = (0..EACH).map(|_| narrow_pair()).map(|(a, b)| -> Pair { (Arc::new(a), Arc::new(b)) });
    let unix = (0..EACH).map(|_| UnixStream::pair().unwrap());
    tcp.chain(unix.map(|(a, b)| -> Pair { (Arc::new(a), Arc::new(b)) })).collect()
}

/// Writes on until that fails: with how many bytes under way, and how.
fn write_on(stream: &dyn Stream) -> (usize, io::Error) {
    let mut written = 0;
    loop {
        match stream.say(Bytes::of(1).piece(written, 3000)) {
            Ok(count) => written += count,
            Err(error) => return (written, error),
        }
    }
}

/// Reads to the end: no byte more and none less than the writer knows of.
fn hears(peer: &dyn Stream, written: usize) {
    let (mut buf, mut heard) = (vec![0; 10_000], 0);
    loop {
        match peer.hear(&mut buf).unwrap() {
            0 => break,
            count => {
                Bytes::of(1).check(heard, &buf[..count]);
                heard += count;
            }
        }
    }
    assert_eq!(heard, written);
}

type Writer = JoinHandle<(usize, io::Error)>;

/// What gets a writer out, whose end of the connection this is.
type End = fn(&Runtime, &Arc<dyn Stream>, &Writer);

/// Starts a writer on each pair, and calls `end` for each when all of them wait, if they do not end by themselves.
/// `is_right` judges the error. In the end the peers hear what was written.
fn are_got_out(
    runtime: &Runtime,
    write: fn(&dyn Stream) -> (usize, io::Error),
    end: Option<End>,
    is_right: fn(&io::Error) -> bool,
) {
    let pairs = pairs();
    let start = || -> Vec<Writer> {
        let write = |near: Arc<dyn Stream>| runtime.spawn(move || write(&*near));
        pairs.iter().map(|(near, _)| write(near.clone())).collect()
    };
    let writers = match end {
        Some(end) => {
            let writers = until_they_wait(runtime, pairs.len(), start);
            pairs.iter().zip(&writers).for_each(|((near, _), writer)| end(runtime, near, writer));
            writers
        }
        None => start(),
    };
    for (writer, (near, far)) in writers.into_iter().zip(pairs) {
        let (written, error) = writer.join().unwrap();
        assert!(is_right(&error), "{error:?}");
        // With the last handle the writer's end is closed, and all that is left for the peer to hear is in the kernel.
        drop(near);
        hears(&*far, written);
    }
}

const SHORT: Duration = Duration::from_millis(50);

#[test]
fn by_a_write_timeout() {
    survives(by_a_write_timeout, |runtime| {
        let write = |stream: &dyn Stream| {
            stream.be_patient_for(SHORT);
            write_on(stream)
        };
        are_got_out(runtime, write, None, |error| error.kind() == ErrorKind::WouldBlock);
    });
}

#[test]
fn by_a_deadline() {
    survives(by_a_deadline, |runtime| {
        let write = |stream: &dyn Stream| with_timeout(SHORT, || write_on(stream));
        are_got_out(runtime, write, None, is_timeout);
    });
}

#[test]
fn by_a_cancellation() {
    survives(by_a_cancellation, |runtime| {
        are_got_out(runtime, write_on, Some(|_, _, writer| writer.cancel()), is_cancelled);
    });
}

#[test]
fn by_a_shutdown_from_elsewhere() {
    survives(by_a_shutdown_from_elsewhere, |runtime| {
        are_got_out(
            runtime,
            write_on,
            Some(|runtime, near, _| {
                let near = near.clone();
                runtime.spawn(move || near.end(Shutdown::Write)).join().unwrap();
            }),
            |error| error.kind() == ErrorKind::BrokenPipe,
        );
    });
}

/// The peer closes without having read anything.
#[test]
fn by_the_end_of_the_peer() {
    survives(by_the_end_of_the_peer, |runtime| {
        let (nears, fars): (Vec<_>, Vec<_>) = pairs().into_iter().unzip();
        let writers: Vec<Writer> = until_they_wait(runtime, nears.len(), || {
            nears.into_iter().map(|near| runtime.spawn(move || write_on(&*near))).collect()
        });
        drop(fars);
        for writer in writers {
            let (_, error) = writer.join().unwrap();
            assert!(matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset), "{error}");
        }
    });
}

/// Nobody waits any more, and the stream is dropped with all that the peer has not read. A clone that is dropped while
/// somebody waits is none of his business.
#[test]
fn nothing_is_lost_by_a_drop() {
    survives(nothing_is_lost_by_a_drop, |runtime| {
        for (near, far) in pairs() {
            let clone = near.clone();
            let writer = until_they_wait(runtime, 1, || runtime.spawn(move || write_on(&*clone)));
            drop(near);
            assert!(!writer.is_finished(), "a handle that was dropped ends no wait");
            writer.cancel();
            let (written, _) = writer.join().unwrap();
            hears(&*far, written);
        }
    });
}
