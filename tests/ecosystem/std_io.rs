//! What std builds on readers and writers, between coroutines: over `TcpStream` and over `UnixStream`, by value and by
//! reference.

use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, LineWriter, Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use gopark::go;
use gopark::net::{TcpStream, UnixStream};

use crate::loopback;
use crate::loopback::in_coroutines;

const SHORT: Duration = Duration::from_millis(20);

/// A socket of either family.
trait Socket: Read + Write + Send + 'static {
    fn pair() -> (Self, Self)
    where
        Self: Sized;
    fn again(&self) -> Self;
    fn end(&self);
    fn wait_at_most(&self, limit: Option<Duration>);
    fn never_wait(&self, never: bool);
}

macro_rules! socket {
    ($type:ty, $pair:expr) => {
        impl Socket for $type {
            fn pair() -> (Self, Self) {
                $pair
            }
            fn again(&self) -> Self {
                self.try_clone().unwrap()
            }
            fn end(&self) {
                self.shutdown(Shutdown::Write).unwrap();
            }
            fn wait_at_most(&self, limit: Option<Duration>) {
                self.set_read_timeout(limit).unwrap();
            }
            fn never_wait(&self, never: bool) {
                self.set_nonblocking(never).unwrap();
            }
        }
    };
}

socket!(TcpStream, {
    let (near, far) = loopback::pair();
    // Small pieces are to arrive as such.
    [&near, &far].into_iter().for_each(|end| end.set_nodelay(true).unwrap());
    (near, far)
});
socket!(UnixStream, UnixStream::pair().unwrap());

/// Bytes that tell their places.
fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|at| (at ^ (at >> 7) ^ (at >> 13)) as u8).collect()
}

/// Defines the tests of a family.
macro_rules! over {
    ($family:ident, $type:ty: $($test:ident),+ $(,)?) => {
        mod $family {
            $(
                #[test]
                fn $test() {
                    super::in_coroutines(super::$test::<$type>);
                }
            )+
        }
    };
}

macro_rules! over_both {
    ($($test:ident),+ $(,)?) => {
        over!(tcp, gopark::net::TcpStream: $($test),+);
        over!(unix, gopark::net::UnixStream: $($test),+);
    };
}

over_both!(
    lines_are_read_one_by_one,
    a_line_goes_on_after_a_timeout,
    a_text_that_is_none_is_refused,
    a_buffered_writer_keeps_until_it_is_full_or_flushed,
    a_line_writer_keeps_until_the_line_ends,
    all_is_read_to_the_end,
    a_copy_goes_through_a_chain,
    what_was_taken_and_what_was_chained,
    single_bytes_and_pieces,
);

/// However they are cut, and the last one has no end.
fn lines_are_read_one_by_one<S: Socket>() {
    let (mut near, far) = S::pair();
    let writer = go(move || {
        let text = "one\n\ntwo words\r\nthree";
        for piece in text.as_bytes().chunks(3).chain([&b" and"[..], b" a half"]) {
            near.write_all(piece).unwrap();
            gopark::yield_now();
        }
    });
    let mut reader = BufReader::with_capacity(4, far);
    let mut line = String::new();
    assert_eq!(reader.read_line(&mut line).unwrap(), 4);
    assert_eq!(reader.read_line(&mut line).unwrap(), 1);
    assert_eq!(line, "one\n\n");
    let rest: Vec<String> = reader.lines().map(Result::unwrap).collect();
    assert_eq!(rest, ["two words", "three and a half"]);
    writer.join().unwrap();
}

/// What has come before it is kept.
fn a_line_goes_on_after_a_timeout<S: Socket>() {
    let (mut near, far) = S::pair();
    near.write_all(b"half of ").unwrap();
    far.wait_at_most(Some(SHORT));
    let mut reader = BufReader::new(far);
    let mut line = Vec::new();
    for _ in 0..2 {
        let begun = Instant::now();
        assert_eq!(reader.read_until(b'\n', &mut line).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert!(begun.elapsed() >= SHORT, "after {:?} of {SHORT:?}", begun.elapsed());
        assert_eq!(line, b"half of ");
    }
    reader.get_ref().wait_at_most(None);
    near.write_all(b"a line\nand more").unwrap();
    reader.read_until(b'\n', &mut line).unwrap();
    assert_eq!(line, b"half of a line\n");
    assert!(b"and more".starts_with(reader.buffer()));
}

fn a_text_that_is_none_is_refused<S: Socket>() {
    let (mut near, mut far) = S::pair();
    let writer = go(move || {
        // A letter of two bytes, in two pieces, and half of one.
        for piece in [&b"caf\xc3"[..], b"\xa9\n", b"\xc3"] {
            near.write_all(piece).unwrap();
            gopark::yield_now();
        }
    });
    let mut reader = BufReader::new(far.again());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    assert_eq!(line, "café\n");
    assert_eq!(reader.read_line(&mut line).unwrap_err().kind(), ErrorKind::InvalidData);
    assert_eq!(line, "café\n", "nothing is added");
    assert_eq!(far.read(&mut [0]).unwrap(), 0);
    writer.join().unwrap();
}

/// What the other side can read now.
fn there<S: Socket>(far: &mut S) -> Vec<u8> {
    let mut all = Vec::new();
    far.never_wait(true);
    let nothing_more = far.read_to_end(&mut all).unwrap_err();
    assert_eq!(nothing_more.kind(), ErrorKind::WouldBlock);
    far.never_wait(false);
    all
}

fn a_buffered_writer_keeps_until_it_is_full_or_flushed<S: Socket>() {
    let (near, mut far) = S::pair();
    let mut writer = BufWriter::with_capacity(8, near);
    writer.write_all(b"12345").unwrap();
    assert_eq!(there(&mut far), b"");
    writer.flush().unwrap();
    let mut word = [0; 5];
    far.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"12345");
    // Two parts of which the second has no room, and one that is larger than all of the buffer.
    writer.write_all(b"abcdef").unwrap();
    writer.write_all(b"ghi").unwrap();
    writer.write_all(b"0123456789").unwrap();
    let mut word = [0; 19];
    far.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"abcdefghi0123456789");
    writer.write_all(b"end").unwrap();
    assert_eq!(there(&mut far), b"");
    drop(writer);
    let mut rest = String::new();
    far.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "end");
}

fn a_line_writer_keeps_until_the_line_ends<S: Socket>() {
    let (near, mut far) = S::pair();
    let mut writer = LineWriter::new(near);
    write!(writer, "one and").unwrap();
    assert_eq!(there(&mut far), b"");
    write!(writer, " two\nthree").unwrap();
    let mut line = [0; 12];
    far.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"one and two\n");
    assert_eq!(there(&mut far), b"");
    assert!(writer.into_inner().is_ok());
    let mut rest = String::new();
    far.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "three");
}

/// More than the kernel holds, so that the writer waits in the middle.
fn all_is_read_to_the_end<S: Socket>() {
    const TOTAL: usize = 3 << 20;
    let (mut near, mut far) = S::pair();
    let all = bytes(TOTAL);
    let said = all.clone();
    let writer = go(move || {
        near.write_all(&said).unwrap();
        near.end();
        // The other direction is still open.
        let mut answer = String::new();
        near.read_to_string(&mut answer).unwrap();
        answer
    });
    let mut heard = Vec::new();
    assert_eq!(far.read_to_end(&mut heard).unwrap(), TOTAL);
    assert!(heard == all, "other bytes");
    far.write_all(b"thank you").unwrap();
    drop(far);
    assert_eq!(writer.join().unwrap(), "thank you");
}

/// Through sockets of this family and of the other one.
fn a_copy_goes_through_a_chain<S: Socket>() {
    const TOTAL: usize = 4 << 20;
    let (mut first, into) = S::pair();
    let (out, between) = UnixStream::pair().unwrap();
    let (near, mut last) = S::pair();
    let ends: [(Box<dyn Read + Send>, Box<dyn Write + Send>); 2] =
        [(Box::new(into), Box::new(out)), (Box::new(between), Box::new(near))];
    let copies = ends.map(|(mut from, mut to)| go(move || io::copy(&mut from, &mut to).unwrap()));
    let all = bytes(TOTAL);
    let said = all.clone();
    let writer = go(move || io::copy(&mut &said[..], &mut first).unwrap());
    let mut heard = Vec::new();
    io::copy(&mut last, &mut heard).unwrap();
    assert!(heard == all, "other bytes");
    assert_eq!(writer.join().unwrap(), TOTAL as u64);
    assert!(copies.into_iter().all(|copy| copy.join().unwrap() == TOTAL as u64));
}

/// Frames with their lengths before them, of which the beginning of one has been read already.
fn what_was_taken_and_what_was_chained<S: Socket>() {
    let (mut near, mut far) = S::pair();
    let lengths = [0_usize, 1, 70_000, 5];
    let writer = go(move || {
        let mut writer = BufWriter::new(&mut near);
        for length in lengths {
            writer.write_all(&(length as u32).to_be_bytes()).unwrap();
            writer.write_all(&bytes(length)).unwrap();
        }
        writer.flush().unwrap();
    });
    let mut seen = [0; 2];
    far.read_exact(&mut seen).unwrap();
    let mut reader = seen.chain(far.again());
    for length in lengths {
        let mut head = [0; 4];
        reader.read_exact(&mut head).unwrap();
        let mut frame = Vec::new();
        let announced = u32::from_be_bytes(head).into();
        assert_eq!(reader.by_ref().take(announced).read_to_end(&mut frame).unwrap(), length);
        assert!(frame == bytes(length), "another frame of {length} bytes");
    }
    assert_eq!(io::copy(&mut reader, &mut io::sink()).unwrap(), 0);
    writer.join().unwrap();

    // A `take` that the stream does not fill.
    let (mut near, far) = S::pair();
    near.write_all(b"short").unwrap();
    drop(near);
    let mut all = String::new();
    far.take(100).chain(&b", and more"[..]).read_to_string(&mut all).unwrap();
    assert_eq!(all, "short, and more");
}

fn single_bytes_and_pieces<S: Socket>() {
    let (mut near, far) = S::pair();
    let writer = go(move || {
        for piece in bytes(500).chunks(7) {
            near.write_all(piece).unwrap();
            gopark::yield_now();
        }
        near.write_all(b"a,bc,,d").unwrap();
    });
    let mut reader = BufReader::with_capacity(16, far);
    let begin: Vec<u8> = reader.by_ref().bytes().take(500).map(Result::unwrap).collect();
    assert!(begin == bytes(500), "other bytes");
    let rest: Vec<Vec<u8>> = reader.split(b',').map(Result::unwrap).collect();
    assert_eq!(rest, [&b"a"[..], b"bc", b"", b"d"]);
    writer.join().unwrap();
}
