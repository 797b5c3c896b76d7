//! Connections of which one half has ended: the other one goes on, in whatever order the two end, and nothing that was
//! said is lost.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use gopark::chan::{bounded as channel, never};
use gopark::net::TcpStream;
use gopark::{JoinHandle, Runtime, select};

use crate::bytes::Bytes;
use crate::loopback::{listener, narrow_pair, pair, send_at_close};
use crate::survives::{survives, until_they_wait};

/// When an end says what it has to say, and ends its half.
#[derive(Clone, Copy, Debug)]
enum Speaks {
    AtOnce,
    /// When it has heard all of the other one, and its end.
    Last,
    /// It ends its half before it hears anything, and has nothing to say.
    Never,
}

/// Both halves of one end: a coroutine each, or one for both. Returns how many bytes it has heard.
fn talk(
    runtime: &Runtime,
    conn: TcpStream,
    speaks: Speaks,
    size: usize,
    [says, hears]: [Bytes; 2],
) -> JoinHandle<usize> {
    let conn = Arc::new(conn);
    let write = {
        let conn = conn.clone();
        move || {
            (0..size).step_by(10_000).for_each(|at| {
                (&*conn).write_all(says.piece(at, 10_000.min(size - at))).unwrap();
            });
            conn.shutdown(Shutdown::Write).unwrap();
            assert_eq!((&*conn).write(b"more").unwrap_err().kind(), ErrorKind::BrokenPipe);
        }
    };
    let read = move || {
        let (mut buf, mut heard) = (vec![0; 10_000], 0);
        loop {
            match (&*conn).read(&mut buf).unwrap() {
                0 => break,
                count => {
                    hears.check(heard, &buf[..count]);
                    heard += count;
                }
            }
        }
        assert_eq!((&*conn).read(&mut buf).unwrap(), 0, "the end stays");
        heard
    };
    runtime.spawn(move || match speaks {
        Speaks::AtOnce => {
            let writer = gopark::go(write);
            let heard = read();
            writer.join().unwrap();
            heard
        }
        Speaks::Last => {
            let heard = read();
            write();
            heard
        }
        Speaks::Never => {
            write();
            read()
        }
    })
}

#[test]
fn in_every_order() {
    use Speaks::{AtOnce, Last, Never};
    survives(in_every_order, |runtime| {
        for (near_speaks, far_speaks) in
            [(AtOnce, AtOnce), (AtOnce, Last), (Last, AtOnce), (Never, Last), (Last, Never), (Never, Never)]
        {
            for size in [0, 1, 300_000] {
                let said = |speaks| if matches!(speaks, Never) { 0 } else { size };
                let (near_says, far_says) = (said(near_speaks), said(far_speaks));
                let talks: Vec<_> = (0..8)
                    .map(|number| {
                        let (near, far) = narrow_pair();
                        let [a, b] = [2 * number, 2 * number + 1].map(Bytes::of);
                        let near = talk(runtime, near, near_speaks, near_says, [a, b]);
                        (near, talk(runtime, far, far_speaks, far_says, [b, a]))
                    })
                    .collect();
                for (near, far) in talks {
                    let heard = (near.join().unwrap(), far.join().unwrap());
                    assert_eq!(heard, (far_says, near_says), "{near_speaks:?} and {far_speaks:?}");
                }
            }
        }
    });
}

/// A peer that has closed hears nothing any more. The kernel says so to the second write, or to one that waits.
#[test]
fn words_to_a_peer_that_has_closed() {
    survives(words_to_a_peer_that_has_closed, |runtime| {
        for waits in [false, true] {
            let pairs: Vec<_> = (0..30).map(|_| narrow_pair()).collect();
            let serve = |near: TcpStream| {
                runtime.spawn(move || {
                    let mut heard = Vec::new();
                    if !waits {
                        (&near).read_to_end(&mut heard).unwrap();
                        assert_eq!(heard, b"last words");
                    }
                    let refused = loop {
                        if let Err(refused) = (&near).write(&[7; 1 << 12]) {
                            break refused.kind();
                        }
                    };
                    assert!(
                        matches!(refused, ErrorKind::BrokenPipe | ErrorKind::ConnectionReset),
                        "{refused}"
                    );
                    assert_eq!((&near).write(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
                    // What had come before may still be there; then it is over.
                    let rest = (&near).read_to_end(&mut heard).map_err(|error| error.kind());
                    assert!(matches!(rest, Ok(_) | Err(ErrorKind::ConnectionReset)), "{rest:?}");
                })
            };
            let serve_all =
                || -> (Vec<_>, Vec<_>) { pairs.into_iter().map(|(near, far)| (serve(near), far)).unzip() };
            let (servers, peers) = until_they_wait(runtime, 30, serve_all);
            for mut far in peers {
                far.write_all(b"last words").unwrap();
            }
            servers.into_iter().for_each(|server| server.join().unwrap());
        }
    });
}

/// Who has ended its reading half is still sent data. They are read or not, as the kernel likes, but nobody waits for
/// them; and the peer, who knows nothing of it, goes on.
#[test]
fn data_for_who_does_not_want_any() {
    survives(data_for_who_does_not_want_any, |runtime| {
        let (near, mut far) = pair();
        let (tell, told) = channel(1);
        let server = runtime.spawn(move || {
            near.shutdown(Shutdown::Read).unwrap();
            (&near).write_all(b"ready").unwrap();
            let bytes = Bytes::of(1);
            let (mut buf, mut heard) = ([0; 1000], 0);
            while told.try_recv().is_err() {
                let count = (&near).read(&mut buf).unwrap();
                bytes.check(heard, &buf[..count]);
                heard += count;
                gopark::yield_now();
            }
            (&near).write_all(b"done").unwrap();
        });
        let mut word = [0; 5];
        far.read_exact(&mut word).unwrap();
        let bytes = Bytes::of(1);
        (0..1000).for_each(|piece| far.write_all(bytes.piece(100 * piece, 100)).unwrap());
        tell.send(()).unwrap();
        far.read_exact(&mut word[..4]).unwrap();
        assert_eq!(&word[..4], b"done");
        server.join().unwrap();
    });
}

/// The last data and the end in one segment, for a server that waits in a `select!`.
#[test]
fn data_and_end_in_one() {
    const ROUNDS: usize = 400;
    survives(data_and_end_in_one, |runtime| {
        let (listener, address) = listener();
        let peers = thread::spawn(move || {
            let bytes = Bytes::of(2);
            for round in 0..ROUNDS {
                let mut conn = TcpStream::connect(address).unwrap();
                send_at_close(&conn);
                // The server is not there yet, or about to wait, or waits.
                match round % 3 {
                    0 => {}
                    1 => thread::yield_now(),
                    _ => thread::sleep(Duration::from_micros(100)),
                }
                conn.write_all(bytes.piece(round, round % 40)).unwrap();
            }
        });
        let servers: Vec<_> = (0..ROUNDS)
            .map(|round| {
                let (conn, _) = listener.accept().unwrap();
                runtime.spawn(move || {
                    let (mut heard, mut buf) = (Vec::new(), [0; 16]);
                    loop {
                        select! {
                            readable(conn) -> ready => ready.unwrap(),
                            recv(never::<()>()) -> _ => unreachable!(),
                        }
                        match (&conn).read(&mut buf).unwrap() {
                            0 => break,
                            count => heard.extend_from_slice(&buf[..count]),
                        }
                    }
                    assert_eq!(heard.len(), round % 40);
                    Bytes::of(2).check(round, &heard);
                })
            })
            .collect();
        servers.into_iter().for_each(|server| server.join().unwrap());
        peers.join().unwrap();
    });
}
