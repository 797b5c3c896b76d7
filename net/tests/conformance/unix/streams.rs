//! Streams between Unix sockets.

use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, FromRawFd, IntoRawFd, OwnedFd};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;

use crate::harness::let_it_block;
use crate::unix::UnixStream;

cases! {
    what_is_written_is_read,
    vectored_calls_keep_the_order,
    nothing_to_move_is_moved_at_once,
    a_reader_waits_for_data,
    megabytes_both_ways,
    the_end_is_read_again_and_again,
    writing_to_a_peer_that_is_gone,
    data_that_nobody_read_reset_the_peer,
    shutdown_ends_both_sides_for_all_clones,
    shutdown_is_met_by_the_peer,
    shutdown_wakes_a_blocked_reader,
    shutdown_wakes_a_blocked_writer,
    shutdown_by_the_peer_wakes_a_blocked_writer,
    the_end_wakes_who_is_blocked,
    timeouts_are_kept_and_shared,
    a_read_gives_up,
    a_write_gives_up,
    a_stream_that_does_not_wait,
    through_descriptors_and_back,
    descriptors_sent_along_end_a_read_and_no_more,
}

const SHORT: Duration = Duration::from_millis(40);

fn pair() -> (UnixStream, UnixStream) {
    UnixStream::pair().unwrap()
}

/// Writes until the first error, which is the result.
fn write_until_refused(mut stream: &UnixStream) -> ErrorKind {
    loop {
        if let Err(e) = stream.write(&[0; 1 << 12]) {
            return e.kind();
        }
    }
}

fn must_give_up<T>(call: impl FnOnce() -> io::Result<T>) {
    let begun = Instant::now();
    let Err(gave_up) = call() else { panic!("must give up") };
    assert_eq!(gave_up.kind(), ErrorKind::WouldBlock);
    assert_eq!(Errno::from_io_error(&gave_up), Some(Errno::AGAIN));
    // The kernel rounds to its clock tick, which may be 10 ms.
    assert!(begun.elapsed() >= SHORT - Duration::from_millis(10), "after {:?}", begun.elapsed());
}

fn what_is_written_is_read() {
    let (mut a, mut b) = pair();
    a.write_all(b"there").unwrap();
    let mut buf = [0; 5];
    b.read_exact(&mut buf).unwrap();
    assert_eq!(&buf, b"there");
    (&b).write_all(b"back").unwrap();
    (&a).read_exact(&mut buf[..4]).unwrap();
    assert_eq!(&buf[..4], b"back");
    a.flush().unwrap();
    assert!(a.take_error().unwrap().is_none());
    assert!(a.local_addr().unwrap().is_unnamed() && a.peer_addr().unwrap().is_unnamed());
}

fn vectored_calls_keep_the_order() {
    let (mut a, mut b) = pair();
    let sent = a.write_vectored(&[IoSlice::new(b"a"), IoSlice::new(b""), IoSlice::new(b"bcd")]);
    assert_eq!(sent.unwrap(), 4);
    let (mut first, mut second) = ([0; 2], [9; 4]);
    let mut bufs = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
    assert_eq!(b.read_vectored(&mut bufs).unwrap(), 4);
    assert_eq!((&first, &second), (b"ab", &[b'c', b'd', 9, 9]));
    assert_eq!((&a).write_vectored(&vec![IoSlice::new(b"x"); 3000]).unwrap(), 1024);
    assert_eq!((&b).read_vectored(&mut [IoSliceMut::new(&mut [0; 2000])]).unwrap(), 1024);
}

fn nothing_to_move_is_moved_at_once() {
    let (mut a, _b) = pair();
    assert_eq!(a.read_vectored(&mut []).unwrap(), 0);
    assert_eq!(a.write(&[]).unwrap(), 0);
    assert_eq!(a.write_vectored(&[IoSlice::new(&[])]).unwrap(), 0);
}

fn a_reader_waits_for_data() {
    let (mut a, mut b) = pair();
    let reader = thread::spawn(move || b.read(&mut [0; 8]).unwrap());
    let_it_block();
    a.write_all(b"late").unwrap();
    assert_eq!(reader.join().unwrap(), 4);
}

fn megabytes_both_ways() {
    // Not a power of two, so that a lost or repeated piece shifts what follows.
    let sent: Vec<u8> = (0..3_000_017_u32).map(|i| (i % 251) as u8).collect();
    let (mut client, server) = pair();
    let echo = thread::spawn(move || io::copy(&mut &server, &mut &server).unwrap());
    let mut reader = client.try_clone().unwrap();
    let receiver = thread::spawn(move || {
        let mut received = Vec::new();
        reader.read_to_end(&mut received).unwrap();
        received
    });
    client.write_all(&sent).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(echo.join().unwrap(), sent.len() as u64);
    assert!(receiver.join().unwrap() == sent, "what came back differs");
}

fn the_end_is_read_again_and_again() {
    let (mut a, mut b) = pair();
    a.write_all(b"last").unwrap();
    drop(a);
    let mut heard = String::new();
    b.read_to_string(&mut heard).unwrap();
    assert_eq!(heard, "last");
    for _ in 0..3 {
        assert_eq!(b.read(&mut [0; 8]).unwrap(), 0);
    }
    assert!(b.peer_addr().unwrap().is_unnamed());
}

fn writing_to_a_peer_that_is_gone() {
    let (a, mut b) = pair();
    drop(a);
    for _ in 0..2 {
        assert_eq!(b.write(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
    }
    b.shutdown(Shutdown::Both).unwrap();
}

fn data_that_nobody_read_reset_the_peer() {
    let (a, mut b) = pair();
    b.write_all(b"unread").unwrap();
    drop(a);
    assert_eq!(b.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(b.read(&mut [0; 8]).unwrap(), 0, "the error is told once");
}

fn shutdown_ends_both_sides_for_all_clones() {
    let (mut a, _b) = pair();
    let mut before = a.try_clone().unwrap();
    a.shutdown(Shutdown::Write).unwrap();
    a.shutdown(Shutdown::Read).unwrap();
    let mut after = a.try_clone().unwrap();
    for stream in [&mut a, &mut before, &mut after] {
        assert_eq!(stream.write(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert_eq!(stream.read(&mut [0; 8]).unwrap(), 0);
        stream.shutdown(Shutdown::Both).unwrap();
    }
}

fn shutdown_is_met_by_the_peer() {
    let (a, mut b) = pair();
    a.shutdown(Shutdown::Read).unwrap();
    assert_eq!(b.write(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
    a.shutdown(Shutdown::Write).unwrap();
    assert_eq!(b.read(&mut [0; 8]).unwrap(), 0);
}

fn shutdown_wakes_a_blocked_reader() {
    for how in [Shutdown::Read, Shutdown::Both] {
        let (a, _b) = pair();
        let mut clone = a.try_clone().unwrap();
        let reader = thread::spawn(move || clone.read(&mut [0; 8]).unwrap());
        let_it_block();
        a.shutdown(how).unwrap();
        assert_eq!(reader.join().unwrap(), 0);
    }
}

fn shutdown_wakes_a_blocked_writer() {
    for how in [Shutdown::Write, Shutdown::Both] {
        let (a, _b) = pair();
        let clone = a.try_clone().unwrap();
        let writer = thread::spawn(move || write_until_refused(&clone));
        let_it_block();
        a.shutdown(how).unwrap();
        assert_eq!(writer.join().unwrap(), ErrorKind::BrokenPipe);
    }
}

fn shutdown_by_the_peer_wakes_a_blocked_writer() {
    let (a, b) = pair();
    let writer = thread::spawn(move || write_until_refused(&a));
    let_it_block();
    b.shutdown(Shutdown::Read).unwrap();
    assert_eq!(writer.join().unwrap(), ErrorKind::BrokenPipe);
}

fn the_end_wakes_who_is_blocked() {
    let (a, b) = pair();
    let reader = thread::spawn(move || (&b).read(&mut [0; 8]).unwrap());
    let_it_block();
    drop(a);
    assert_eq!(reader.join().unwrap(), 0);

    let (a, b) = pair();
    let writer = thread::spawn(move || write_until_refused(&b));
    let_it_block();
    drop(a);
    let refused = writer.join().unwrap();
    assert!(matches!(refused, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{refused:?}");
}

fn timeouts_are_kept_and_shared() {
    let (a, _b) = pair();
    let (read, write) = (Some(Duration::from_secs(15)), Some(Duration::from_secs(410)));
    assert_eq!((a.read_timeout().unwrap(), a.write_timeout().unwrap()), (None, None));
    let clone = a.try_clone().unwrap();
    a.set_read_timeout(read).unwrap();
    a.set_write_timeout(write).unwrap();
    assert_eq!((clone.read_timeout().unwrap(), clone.write_timeout().unwrap()), (read, write));
    for refused in [a.set_read_timeout(Some(Duration::ZERO)), a.set_write_timeout(Some(Duration::ZERO))] {
        let refused = refused.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
        assert_eq!(refused.to_string(), "cannot set a 0 duration timeout");
    }
    a.set_read_timeout(None).unwrap();
    assert_eq!((a.read_timeout().unwrap(), a.write_timeout().unwrap()), (None, write));
}

fn a_read_gives_up() {
    let (mut a, mut b) = pair();
    a.set_read_timeout(Some(SHORT)).unwrap();
    must_give_up(|| a.read(&mut [0; 8]));
    must_give_up(|| a.read_vectored(&mut [IoSliceMut::new(&mut [0; 8])]));
    b.write_all(b"late").unwrap();
    assert_eq!(a.read(&mut [0; 8]).unwrap(), 4);
}

fn a_write_gives_up() {
    let (mut a, mut b) = pair();
    a.set_write_timeout(Some(SHORT)).unwrap();
    let much = vec![0; 16 << 20];
    must_give_up(|| a.write_all(&much));
    drop(a);
    assert!(b.read_to_end(&mut Vec::new()).unwrap() > 0);
}

fn a_stream_that_does_not_wait() {
    let (mut a, mut b) = pair();
    a.set_nonblocking(true).unwrap();
    assert_eq!(a.try_clone().unwrap().read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(write_until_refused(&a), ErrorKind::WouldBlock);
    b.write_all(b"x").unwrap();
    assert_eq!(a.read(&mut [0; 8]).unwrap(), 1);
    a.set_nonblocking(false).unwrap();
    a.set_read_timeout(Some(SHORT)).unwrap();
    must_give_up(|| a.read(&mut [0; 8]));
}

fn through_descriptors_and_back() {
    let (a, mut b) = pair();
    a.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // SAFETY: into_raw_fd has just given up this open descriptor, and nobody else has its number.
    let fd = unsafe { OwnedFd::from_raw_fd(a.into_raw_fd()) };
    let mut a = UnixStream::from(fd);
    assert_eq!(a.read_timeout().unwrap(), Some(Duration::from_secs(20)));
    b.write_all(b"x").unwrap();
    assert_eq!(a.read(&mut [0; 8]).unwrap(), 1);
}

fn descriptors_sent_along_end_a_read_and_no_more() {
    use std::mem::MaybeUninit;

    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

    let (a, mut b) = pair();
    b.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let send_with_descriptor = |data: &[u8]| {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut along = SendAncillaryBuffer::new(&mut space);
        let descriptors = [a.as_fd()];
        assert!(along.push(SendAncillaryMessage::ScmRights(&descriptors)));
        sendmsg(&a, &[IoSlice::new(data)], &mut along, SendFlags::empty()).unwrap();
    };
    send_with_descriptor(b"one");
    send_with_descriptor(b"two");
    (&a).write_all(b"three").unwrap();
    let mut heard = Vec::new();
    while heard.len() < 11 {
        let mut buf = [0; 64];
        let n = b.read(&mut buf).unwrap();
        heard.extend_from_slice(&buf[..n]);
    }
    assert_eq!(heard, b"onetwothree");
}
