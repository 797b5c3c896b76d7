//! A `copy` that ends early: nothing of a stream is lost, and of another reader the rest is in the error.

use std::error::Error;
use std::io::{self, BufReader, ErrorKind, IoSliceMut, Read, Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use gopark_net::{Unwritten, copy};
use gopark_runtime::face::{Context, is_cancelled, is_timeout, with_timeout};
use rustix::io::Errno;
use rustix::net::sockopt;

use super::copying::{file, hears, tcp, text, unix};
use crate::harness::pair;
use crate::net::{Shutdown, TcpStream};
use crate::unix::UnixStream;

cases! {
    every_call_sees_what_was_given_back,
    a_look_sees_what_came_afterwards_too,
    what_was_given_back_is_read_under_the_limits_of_every_read,
    a_copy_resumes_after_write_deadlines,
    a_copy_resumes_after_write_timeouts,
    a_copy_resumes_after_ambient_deadlines,
    a_copy_by_a_buffer_resumes,
    a_writer_that_fails_loses_nothing,
    a_writer_that_takes_nothing_loses_nothing,
    a_writer_that_panics_loses_nothing,
    a_writer_that_is_interrupted_goes_on,
    a_peer_that_resets_loses_nothing,
    a_peer_that_is_gone_loses_nothing,
    a_reader_that_was_reset_is_an_error,
    the_rest_of_another_reader_is_in_the_error,
    the_reason_is_seen_through_the_rest,
    a_reader_that_fails_has_no_rest,
    the_position_of_a_file_is_what_was_sent,
}

const SHORT: Duration = Duration::from_millis(1);

/// A pair that holds little, so that writers soon have to wait. See `tests/connections/loopback.rs` for the sizes.
fn narrow_pair() -> (TcpStream, TcpStream) {
    let (a, b) = pair();
    for end in [&a, &b] {
        sockopt::set_socket_send_buffer_size(end, 4 << 10).unwrap();
        sockopt::set_socket_recv_buffer_size(end, 64 << 10).unwrap();
    }
    (a, b)
}

fn narrow_unix_pair() -> (UnixStream, UnixStream) {
    let (a, b) = UnixStream::pair().unwrap();
    sockopt::set_socket_send_buffer_size(&a, 4 << 10).unwrap();
    (a, b)
}

/// Where nothing more can be written, and its far end.
fn full() -> (UnixStream, UnixStream) {
    let (here, there) = UnixStream::pair().unwrap();
    here.set_nonblocking(true).unwrap();
    while (&here).write(&[0; 1 << 10]).is_ok() {}
    here.set_nonblocking(false).unwrap();
    (here, there)
}

/// A stream that has said `text`, all of which a copy has taken and given back.
fn given_back(text: &[u8]) -> (TcpStream, TcpStream) {
    let ((mut there, here), (to, _far)) = (pair(), full());
    there.write_all(text).unwrap();
    while here.peek(&mut vec![0; text.len()]).unwrap() < text.len() {}
    to.set_write_timeout(Some(SHORT)).unwrap();
    assert_eq!(copy(&mut &here, &mut &to).unwrap_err().kind(), ErrorKind::WouldBlock);
    here.set_nonblocking(true).unwrap();
    let nothing = rustix::net::recv(&here, &mut [0; 8], rustix::net::RecvFlags::DONTWAIT);
    assert_eq!(nothing.unwrap_err(), Errno::AGAIN, "the kernel has none of it any more");
    here.set_nonblocking(false).unwrap();
    (here, there)
}

fn every_call_sees_what_was_given_back() {
    let (mut here, mut there) = given_back(b"one two three four");
    here.readable().unwrap();
    let mut word = [0; 4];
    assert_eq!(here.peek(&mut word).unwrap(), 4);
    assert_eq!(&word, b"one ");
    assert_eq!(here.read(&mut word).unwrap(), 4);
    assert_eq!(&word, b"one ");
    assert_eq!(here.read(&mut []).unwrap(), 0);

    let (mut one, mut two) = ([0; 1], [0; 3]);
    let bufs = &mut [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)];
    assert_eq!(here.read_vectored(bufs).unwrap(), 4);
    assert_eq!((&one, &two), (b"t", b"wo "));

    // A clone, which does not wait, the same.
    let mut clone = here.try_clone().unwrap();
    clone.set_nonblocking(true).unwrap();
    clone.readable().unwrap();
    assert_eq!(clone.peek(&mut word).unwrap(), 4);
    assert_eq!(clone.read(&mut word).unwrap(), 4);
    assert_eq!(&word, b"thre");
    clone.set_nonblocking(false).unwrap();

    // What comes afterwards comes after it, however it is read.
    there.write_all(b" five").unwrap();
    drop(there);
    let mut rest = Vec::new();
    assert_eq!(copy(&mut here, &mut rest).unwrap(), 11);
    assert_eq!(rest, b"e four five");
}

/// Else whoever looks until there is enough would look for ever.
fn a_look_sees_what_came_afterwards_too() {
    let (here, mut there) = given_back(b"half");
    there.write_all(b" and half").unwrap();
    let mut all = [0; 32];
    while here.peek(&mut all).unwrap() < 13 {}
    assert_eq!(&all[..13], b"half and half");
    assert_eq!((&here).read(&mut all[..6]).unwrap(), 4, "no more than what was given back");
}

fn what_was_given_back_is_read_under_the_limits_of_every_read() {
    let (mut here, _there) = given_back(b"text");
    here.set_read_deadline(Some(Instant::now())).unwrap();
    for refused in [
        here.readable(),
        here.peek(&mut [0; 8]).map(drop),
        here.read(&mut [0; 8]).map(drop),
        here.read_vectored(&mut [IoSliceMut::new(&mut [0; 8])]).map(drop),
        copy(&mut here, &mut &UnixStream::pair().unwrap().0).map(drop),
    ] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::TimedOut);
    }
    here.set_read_deadline(None).unwrap();

    let (context, cancel) = Context::background().with_cancel();
    cancel.cancel();
    assert!(is_cancelled(&context.run(|| here.read(&mut [0; 8]).unwrap_err())));
    assert_eq!(here.read(&mut [0; 8]).unwrap(), 4);
}

/// A far end.
trait Far: Read {
    fn waits(&self, waits: bool);
}

impl Far for TcpStream {
    fn waits(&self, waits: bool) {
        self.set_nonblocking(!waits).unwrap();
    }
}

impl Far for UnixStream {
    fn waits(&self, waits: bool) {
        self.set_nonblocking(!waits).unwrap();
    }
}

/// Copies again and again, by `attempt`, which gives up; then reads a little of what has arrived. Returns how often.
fn resume(text: &[u8], mut there: impl Far, mut attempt: impl FnMut() -> io::Result<u64>) -> usize {
    let mut heard = Vec::new();
    let mut some = vec![0; 20_000];
    there.waits(false);
    for attempts in 1.. {
        match attempt() {
            Ok(_) => {
                there.waits(true);
                there.read_to_end(&mut heard).unwrap();
                assert!(heard == text, "{} bytes of {}", heard.len(), text.len());
                return attempts;
            }
            Err(late) => {
                assert!(matches!(late.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{late}")
            }
        }
        // On a busy machine it may not even have begun.
        let count = there.read(&mut some).unwrap_or(0);
        heard.extend_from_slice(&some[..count]);
        assert!(text.starts_with(&heard), "after {attempts} attempts: other bytes, of {}", heard.len());
    }
    unreachable!("it ends by itself");
}

#[derive(Clone, Copy)]
enum Limit {
    Deadline,
    Timeout,
    Ambient,
}

/// Between all kinds of streams, with pairs that hold little.
fn resumes(limit: Limit) {
    let text = text(1 << 20);
    macro_rules! between {
        ($from:expr, $pair:expr) => {
            let (from, (to, there)) = ($from, $pair);
            let attempts = resume(&text, there, || {
                let copied = match limit {
                    Limit::Deadline => {
                        to.set_write_deadline(Some(Instant::now() + SHORT)).unwrap();
                        copy(&mut &from, &mut &to)?
                    }
                    Limit::Timeout => {
                        to.set_write_timeout(Some(SHORT)).unwrap();
                        copy(&mut &from, &mut &to)?
                    }
                    Limit::Ambient => with_timeout(SHORT, || copy(&mut &from, &mut &to))?,
                };
                to.shutdown(Shutdown::Write).unwrap();
                Ok(copied)
            });
            assert!(attempts > 10, "only {attempts}");
        };
    }
    between!(tcp(&text), narrow_pair());
    between!(unix(&text), narrow_pair());
    between!(tcp(&text), narrow_unix_pair());
    between!(unix(&text), narrow_unix_pair());
    between!(file(&text), narrow_pair());
    between!(file(&text), narrow_unix_pair());
}

fn a_copy_resumes_after_write_deadlines() {
    resumes(Limit::Deadline);
}

fn a_copy_resumes_after_write_timeouts() {
    resumes(Limit::Timeout);
}

fn a_copy_resumes_after_ambient_deadlines() {
    resumes(Limit::Ambient);
}

fn a_copy_by_a_buffer_resumes() {
    struct NoStream<'a>(&'a TcpStream);
    impl Write for NoStream<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let text = text(2 << 20);
    let (from, (to, there)) = (tcp(&text), narrow_pair());
    to.set_write_timeout(Some(SHORT)).unwrap();
    resume(&text, there, || {
        let copied = copy(&mut &from, &mut NoStream(&to))?;
        to.shutdown(Shutdown::Write).unwrap();
        Ok(copied)
    });
}

/// Takes so many bytes, a few at a time, and then does something else.
struct Takes<F> {
    taken: Vec<u8>,
    room: usize,
    then: F,
}

impl<F: FnMut() -> io::Result<usize>> Write for Takes<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.room).min(1000);
        if count == 0 {
            return (self.then)();
        }
        self.taken.extend_from_slice(&bytes[..count]);
        self.room -= count;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const ROOMS: [usize; 5] = [0, 1, 8 << 10, (8 << 10) + 1, 150_000];

/// Copies to a writer that ends the copy by `then`; what it has not taken is still to be read.
fn loses_nothing(then: fn() -> io::Result<usize>, ends: impl Fn(&mut dyn FnMut() -> io::Result<u64>)) {
    let text = text(200_000);
    for room in ROOMS {
        let mut writer = Takes { taken: Vec::new(), room, then };
        let mut from = tcp(&text);
        ends(&mut || copy(&mut from, &mut writer));
        assert!(writer.taken == text[..room]);
        from.read_to_end(&mut writer.taken).unwrap();
        assert!(writer.taken == text, "{} bytes", writer.taken.len());
    }
}

fn a_writer_that_fails_loses_nothing() {
    loses_nothing(
        || Err(ErrorKind::StorageFull.into()),
        |copy| {
            let refused = copy().unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::StorageFull);
            assert!(refused.get_ref().is_none(), "it is the writer's");
        },
    );
}

fn a_writer_that_takes_nothing_loses_nothing() {
    loses_nothing(|| Ok(0), |copy| assert_eq!(copy().unwrap_err().kind(), ErrorKind::WriteZero));
}

fn a_writer_that_panics_loses_nothing() {
    loses_nothing(
        // Without a message on stderr.
        || std::panic::resume_unwind(Box::new("no more")),
        |copy| {
            let payload = catch_unwind(AssertUnwindSafe(copy)).unwrap_err();
            assert_eq!(payload.downcast_ref(), Some(&"no more"));
        },
    );
}

fn a_writer_that_is_interrupted_goes_on() {
    let text = text(20_000);
    for from in [0, 1] {
        let mut interruptions = 0;
        let mut writer = Takes { taken: Vec::new(), room: usize::MAX, then: || Ok(0) };
        let mut interrupted = Interrupted { writer: &mut writer, interruptions: &mut interruptions };
        match from {
            0 => copy(&mut tcp(&text), &mut interrupted).unwrap(),
            _ => copy(&mut &text[..], &mut interrupted).unwrap(),
        };
        assert!(writer.taken == text);
        assert!(interruptions > 10);
    }
}

/// Every other call.
struct Interrupted<'a, W> {
    writer: &'a mut W,
    interruptions: &'a mut usize,
}

impl<W: Write> Write for Interrupted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *self.interruptions += 1;
        if self.interruptions.is_multiple_of(2) {
            self.writer.write(bytes)
        } else {
            Err(ErrorKind::Interrupted.into())
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

fn a_peer_that_resets_loses_nothing() {
    let text = text(1 << 20);
    for _ in 0..20 {
        let (from, (to, mut there)) = (tcp(&text), narrow_pair());
        to.set_write_timeout(Some(SHORT)).unwrap();
        assert_eq!(copy(&mut &from, &mut &to).unwrap_err().kind(), ErrorKind::WouldBlock);
        // Some of it is read, the rest is not, so it is a reset.
        there.read_exact(&mut [0; 1000]).unwrap();
        drop(there);
        to.set_write_timeout(None).unwrap();
        let refused = copy(&mut &from, &mut &to).unwrap_err();
        assert!(matches!(refused.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{refused}");
        ends_as(&text, from);
    }
}

fn a_peer_that_is_gone_loses_nothing() {
    let text = text(1 << 20);
    let (from, (to, there)) = (tcp(&text), UnixStream::pair().unwrap());
    drop(there);
    assert_eq!(copy(&mut &from, &mut &to).unwrap_err().kind(), ErrorKind::BrokenPipe);
    let mut all = Vec::new();
    (&from).read_to_end(&mut all).unwrap();
    assert!(all == text, "{} bytes", all.len());

    let from = file(&text);
    assert_eq!(copy(&mut &from, &mut &to).unwrap_err().kind(), ErrorKind::BrokenPipe);
    assert_eq!((&from).stream_position().unwrap(), 0);
}

/// What is left is the end of `text`: only what had reached the kernel is gone.
fn ends_as(text: &[u8], mut from: impl Read) {
    let mut rest = Vec::new();
    from.read_to_end(&mut rest).unwrap();
    assert!(text.ends_with(&rest) && !rest.is_empty(), "{} bytes are left", rest.len());
}

fn a_reader_that_was_reset_is_an_error() {
    let ((from, mut there), (to, heard)) = (pair(), UnixStream::pair().unwrap());
    (&from).write_all(b"unheard").unwrap();
    there.write_all(b"text").unwrap();
    while there.peek(&mut [0; 7]).unwrap() < 7 {}
    // It has not read what there is, so this is a reset.
    drop(there);
    let refused = copy(&mut &from, &mut &to).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionReset);
    drop(to);
    let heard = hears(heard).join().unwrap();
    assert!(b"text".starts_with(&heard[..]));
}

#[track_caller]
fn unwritten(error: &io::Error) -> &Unwritten {
    error.get_ref().and_then(|inner| inner.downcast_ref()).expect("the rest")
}

fn the_rest_of_another_reader_is_in_the_error() {
    let text = text(200_000);
    for room in ROOMS {
        for buffered in [false, true] {
            let mut writer = Takes { taken: Vec::new(), room, then: || Err(Errno::NOSPC.into()) };
            let (mut slice, mut stream) = (&text[..], BufReader::with_capacity(3000, unix(&text)));
            let reader: &mut dyn Read = if buffered { &mut stream } else { &mut slice };
            let refused = copy(reader, &mut writer).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::StorageFull);
            let rest = unwritten(&refused);
            assert_eq!(rest.copied(), room as u64);
            let cause = rest.source().and_then(|cause| cause.downcast_ref::<io::Error>()).unwrap();
            assert_eq!(Errno::from_io_error(cause), Some(Errno::NOSPC));
            assert!(refused.to_string().contains(&cause.to_string()), "{refused}");
            // What was taken, what is in the error, and what the reader still has, are all of it.
            writer.taken.extend_from_slice(rest.bytes());
            reader.read_to_end(&mut writer.taken).unwrap();
            assert!(writer.taken == text, "{} bytes", writer.taken.len());
        }
    }
}

fn the_reason_is_seen_through_the_rest() {
    let (to, _far) = full();
    let text = text(100);
    let (context, cancel) = Context::background().with_cancel();
    cancel.cancel();
    let refused = context.run(|| copy(&mut &text[..], &mut &to)).unwrap_err();
    assert!(is_cancelled(&refused) && !is_timeout(&refused), "{refused}");
    assert_eq!((unwritten(&refused).copied(), unwritten(&refused).bytes()), (0, &text[..]));

    let refused = with_timeout(SHORT, || copy(&mut &text[..], &mut &to)).unwrap_err();
    assert!(is_timeout(&refused) && !is_cancelled(&refused), "{refused}");
    assert_eq!(unwritten(&refused).bytes(), text);

    to.set_write_deadline(Some(Instant::now())).unwrap();
    let refused = copy(&mut &text[..], &mut &to).unwrap_err();
    assert!(is_timeout(&refused), "{refused}");
    assert_eq!(unwritten(&refused).bytes(), text);

    to.set_write_deadline(None).unwrap();
    to.set_write_timeout(Some(SHORT)).unwrap();
    let refused = copy(&mut &text[..], &mut &to).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::WouldBlock);
    assert_eq!(unwritten(&refused).bytes(), text);
}

fn a_reader_that_fails_has_no_rest() {
    struct Fails;
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(ErrorKind::InvalidData.into())
        }
    }
    let mut taken = Vec::new();
    let failed = copy(&mut b"some".chain(Fails), &mut taken).unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::InvalidData);
    assert!(failed.get_ref().is_none());
    assert_eq!(taken, b"some");
}

fn the_position_of_a_file_is_what_was_sent() {
    let text = text(2 << 20);
    let (from, (to, mut there)) = (file(&text), narrow_pair());
    to.set_write_timeout(Some(SHORT)).unwrap();
    assert_eq!(copy(&mut &from, &mut &to).unwrap_err().kind(), ErrorKind::WouldBlock);
    let sent = (&from).stream_position().unwrap() as usize;
    assert!(0 < sent && sent < text.len(), "{sent}");
    to.shutdown(Shutdown::Write).unwrap();
    let mut heard = Vec::new();
    there.read_to_end(&mut heard).unwrap();
    assert!(heard == text[..sent], "{} bytes of {sent}", heard.len());
}
