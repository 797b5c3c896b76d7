//! `copy`: from every kind of reader to every kind of writer, complete and in order.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::thread::{self, JoinHandle};

use gopark_net::copy;
use rustix::fs::{MemfdFlags, OFlags, fcntl_getfl, fcntl_setfl, memfd_create};
use rustix::net::{SendFlags, send};
use rustix::pipe::pipe;

use super::descriptors::has_o_nonblock;
use crate::harness::pair;
use crate::net::{Shutdown, TcpStream};
use crate::unix::UnixStream;

cases! {
    tcp_to_everything,
    unix_to_everything,
    a_file_to_everything,
    memory_to_everything,
    wrapped_streams_to_everything,
    streams_and_files_go_through_the_kernel,
    a_stream_into_itself,
    urgent_data_do_not_hide_what_comes_behind,
    urgent_data_do_not_hide_what_comes_before_the_end,
    descriptors_sent_along_are_closed,
    many_small_pieces,
    a_file_is_copied_from_its_position_on,
    a_file_that_grows_is_copied_as_far_as_it_goes,
    files_that_the_kernel_does_not_send,
    a_writer_opened_for_append,
    what_is_no_socket_says_so,
    a_nonblocking_stream_does_not_wait,
}

/// Bytes among which every one that is lost, doubled or moved is found: no period.
pub(super) fn text(len: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    (0..len).map(next).collect()
}

/// Nothing, next to nothing, a pipe full, and more than any buffer on the way holds at once.
const SIZES: [usize; 4] = [0, 1, 64 << 10, (3 << 20) + 17];

/// Writes `text` on a thread, and then ends that side.
pub(super) fn says(mut there: impl Write + Send + 'static, text: &[u8]) -> JoinHandle<()> {
    let text = text.to_owned();
    // It fails if the reader is gone: then the reader's test says more.
    thread::spawn(move || drop(there.write_all(&text)))
}

/// Reads to the end on a thread.
pub(super) fn hears(mut there: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut all = Vec::new();
        there.read_to_end(&mut all).unwrap();
        all
    })
}

pub(super) fn tcp(text: &[u8]) -> TcpStream {
    let (here, there) = pair();
    says(there, text);
    here
}

pub(super) fn unix(text: &[u8]) -> UnixStream {
    let (here, there) = UnixStream::pair().unwrap();
    says(there, text);
    here
}

/// A file in memory, at its beginning.
pub(super) fn file(text: &[u8]) -> File {
    let mut file = File::from(memfd_create("text", MemfdFlags::CLOEXEC).unwrap());
    file.write_all(text).unwrap();
    file.rewind().unwrap();
    file
}

/// A copy of a text whose writer is yet to be chosen.
trait Copying {
    fn to<W: Write + ?Sized>(&self, writer: &mut W) -> io::Result<u64>;
}

struct ByValue<F>(F);

impl<R: Read, F: Fn() -> R> Copying for ByValue<F> {
    fn to<W: Write + ?Sized>(&self, writer: &mut W) -> io::Result<u64> {
        copy(&mut self.0(), writer)
    }
}

struct ByReference<F>(F);

impl<R, F: Fn() -> R> Copying for ByReference<F>
where
    for<'a> &'a R: Read,
{
    fn to<W: Write + ?Sized>(&self, writer: &mut W) -> io::Result<u64> {
        copy(&mut &self.0(), writer)
    }
}

struct Erased<F>(F);

impl<R: Read, F: Fn() -> R> Copying for Erased<F> {
    fn to<W: Write + ?Sized>(&self, writer: &mut W) -> io::Result<u64> {
        let mut reader = self.0();
        let erased: &mut dyn Read = &mut reader;
        copy(erased, writer)
    }
}

fn to_everything(text: &[u8], copying: &impl Copying) {
    let size = text.len() as u64;
    let mut vec = Vec::new();
    assert_eq!(copying.to(&mut vec).unwrap(), size);
    assert!(vec == text);

    vec.clear();
    let erased: &mut dyn Write = &mut vec;
    assert_eq!(copying.to(erased).unwrap(), size);
    assert!(vec == text);

    let (mut here, there) = pair();
    let heard = hears(there);
    assert_eq!(copying.to(&mut here).unwrap(), size);
    drop(here);
    assert!(heard.join().unwrap() == text);

    let (here, there) = pair();
    let heard = hears(there);
    assert_eq!(copying.to(&mut &here).unwrap(), size);
    drop(here);
    assert!(heard.join().unwrap() == text);

    let (mut here, there) = UnixStream::pair().unwrap();
    let heard = hears(there);
    assert_eq!(copying.to(&mut here).unwrap(), size);
    drop(here);
    assert!(heard.join().unwrap() == text);

    let (here, there) = UnixStream::pair().unwrap();
    let heard = hears(there);
    assert_eq!(copying.to(&mut &here).unwrap(), size);
    drop(here);
    assert!(heard.join().unwrap() == text);
}

fn tcp_to_everything() {
    for text in SIZES.map(text) {
        to_everything(&text, &ByValue(|| tcp(&text)));
        to_everything(&text, &ByReference(|| tcp(&text)));
    }
}

fn unix_to_everything() {
    for text in SIZES.map(text) {
        to_everything(&text, &ByValue(|| unix(&text)));
        to_everything(&text, &ByReference(|| unix(&text)));
    }
}

fn a_file_to_everything() {
    for text in SIZES.map(text) {
        to_everything(&text, &ByValue(|| file(&text)));
        to_everything(&text, &ByReference(|| file(&text)));
    }
}

fn memory_to_everything() {
    for text in SIZES.map(text) {
        to_everything(&text, &ByValue(|| &text[..]));
        to_everything(&text, &Erased(|| io::Cursor::new(&text)));
    }
}

fn wrapped_streams_to_everything() {
    for text in SIZES.map(text) {
        let longer = [&text[..], b"not this"].concat();
        to_everything(&text, &ByValue(|| BufReader::new(tcp(&text))));
        to_everything(&text, &ByValue(|| tcp(&longer).take(text.len() as u64)));
        to_everything(&text, &ByValue(|| Box::new(unix(&text))));
        to_everything(&text, &Erased(|| tcp(&text)));
        to_everything(&text, &Erased(|| unix(&text)));
    }
}

/// Seen by what the kernel needs for it.
fn streams_and_files_go_through_the_kernel() {
    let went = |from: &dyn AsFd, to: &dyn AsFd| (has_o_nonblock(from.as_fd()), has_o_nonblock(to.as_fd()));

    let (from, (to, _there)) = (tcp(b"text"), UnixStream::pair().unwrap());
    copy(&mut &from, &mut &to).unwrap();
    assert_eq!(went(&from, &to), (true, true));

    let (from, (to, _there)) = (unix(b"text"), pair());
    copy(&mut &from, &mut &to).unwrap();
    assert_eq!(went(&from, &to), (true, true));

    let (from, (to, _there)) = (file(b"text"), pair());
    copy(&mut &from, &mut &to).unwrap();
    assert_eq!(went(&from, &to), (false, true));

    let (from, (to, _there)) = (tcp(b"text"), pair());
    copy(&mut BufReader::new(&from), &mut &to).unwrap();
    assert_eq!(went(&from, &to), (false, false));

    let from = tcp(b"text");
    copy(&mut &from, &mut io::sink()).unwrap();
    assert_eq!(went(&from, &from), (false, false));
}

/// An echo.
fn a_stream_into_itself() {
    for text in SIZES.map(text) {
        let (here, there) = pair();
        let echo = thread::spawn(move || copy(&mut &there, &mut &there).unwrap());
        let heard = hears(here.try_clone().unwrap());
        (&here).write_all(&text).unwrap();
        here.shutdown(Shutdown::Write).unwrap();
        assert_eq!(echo.join().unwrap(), text.len() as u64);
        assert!(heard.join().unwrap() == text);
    }
}

fn send_urgent(stream: &TcpStream) {
    assert_eq!(send(stream, b"!", SendFlags::OOB).unwrap(), 1);
}

/// splice(2) does not go past such a byte, and says that there is nothing.
fn urgent_data_do_not_hide_what_comes_behind() {
    let ((mut client, from), (to, mut server)) = (pair(), pair());
    let copied = thread::spawn(move || copy(&mut &from, &mut &to).unwrap());
    for _ in 0..3 {
        client.write_all(b"abc").unwrap();
        send_urgent(&client);
        // The stream stays open: nothing but these bytes can wake the copy.
        client.write_all(b"def").unwrap();
        let mut heard = [0; 6];
        server.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"abcdef");
    }
    drop(client);
    assert_eq!(copied.join().unwrap(), 18);
}

/// Nor does it then tell such a place from the end.
fn urgent_data_do_not_hide_what_comes_before_the_end() {
    let ((mut client, from), (to, server)) = (pair(), pair());
    client.write_all(b"abc").unwrap();
    send_urgent(&client);
    client.write_all(b"def").unwrap();
    drop(client);
    // All of it has arrived, and the end.
    while rustix::net::recv(&from, &mut [0; 8], rustix::net::RecvFlags::PEEK).unwrap().1 < 3 {}
    assert_eq!(copy(&mut &from, &mut &to).unwrap(), 6);
    drop(to);
    assert_eq!(hears(server).join().unwrap(), b"abcdef");
}

/// They end a read early, and whoever reads without asking for them has no use for them.
fn descriptors_sent_along_are_closed() {
    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, sendmsg};
    let ((client, from), (to, server)) = (UnixStream::pair().unwrap(), UnixStream::pair().unwrap());
    let (kept, sent) = pipe().unwrap();
    for part in [b"abc", b"def"] {
        let rights = [sent.as_fd()];
        let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut along = SendAncillaryBuffer::new(&mut space);
        assert!(along.push(SendAncillaryMessage::ScmRights(&rights)));
        sendmsg(&client, &[io::IoSlice::new(part)], &mut along, SendFlags::empty()).unwrap();
    }
    drop((client, sent));
    assert_eq!(copy(&mut &from, &mut &to).unwrap(), 6);
    drop(to);
    assert_eq!(hears(server).join().unwrap(), b"abcdef");
    // Nobody has the writing end any more: this is the end, and would else be a wait.
    assert_eq!(File::from(kept).read(&mut [0; 8]).unwrap(), 0);
}

/// A pipe has places for sixteen, however small.
fn many_small_pieces() {
    let text = text(5000);
    let ((mut client, from), (to, server)) = (UnixStream::pair().unwrap(), pair());
    let heard = hears(server);
    thread::scope(|s| {
        s.spawn(|| {
            text.chunks(1).for_each(|byte| client.write_all(byte).unwrap());
            client.shutdown(Shutdown::Write).unwrap();
        });
        assert_eq!(copy(&mut &from, &mut &to).unwrap(), 5000);
    });
    drop(to);
    assert!(heard.join().unwrap() == text);
}

fn a_file_is_copied_from_its_position_on() {
    let mut file = file(b"not this, but this");
    file.seek(SeekFrom::Start(10)).unwrap();
    let (to, there) = pair();
    assert_eq!(copy(&mut file, &mut &to).unwrap(), 8);
    assert_eq!(file.stream_position().unwrap(), 18);
    // Beyond its end there is nothing.
    file.seek(SeekFrom::Start(1000)).unwrap();
    assert_eq!(copy(&mut file, &mut &to).unwrap(), 0);
    // Where it is, is no matter of 32 bits.
    rustix::io::pwrite(&file, b", and this", 5 << 30).unwrap();
    file.seek(SeekFrom::Start(5 << 30)).unwrap();
    assert_eq!(copy(&mut file, &mut &to).unwrap(), 10);
    drop(to);
    assert_eq!(hears(there).join().unwrap(), b"but this, and this");
}

/// How long it was in the beginning is no limit.
fn a_file_that_grows_is_copied_as_far_as_it_goes() {
    let text = text(20 << 20);
    let (half, rest) = text.split_at(10 << 20);
    let growing = file(half);
    let (to, mut there) = pair();
    let appending = growing.try_clone().unwrap();
    let reader = {
        let rest = rest.to_owned();
        thread::spawn(move || {
            let mut all = vec![0; 1];
            // The copy has begun, and cannot end before all that there is has been read.
            there.read_exact(&mut all).unwrap();
            rustix::io::pwrite(&appending, &rest, 10 << 20).unwrap();
            there.read_to_end(&mut all).unwrap();
            all
        })
    };
    assert_eq!(copy(&mut &growing, &mut &to).unwrap(), text.len() as u64);
    drop(to);
    assert!(reader.join().unwrap() == text);
}

/// Neither is one of which it could send a part: they are readers like any other.
fn files_that_the_kernel_does_not_send() {
    let copied = |mut from: File| {
        let (to, there) = pair();
        let copied = copy(&mut from, &mut &to).unwrap();
        drop(to);
        let heard = hears(there).join().unwrap();
        assert_eq!(copied, heard.len() as u64);
        heard
    };
    let (reading_end, writing_end) = pipe().unwrap();
    let writer = says(File::from(writing_end), &text(200 << 10));
    assert!(copied(File::from(reading_end)) == text(200 << 10));
    writer.join().unwrap();

    let (socket, there) = std::os::unix::net::UnixStream::pair().unwrap();
    says(there, b"by a socket").join().unwrap();
    assert_eq!(copied(File::from(OwnedFd::from(socket))), b"by a socket");

    // Of no size, as far as the file system tells.
    let version = std::fs::read("/proc/version").unwrap();
    assert_eq!(copied(File::open("/proc/version").unwrap()), version);

    let refused = copy(&mut File::open("/").unwrap(), &mut &pair().0).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::IsADirectory);
}

/// splice(2) and sendfile(2) refuse a descriptor with O_APPEND. A socket has no use for it, but whoever hands one down as
/// stdout may have set it.
fn a_writer_opened_for_append() {
    let text = text(200 << 10);
    let append = |to: &TcpStream| fcntl_setfl(to, fcntl_getfl(to).unwrap() | OFlags::APPEND).unwrap();
    let (to, there) = pair();
    append(&to);
    let heard = hears(there);
    assert_eq!(copy(&mut unix(&text), &mut &to).unwrap(), text.len() as u64);
    assert_eq!(copy(&mut file(&text), &mut &to).unwrap(), text.len() as u64);
    drop(to);
    assert!(heard.join().unwrap() == text.repeat(2));
}

fn what_is_no_socket_says_so() {
    let (reading_end, writing_end) = pipe().unwrap();
    let (no_stream, (stream, _there)) = (TcpStream::from(writing_end), pair());
    assert!(copy(&mut &no_stream, &mut &stream).is_err());
    assert!(copy(&mut &b"text"[..], &mut &no_stream).is_err());
    drop(reading_end);
}

fn a_nonblocking_stream_does_not_wait() {
    let ((here, mut there), (to, mut heard)) = (pair(), UnixStream::pair().unwrap());
    here.set_nonblocking(true).unwrap();
    there.write_all(b"text").unwrap();
    while here.peek(&mut [0; 8]).map_or(true, |count| count < 4) {}
    assert_eq!(copy(&mut &here, &mut &to).unwrap_err().kind(), ErrorKind::WouldBlock);
    let mut text = [0; 4];
    heard.read_exact(&mut text).unwrap();
    assert_eq!(&text, b"text");
}
