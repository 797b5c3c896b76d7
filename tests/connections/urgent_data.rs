//! Urgent data, which hardly anybody sends on purpose, but any peer may: a read stops at their mark although more
//! lies behind it. A reader that took the short count for an empty buffer would hang.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::thread;
use std::time::Duration;

use gopark::go;
use gopark::net::TcpStream;

use crate::loopback::{let_them_wait, pair};
use crate::watchdog::bounded;
use crate::workers::runtime;

/// Sends one byte out of the order of the others.
fn send_urgent(conn: &TcpStream, byte: u8) {
    // SAFETY: the pointer and the length describe one live byte; the descriptor is open.
    let sent = unsafe { libc::send(conn.as_raw_fd(), (&raw const byte).cast(), 1, libc::MSG_OOB) };
    assert_eq!(sent, 1, "{}", std::io::Error::last_os_error());
}

/// Reads so many bytes by whatever counts come.
fn read_some(mut conn: &TcpStream, wanted: usize) -> Vec<u8> {
    let mut received = Vec::new();
    let mut buf = [0; 1024];
    while received.len() < wanted {
        let count = conn.read(&mut buf).unwrap();
        assert_ne!(count, 0, "the end, after {received:?}");
        received.extend_from_slice(&buf[..count]);
    }
    received
}

#[test]
fn do_not_hide_what_comes_behind() {
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                for round in 0..100 {
                    let (mut near, mut far) = pair();
                    let reader = go(move || {
                        for _ in 0..2 {
                            assert_eq!(read_some(&far, 6), b"abcdef");
                            far.write_all(b"go on").unwrap();
                        }
                    });
                    // The reader waits already, or comes later.
                    if round % 2 == 0 {
                        gopark::yield_now();
                    }
                    for _ in 0..2 {
                        near.write_all(b"abc").unwrap();
                        send_urgent(&near, b'!');
                        // The stream stays open, so that nothing but these bytes can wake the reader.
                        near.write_all(b"def").unwrap();
                        // The next urgent byte must not overtake this one, which would then be an ordinary one.
                        near.read_exact(&mut [0; 5]).unwrap();
                    }
                    reader.join().unwrap();
                }
            });
        }
    });
}

/// Alone, they are an event for a reader that waits, and nothing for it to read.
#[test]
fn do_not_wake_a_reader_for_nothing() {
    bounded(|| {
        runtime(1).run(|| {
            let (mut near, far) = pair();
            let reader = go(move || read_some(&far, 3));
            let_them_wait();
            send_urgent(&near, b'!');
            let_them_wait();
            assert!(!reader.is_finished());
            near.write_all(b"abc").unwrap();
            assert_eq!(reader.join().unwrap(), b"abc");
        });
    });
}

fn cpu_time_of_this_thread() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the argument is a valid place for a timespec.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) }, 0);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// They lie there until somebody asks for them, and nobody does.
#[test]
fn do_not_keep_a_plain_thread_busy() {
    const WAITS: Duration = Duration::from_millis(300);
    bounded(|| {
        let (mut near, far) = pair();
        let reader = thread::spawn(move || {
            let before = cpu_time_of_this_thread();
            assert_eq!(read_some(&far, 3), b"abc");
            cpu_time_of_this_thread() - before
        });
        send_urgent(&near, b'!');
        thread::sleep(WAITS);
        near.write_all(b"abc").unwrap();
        let busy = reader.join().unwrap();
        assert!(busy < WAITS / 6, "{busy:?} of {WAITS:?}");
    });
}

/// A read would have to wait, so there is nothing to read.
#[test]
fn are_not_readable() {
    bounded(|| {
        runtime(1).run(|| {
            let (mut near, mut far) = pair();
            send_urgent(&near, b'!');
            let_them_wait();
            far.set_nonblocking(true).unwrap();
            let ready = far.readable().map_err(|error| error.kind());
            let read = far.read(&mut [0; 8]).map_err(|error| error.kind());
            assert_eq!((ready, read), (Err(ErrorKind::WouldBlock), Err(ErrorKind::WouldBlock)));
            far.set_nonblocking(false).unwrap();
            near.write_all(b"abc").unwrap();
            far.readable().unwrap();
            assert_eq!(read_some(&far, 3), b"abc");
        });
    });
}
