//! `readable` and `writable`: they wait as the call that follows would, and leave everything to it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use gopark::net::{TcpStream, UdpSocket, UnixDatagram, UnixStream};
use gopark::runtime::Runtime;
use gopark::{JoinHandle, chan, go, is_cancelled, is_timeout, select, with_timeout};

use crate::eventually::eventually;
use crate::loopback::{let_them_wait, pair, reset_on_close};
use crate::parked::{parks, until_parked};
use crate::random::Random;
use crate::waiting_calls::{fill, full_pair};
use crate::watchdog::bounded;
use crate::workers::runtime;

const SOON: Duration = Duration::from_millis(20);

/// Runs `body` on one worker and on two.
fn in_coroutines(body: fn()) {
    bounded(move || [1, 2].into_iter().for_each(|workers| runtime(workers).run(body)));
}

/// Has a coroutine make `call`, and returns when it waits.
fn waits<T: Send + 'static>(runtime: &Runtime, call: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    let before = parks(runtime);
    let begun = runtime.spawn(call);
    until_parked(runtime, before + 1);
    assert!(!begun.is_finished());
    begun
}

#[test]
fn the_data_stay_where_they_are() {
    in_coroutines(|| {
        let (mut a, mut b) = pair();
        for round in 0..20_u8 {
            b.write_all(&[round; 5]).unwrap();
            (0..3).for_each(|_| a.readable().unwrap());
            let mut buf = [0; 8];
            assert_eq!(a.peek(&mut buf).unwrap(), 5);
            a.readable().unwrap();
            // In parts: what is left is readable still.
            a.read_exact(&mut buf[..2]).unwrap();
            a.readable().unwrap();
            assert_eq!(a.read(&mut buf[2..]).unwrap(), 3);
            assert_eq!(&buf[..5], [round; 5]);
        }
        let (mut a, mut b) = UnixStream::pair().unwrap();
        b.write_all(b"hello").unwrap();
        (0..3).for_each(|_| a.readable().unwrap());
        assert_eq!(a.read(&mut [0; 8]).unwrap(), 5);
    });
}

#[test]
fn a_datagram_stays_in_the_queue() {
    in_coroutines(|| {
        let [a, b] = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
        b.send_to(b"hello", a.local_addr().unwrap()).unwrap();
        b.send_to(b"", a.local_addr().unwrap()).unwrap();
        for length in [5, 0] {
            (0..3).for_each(|_| a.readable().unwrap());
            assert_eq!(a.recv(&mut [0; 8]).unwrap(), length, "one without bytes is one all the same");
        }
        let (a, b) = UnixDatagram::pair().unwrap();
        b.send(b"hello").unwrap();
        (0..3).for_each(|_| a.readable().unwrap());
        assert_eq!(a.recv(&mut [0; 8]).unwrap(), 5);
    });
}

/// Whether the one before was drained or not, and whoever reads.
#[test]
fn wait_until_something_comes() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let (a, mut b) = pair();
            let a = Arc::new(a);
            for round in 0..50_usize {
                let conn = a.clone();
                let waiting = waits(&runtime, move || conn.readable());
                b.write_all(&[0; 9]).unwrap();
                waiting.join().unwrap().unwrap();
                // A short count, a full one, or one byte after the other.
                match round % 3 {
                    0 => assert_eq!((&*a).read(&mut [0; 64]).unwrap(), 9),
                    1 => (&*a).read_exact(&mut [0; 9]).unwrap(),
                    _ => (0..9).for_each(|_| {
                        a.readable().unwrap();
                        (&*a).read_exact(&mut [0]).unwrap();
                    }),
                }
            }
        }
    });
}

#[test]
fn wait_until_something_comes_on_a_plain_thread() {
    bounded(|| {
        let (a, mut b) = pair();
        let (c, d) = UnixStream::pair().unwrap();
        let tcp = thread::spawn(move || a.readable().map(|()| a));
        fill(&c, |nonblocking| c.set_nonblocking(nonblocking));
        let unix = thread::spawn(move || c.writable().map(|()| c));
        let_them_wait();
        assert!(!tcp.is_finished() && !unix.is_finished());
        b.write_all(b"x").unwrap();
        assert_eq!(tcp.join().unwrap().unwrap().read(&mut [0; 8]).unwrap(), 1);
        let taker = thread::spawn(move || io::copy(&mut &d, &mut io::sink()));
        drop(unix.join().unwrap().unwrap());
        taker.join().unwrap().unwrap();
    });
}

#[test]
fn the_end_of_a_stream_is_readable() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            for drained_before in [false, true] {
                for how in [Shutdown::Read, Shutdown::Write] {
                    let (mut a, mut b) = pair();
                    if drained_before {
                        b.write_all(b"hello").unwrap();
                        assert_eq!(a.read(&mut [0; 64]).unwrap(), 5);
                    }
                    let conn = a.try_clone().unwrap();
                    let waiting = waits(&runtime, move || conn.readable());
                    match how {
                        Shutdown::Read => a.shutdown(how).unwrap(),
                        _ => b.shutdown(how).unwrap(),
                    }
                    waiting.join().unwrap().unwrap();
                    (0..3).for_each(|_| a.readable().unwrap());
                    assert_eq!(a.read(&mut [0; 8]).unwrap(), 0);
                }
            }
        }
    });
}

/// Data and the end come in one edge, and there is none after it.
#[test]
fn the_end_right_behind_the_data_is_readable() {
    in_coroutines(|| {
        for _ in 0..50 {
            let (mut a, mut b) = pair();
            let (tell, told) = chan::bounded(0);
            let reader = go(move || {
                a.readable().unwrap();
                told.recv().unwrap();
                assert_eq!(a.read(&mut [0; 64]).unwrap(), 5);
                a.readable().unwrap();
                assert_eq!(a.read(&mut [0; 64]).unwrap(), 0);
            });
            b.write_all(b"hello").unwrap();
            drop(b);
            tell.send(()).unwrap();
            reader.join().unwrap();
        }
    });
}

#[test]
fn an_error_is_readable() {
    bounded(|| {
        let runtime = runtime(2);
        let (a, b) = pair();
        let conn = a.try_clone().unwrap();
        let waiting = waits(&runtime, move || conn.readable());
        reset_on_close(&b);
        drop(b);
        waiting.join().unwrap().unwrap();
        assert_eq!((&a).read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::ConnectionReset);

        let here = UdpSocket::bind("127.0.0.1:0").unwrap();
        // At an address where nobody else opens a port.
        let gone = UdpSocket::bind("127.0.0.78:0").unwrap().local_addr().unwrap();
        here.connect(gone).unwrap();
        let socket = here.try_clone().unwrap();
        let waiting = waits(&runtime, move || socket.readable());
        here.send(b"anybody?").unwrap();
        waiting.join().unwrap().unwrap();
        assert_eq!(here.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    });
}

#[test]
fn what_has_room_is_writable_at_once() {
    in_coroutines(|| {
        let (a, _b) = pair();
        let (c, _d) = UnixStream::pair().unwrap();
        let (e, _f) = UnixDatagram::pair().unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        for _ in 0..3 {
            a.writable().unwrap();
            c.writable().unwrap();
            e.writable().unwrap();
            udp.writable().unwrap();
        }
    });
}

#[test]
fn what_is_full_is_writable_when_somebody_reads() {
    bounded(|| {
        let runtime = runtime(2);
        let (a, far) = full_pair();
        let waiting = waits(&runtime, move || a.writable().map(|()| a));
        let taker = thread::spawn(move || io::copy(&mut &far, &mut io::sink()));
        let a = waiting.join().unwrap().unwrap();
        a.set_nonblocking(true).unwrap();
        assert!((&a).write(b"x").is_ok(), "it is writable");
        drop(a);
        taker.join().unwrap().unwrap();
    });
}

/// There is no sense in waiting any more: the next call that sends will say so.
#[test]
fn what_was_shut_down_is_writable() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            for how in [Shutdown::Write, Shutdown::Both] {
                let (a, _far) = full_pair();
                let conn = a.try_clone().unwrap();
                let waiting = waits(&runtime, move || conn.writable());
                a.shutdown(how).unwrap();
                waiting.join().unwrap().unwrap();
                assert_eq!((&a).write(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
            }
            let (a, far) = full_pair();
            let conn = a.try_clone().unwrap();
            let waiting = waits(&runtime, move || conn.writable());
            reset_on_close(&far);
            drop(far);
            waiting.join().unwrap().unwrap();
            assert!((&a).write(b"x").is_err());
        }
    });
}

fn full_unix_pair() -> (UnixStream, UnixStream) {
    let (a, far) = UnixStream::pair().unwrap();
    fill(&a, |nonblocking| a.set_nonblocking(nonblocking));
    (a, far)
}

/// Has a coroutine and a plain thread wait until a Unix stream is writable, which is over when `end` has been done to it.
fn ends_the_wait_of_a_unix_writer(end: fn(&UnixStream, &mut Option<UnixStream>)) {
    bounded(move || {
        let runtime = runtime(1);
        let (a, far) = full_unix_pair();
        let mut far = Some(far);
        let (conn, same) = (a.try_clone().unwrap(), a.try_clone().unwrap());
        let coroutine = waits(&runtime, move || conn.writable());
        let thread = thread::spawn(move || same.writable());
        let_them_wait();
        assert!(!thread.is_finished());
        end(&a, &mut far);
        coroutine.join().unwrap().unwrap();
        thread.join().unwrap().unwrap();
        a.writable().unwrap();
        assert_eq!((&a).write(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn a_unix_stream_that_was_shut_down_is_writable() {
    ends_the_wait_of_a_unix_writer(|here, _far| here.shutdown(Shutdown::Both).unwrap());
}

#[test]
fn a_unix_stream_that_was_shut_down_for_writing_is_writable() {
    ends_the_wait_of_a_unix_writer(|here, _far| here.shutdown(Shutdown::Write).unwrap());
}

#[test]
fn a_unix_stream_that_nobody_has_any_more_is_writable() {
    ends_the_wait_of_a_unix_writer(|_here, far| *far = None);
}

#[test]
fn a_unix_stream_that_nobody_will_read_is_writable() {
    ends_the_wait_of_a_unix_writer(|_here, far| far.as_ref().unwrap().shutdown(Shutdown::Read).unwrap());
}

#[test]
fn a_non_blocking_socket_does_not_wait() {
    in_coroutines(|| {
        let (mut a, mut b) = UnixStream::pair().unwrap();
        a.set_nonblocking(true).unwrap();
        assert_eq!(a.readable().unwrap_err().kind(), ErrorKind::WouldBlock);
        b.write_all(b"hello").unwrap();
        (0..3).for_each(|_| a.readable().unwrap());
        assert_eq!(a.read(&mut [0; 8]).unwrap(), 5);
        assert_eq!(a.readable().unwrap_err().kind(), ErrorKind::WouldBlock);

        a.writable().unwrap();
        while a.write(&[0; 1 << 12]).is_ok() {}
        assert_eq!(a.writable().unwrap_err().kind(), ErrorKind::WouldBlock);
        drop(b);
        a.readable().unwrap();
        a.writable().unwrap();
    });
}

#[test]
fn timeouts_and_deadlines_end_them() {
    #[track_caller]
    fn expires(kind: ErrorKind, call: impl FnOnce() -> io::Result<()>) {
        let begun = Instant::now();
        let expired = call().unwrap_err();
        assert_eq!(expired.kind(), kind, "{expired:?}");
        assert!(begun.elapsed() >= SOON, "too early");
    }
    fn end(readable: &TcpStream, writable: &UnixStream) {
        readable.set_read_timeout(Some(SOON)).unwrap();
        writable.set_write_timeout(Some(SOON)).unwrap();
        (0..2).for_each(|_| expires(ErrorKind::WouldBlock, || readable.readable()));
        (0..2).for_each(|_| expires(ErrorKind::WouldBlock, || writable.writable()));
        readable.set_read_timeout(None).unwrap();
        writable.set_write_timeout(None).unwrap();
        let soon = || Some(Instant::now() + 2 * SOON);
        readable.set_read_deadline(soon()).unwrap();
        expires(ErrorKind::TimedOut, || readable.readable());
        writable.set_write_deadline(soon()).unwrap();
        expires(ErrorKind::TimedOut, || writable.writable());
        assert!(
            is_timeout(&readable.readable().unwrap_err()) && is_timeout(&writable.writable().unwrap_err())
        );
    }
    bounded(|| {
        let (mut a, mut b) = pair();
        let (full, _far) = full_unix_pair();
        let full = Arc::new(full);
        let readable = a.try_clone().unwrap();
        let writable = full.clone();
        runtime(1).spawn(move || end(&readable, &writable)).join().unwrap();
        a.set_deadline(None).unwrap();
        full.set_deadline(None).unwrap();
        end(&a, &full);

        // What comes meanwhile is refused by the deadline, and there afterwards.
        b.write_all(b"x").unwrap();
        assert!(is_timeout(&a.readable().unwrap_err()));
        a.set_read_deadline(None).unwrap();
        a.readable().unwrap();
        assert_eq!(a.read(&mut [0; 8]).unwrap(), 1);
    });
}

#[test]
fn ambient_deadlines_and_cancellation_end_them() {
    in_coroutines(|| {
        let (a, mut b) = pair();
        let over = with_timeout(SOON, || a.readable()).unwrap_err();
        assert!(is_timeout(&over) && !is_cancelled(&over), "{over:?}");
        let conn = a.try_clone().unwrap();
        let waiting = go(move || conn.readable());
        let_them_wait();
        waiting.cancel();
        assert!(is_cancelled(&waiting.join().unwrap().unwrap_err()));
        b.write_all(b"x").unwrap();
        a.readable().unwrap();
        assert_eq!((&a).read(&mut [0; 8]).unwrap(), 1);
    });
}

/// Nobody takes anything away, so all of them return.
#[test]
fn all_who_wait_are_told() {
    bounded(|| {
        for workers in [1, 2, 4] {
            let runtime = runtime(workers);
            for round in 0..30 {
                let (a, mut b) = pair();
                let before = parks(&runtime);
                let waiting: Vec<_> = (0..5)
                    .map(|_| {
                        let conn = a.try_clone().unwrap();
                        runtime.spawn(move || conn.readable())
                    })
                    .collect();
                if round % 2 == 0 {
                    until_parked(&runtime, before + 5);
                }
                b.write_all(b"x").unwrap();
                waiting.into_iter().for_each(|one| one.join().unwrap().unwrap());
                assert_eq!((&a).read(&mut [0; 8]).unwrap(), 1);
            }
        }
    });
}

/// Some only look, some take: every byte is taken once, and no looker hides it from a taker.
#[test]
fn lookers_leave_everything_to_takers() {
    const BYTES: usize = 2000;
    bounded(|| {
        for workers in [1, 2, 4] {
            runtime(workers).run(|| {
                let (a, mut b) = pair();
                let (looks, taken) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
                let looker = || {
                    let (a, looks) = (a.try_clone().unwrap(), looks.clone());
                    go(move || {
                        loop {
                            a.readable()?;
                            looks.fetch_add(1, SeqCst);
                            gopark::yield_now();
                        }
                    })
                };
                let taker = |looks_first| {
                    let (mut a, taken) = (a.try_clone().unwrap(), taken.clone());
                    go(move || {
                        loop {
                            if looks_first {
                                a.readable()?;
                            }
                            taken.fetch_add(a.read(&mut [0; 3])?, SeqCst);
                        }
                    })
                };
                let all: [JoinHandle<io::Result<()>>; 5] =
                    [looker(), looker(), taker(false), taker(true), taker(true)];
                let mut random = Random::new(5);
                let mut sent = 0;
                while sent < BYTES {
                    let size = (1 + random.below(7)).min(BYTES - sent);
                    b.write_all(&[0; 7][..size]).unwrap();
                    sent += size;
                    if random.below(3) == 0 {
                        gopark::time::sleep(Duration::from_micros(50));
                    }
                }
                eventually("all bytes are taken", || taken.load(SeqCst) == BYTES);
                assert!(looks.load(SeqCst) > 0);
                for one in all {
                    one.cancel();
                    assert!(is_cancelled(&one.join().unwrap().unwrap_err()));
                }
            });
        }
    });
}

#[test]
fn a_select_beside_them_is_told_too() {
    in_coroutines(|| {
        for _ in 0..20 {
            let (a, mut b) = pair();
            let (conn, selected) = (a.try_clone().unwrap(), a.try_clone().unwrap());
            let waiting = go(move || conn.readable());
            let selecting = go(move || {
                select! {
                    readable(selected) -> ready => ready,
                    recv(chan::never::<u8>()) -> _ => unreachable!(),
                }
            });
            gopark::yield_now();
            b.write_all(b"x").unwrap();
            waiting.join().unwrap().unwrap();
            selecting.join().unwrap().unwrap();
            assert_eq!((&a).read(&mut [0; 8]).unwrap(), 1);
        }
    });
}

/// So a connection that is idle needs no buffer: a whole conversation goes on like this.
#[test]
fn a_server_that_takes_a_buffer_only_when_needed() {
    in_coroutines(|| {
        let (mut client, server) = pair();
        let served = go(move || {
            let mut sum = 0;
            loop {
                server.readable().unwrap();
                let mut buf = vec![0; 4096];
                match (&server).read(&mut buf).unwrap() {
                    0 => return sum,
                    count => {
                        (&server).write_all(&buf[..count]).unwrap();
                        sum += count;
                    }
                }
            }
        });
        let mut random = Random::new(9);
        let mut sent = 0;
        for _ in 0..500 {
            let word = vec![random.below(256) as u8; 1 + random.below(900)];
            client.write_all(&word).unwrap();
            let mut heard = vec![0; word.len()];
            client.read_exact(&mut heard).unwrap();
            assert_eq!(heard, word);
            sent += word.len();
        }
        client.shutdown(Shutdown::Write).unwrap();
        assert_eq!(served.join().unwrap(), sent);
    });
}
