//! Urgent data (MSG_OOB), which a peer may strew into a stream as it likes: the bytes around them arrive, and alone they
//! are nothing that a server could be held up with.

use std::io::{self, ErrorKind, IoSliceMut, Read, Write};
use std::net::{self, Shutdown};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use gopark::chan::{bounded as channel, never};
use gopark::net::TcpStream;
use gopark::select;

use crate::child::in_child;
use crate::cpu_time::cpu_time;
use crate::eventually::eventually;
use crate::loopback::{let_them_wait, listener, pair, reset_on_close};
use crate::random::Random;
use crate::survives::{leaves_nothing, survives};
use crate::workers::runtime;

/// The urgent byte, which no other byte is: an urgent one that is overtaken by the next becomes an ordinary one.
static URGENT: u8 = 0xff;

fn send_urgent(socket: &impl AsRawFd) {
    // SAFETY: the pointer and the length describe one live byte; the descriptor is open.
    let sent = unsafe { libc::send(socket.as_raw_fd(), (&raw const URGENT).cast(), 1, libc::MSG_OOB) };
    assert_eq!(sent, 1, "{}", io::Error::last_os_error());
}

/// The ordinary bytes.
fn ordinary(offset: usize, count: usize) -> Vec<u8> {
    (offset..offset + count).map(|at| (at % 251 % 128) as u8 ^ (at / 251 % 64) as u8).collect()
}

/// A way to read some bytes.
type Way = fn(&TcpStream, &mut [u8]) -> io::Result<usize>;

const WAYS: [Way; 5] = [
    |mut conn, buf| conn.read(buf),
    |mut conn, buf| {
        let peeked = conn.peek(buf)?;
        let count = conn.read(buf)?;
        assert!(peeked <= count, "{peeked} bytes seen, {count} read");
        Ok(count)
    },
    |mut conn, buf| {
        let (first, second) = buf.split_at_mut(3);
        conn.read_vectored(&mut [IoSliceMut::new(first), IoSliceMut::new(second)])
    },
    |mut conn, buf| conn.read(&mut buf[..1]),
    |mut conn, buf| {
        select! {
            readable(conn) -> ready => ready?,
            recv(never::<()>()) -> _ => unreachable!(),
        }
        conn.read(buf)
    },
];

/// Anywhere, also at the beginning and at the end, and several in a row.
#[test]
fn in_the_middle_of_a_stream() {
    const BYTES: usize = 6_000;
    const CONNECTIONS: usize = 30;
    survives(in_the_middle_of_a_stream, |runtime| {
        let (listener, address) = listener();
        let peer = |number: usize| {
            let mut random = Random::new(number as u64);
            let mut conn = net::TcpStream::connect(address).unwrap();
            conn.set_nodelay(true).unwrap();
            let (mut sent, mut urgent) = (0, 0);
            while sent < BYTES {
                if random.below(3) == 0 {
                    send_urgent(&conn);
                    urgent += 1;
                }
                let count = random.below(100).min(BYTES - sent);
                conn.write_all(&ordinary(sent, count)).unwrap();
                sent += count;
                if random.below(4) == 0 {
                    thread::yield_now();
                }
            }
            if number.is_multiple_of(2) {
                send_urgent(&conn);
                urgent += 1;
            }
            conn.shutdown(Shutdown::Write).unwrap();
            // The server closes when it has heard everything.
            assert_eq!(conn.read(&mut [0; 8]).unwrap(), 0);
            urgent
        };
        let server = |number: usize, conn: TcpStream| {
            let way = WAYS[number % WAYS.len()];
            runtime.spawn(move || {
                let (mut heard, mut buf) = (Vec::new(), [0; 64]);
                loop {
                    match way(&conn, &mut buf).unwrap() {
                        0 => return heard,
                        count => heard.extend_from_slice(&buf[..count]),
                    }
                }
            })
        };
        thread::scope(|scope| {
            let talks: Vec<_> = (0..CONNECTIONS)
                .map(|number| {
                    let peer = scope.spawn(move || peer(number));
                    let (conn, _) = listener.accept().unwrap();
                    (peer, server(number, conn))
                })
                .collect();
            for (number, (peer, server)) in talks.into_iter().enumerate() {
                let mut heard = server.join().unwrap();
                let all = heard.len();
                heard.retain(|byte| *byte != URGENT);
                assert!(heard == ordinary(0, BYTES), "{number}: {} of {BYTES} bytes, or others", heard.len());
                let (overtaken, urgent) = (all - heard.len(), peer.join().unwrap());
                assert!(overtaken <= urgent, "{number}: {overtaken} of {urgent} urgent bytes");
            }
        });
    });
}

/// A flood of urgent bytes, and nothing else, holds nobody up: a reader that has a timeout is told of it, and a reset
/// behind them ends the connection.
#[test]
fn without_anything_else() {
    const PATIENCE: Duration = Duration::from_millis(30);
    survives(without_anything_else, |runtime| {
        for way in [WAYS[0], WAYS[1], WAYS[2]] {
            let (near, far) = pair();
            near.set_read_timeout(Some(PATIENCE)).unwrap();
            let expired = Arc::new(AtomicUsize::new(0));
            let count = expired.clone();
            let reader = runtime.spawn(move || {
                loop {
                    match way(&near, &mut [0; 64]) {
                        // Some were overtaken by others.
                        Ok(count) => assert_ne!(count, 0, "nobody has ended anything"),
                        Err(error) if error.kind() == ErrorKind::WouldBlock => {
                            count.fetch_add(1, SeqCst);
                        }
                        Err(error) => return error.kind(),
                    }
                }
            });
            for _ in 0..50 {
                send_urgent(&far);
                thread::yield_now();
            }
            let so_far = expired.load(SeqCst);
            eventually("the timeout counts", || expired.load(SeqCst) > so_far);
            reset_on_close(&far);
            drop(far);
            assert_eq!(reader.join().unwrap(), ErrorKind::ConnectionReset);
        }
    });
}

/// They are no data, no connection and no end, which is what `readable` stands for: a server that waits for its peer
/// and for something else at once is not lured into a read that waits.
#[test]
fn do_not_make_a_socket_readable() {
    survives(do_not_make_a_socket_readable, |runtime| {
        for comes_later in [false, true] {
            let (near, mut far) = pair();
            let (tell, told) = channel(1);
            if !comes_later {
                send_urgent(&far);
            }
            let server = runtime.spawn(move || {
                let first = select! {
                    readable(near) -> ready => ready.map(|()| "the peer").unwrap(),
                    recv(told) -> word => word.unwrap(),
                };
                (first, near)
            });
            let_them_wait();
            if comes_later {
                send_urgent(&far);
                let_them_wait();
            }
            // Whoever is lured has gone on by now.
            let _ = tell.send("something else");
            let (first, near) = server.join().unwrap();
            assert_eq!(first, "something else");
            far.write_all(b"data").unwrap();
            assert_eq!(runtime.run(|| (&near).read(&mut [0; 8])).unwrap(), 4);
        }
    });
}

/// A plain thread that waits for data sleeps meanwhile, and its timeout counts.
fn leaves_a_thread_in_peace(way: Way) {
    const PATIENCE: Duration = Duration::from_millis(400);
    leaves_nothing(&runtime(1), || {
        let (near, mut far) = pair();
        near.set_read_timeout(Some(PATIENCE)).unwrap();
        send_urgent(&far);
        // Should the timeout not count, this ends the wait.
        let (is_told, tells) = sync_channel::<()>(0);
        let ends = thread::spawn(move || {
            let _ = tells.recv_timeout(20 * PATIENCE);
            let _ = far.write_all(b"end");
        });
        let before = cpu_time();
        let told = way(&near, &mut [0; 64]).map_err(|error| error.kind());
        let burnt = cpu_time() - before;
        drop(is_told);
        ends.join().unwrap();
        assert!(burnt < PATIENCE / 20, "{burnt:?} of CPU time");
        assert_eq!(told, Err(ErrorKind::WouldBlock));
    });
}

#[test]
fn leave_a_thread_that_reads_in_peace() {
    in_child(leave_a_thread_that_reads_in_peace, &[], || {
        [WAYS[0], WAYS[2]].into_iter().for_each(leaves_a_thread_in_peace);
    })
    .succeeded();
}

#[test]
fn leave_a_thread_that_peeks_in_peace() {
    in_child(leave_a_thread_that_peeks_in_peace, &[], || leaves_a_thread_in_peace(WAYS[1])).succeeded();
}
