//! `net::copy_bidirectional` of coroutines: proxies, many of them, and what ends them.

use std::io::{ErrorKind, Read, Write};
use std::mem;
use std::net::Shutdown;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use gopark::net::{TcpStream, UnixStream, copy, copy_bidirectional};
use gopark::{Context, JoinHandle, go, is_cancelled, is_timeout, shield, with_timeout};

use crate::eventually::eventually;
use crate::loopback::{let_them_wait, narrow_pair, pair, reset_on_close};
use crate::pattern::{LONGEST, Pattern};
use crate::random::Random;
use crate::watchdog::bounded;
use crate::workers::runtime;

const SHORT: Duration = Duration::from_millis(20);

/// Runs `body` on one worker and on two.
fn in_coroutines(body: fn()) {
    bounded(move || [1, 2].into_iter().for_each(|workers| runtime(workers).run(body)));
}

type Ended = std::io::Result<(u64, u64)>;

/// Two connections, joined in the middle: the client's end, the server's, and the proxy.
fn joined() -> (TcpStream, TcpStream, JoinHandle<Ended>) {
    let ((client, a), (b, server)) = (pair(), pair());
    (client, server, go(move || copy_bidirectional(a, b)))
}

/// Sends so much of a pattern, ends that side, and hears as much of it.
fn talk(stream: TcpStream, seed: u64, total: usize) {
    let stream = Arc::new(stream);
    let reader = stream.clone();
    let heard = go(move || {
        let pattern = Pattern::new(seed);
        let (mut buf, mut read) = (vec![0; 30_000], 0);
        while let count @ 1.. = (&*reader).read(&mut buf).unwrap() {
            pattern.check(read, &buf[..count]);
            read += count;
        }
        read
    });
    let pattern = Pattern::new(seed);
    let mut written = 0;
    while written < total {
        let size = LONGEST.min(total - written);
        (&*stream).write_all(pattern.piece(written, size)).unwrap();
        written += size;
    }
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(heard.join().unwrap(), total);
}

/// Sends back what it hears, and ends when its client does.
fn echo(stream: TcpStream) -> JoinHandle<u64> {
    go(move || copy(&mut &stream, &mut &stream).unwrap())
}

#[test]
fn a_chain_of_proxies() {
    const TOTAL: usize = 4 << 20;
    in_coroutines(|| {
        for ends in [pair, narrow_pair] {
            let (client, mut last) = ends();
            let proxies: Vec<_> = (0..4)
                .map(|_| {
                    let (near, far) = ends();
                    let from = mem::replace(&mut last, far);
                    go(move || copy_bidirectional(from, near).unwrap())
                })
                .collect();
            let echo = echo(last);
            talk(client, 1, TOTAL);
            let size = TOTAL as u64;
            assert_eq!(echo.join().unwrap(), size);
            proxies.into_iter().for_each(|proxy| assert_eq!(proxy.join().unwrap(), (size, size)));
        }
    });
}

#[test]
fn two_hundred_beside_each_other() {
    const EACH: usize = 100_000;
    in_coroutines(|| {
        let all: Vec<_> = (0..200)
            .map(|seed| {
                let (client, server, proxy) = joined();
                (go(move || talk(client, seed, EACH)), proxy, echo(server))
            })
            .collect();
        for (client, proxy, server) in all {
            client.join().unwrap();
            assert_eq!(proxy.join().unwrap().unwrap(), (EACH as u64, EACH as u64));
            assert_eq!(server.join().unwrap(), EACH as u64);
        }
    });
}

/// In every phase: both directions wait, or one of them has ended.
#[test]
fn cancellation_ends_both() {
    in_coroutines(|| {
        for ended in [None, Some(true), Some(false)] {
            let (client, server, proxy) = joined();
            if let Some(by_client) = ended {
                let (ends, hears) = if by_client { (&client, &server) } else { (&server, &client) };
                ends.shutdown(Shutdown::Write).unwrap();
                let mut hears: &TcpStream = hears;
                assert_eq!(hears.read(&mut [0; 1]).unwrap(), 0, "the end was passed on");
            }
            let_them_wait();
            assert!(!proxy.is_finished());
            proxy.cancel();
            let cancelled = proxy.join().unwrap().unwrap_err();
            assert!(is_cancelled(&cancelled), "{cancelled}");
        }
    });
}

#[test]
fn an_outer_context_ends_both() {
    in_coroutines(|| {
        for ended in [None, Some(true), Some(false)] {
            let ((client, a), (b, server)) = (pair(), pair());
            let (context, cancel) = Context::background().with_cancel();
            let proxy = go(move || context.run(|| copy_bidirectional(a, b)));
            if let Some(by_client) = ended {
                let (ends, mut hears) = if by_client { (&client, &server) } else { (&server, &client) };
                ends.shutdown(Shutdown::Write).unwrap();
                assert_eq!(hears.read(&mut [0; 1]).unwrap(), 0, "the end was passed on");
            }
            let_them_wait();
            assert!(!proxy.is_finished());
            cancel.cancel();
            let cancelled = proxy.join().unwrap().unwrap_err();
            assert!(is_cancelled(&cancelled), "{cancelled}");
        }
    });
}

#[test]
fn with_timeout_ends_both() {
    in_coroutines(|| {
        for ended in [None, Some(true), Some(false)] {
            let ((client, a), (b, server)) = (pair(), pair());
            match ended {
                Some(true) => client.shutdown(Shutdown::Write).unwrap(),
                Some(false) => server.shutdown(Shutdown::Write).unwrap(),
                None => {}
            }
            let begun = Instant::now();
            let late = with_timeout(SHORT, || copy_bidirectional(&a, &b)).unwrap_err();
            assert!(begun.elapsed() >= SHORT);
            assert!(is_timeout(&late), "{late}");
            drop((client, server));
        }
    });
}

/// A cancellation that does not count outside counts for neither direction.
#[test]
fn a_shield_is_one_for_both() {
    in_coroutines(|| {
        let ((mut client, a), (b, mut server)) = (pair(), pair());
        let proxy = go(move || shield(|| copy_bidirectional(a, b)));
        let_them_wait();
        proxy.cancel();
        for _ in 0..3 {
            client.write_all(b"x").unwrap();
            server.read_exact(&mut [0]).unwrap();
            server.write_all(b"x").unwrap();
            client.read_exact(&mut [0]).unwrap();
        }
        client.shutdown(Shutdown::Write).unwrap();
        assert_eq!(server.read(&mut [0]).unwrap(), 0);
        server.write_all(b"y").unwrap();
        drop(server);
        assert_eq!(proxy.join().unwrap().unwrap(), (3, 4));
    });
}

/// Whichever direction it is: the other one waits, and would for ever.
#[test]
fn an_error_of_one_direction_ends_the_other() {
    in_coroutines(|| {
        for round in 0..40 {
            let (client, server, proxy) = joined();
            if round % 4 < 2 {
                let_them_wait();
            }
            let (resets, other) = if round % 2 == 0 { (client, server) } else { (server, client) };
            reset_on_close(&resets);
            drop(resets);
            let refused = proxy.join().unwrap().unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ConnectionReset, "{refused}");
            // The streams went with the proxy, so the other side hears of it.
            assert!(matches!((&other).read(&mut [0; 8]), Ok(0) | Err(_)));
        }
    });
}

/// Nobody reads there any more, and somebody writes: that direction fails, though both of its reading sides are well.
#[test]
fn an_error_of_writing_ends_the_other_too() {
    in_coroutines(|| {
        let ((mut client, a), (b, server)) = (UnixStream::pair().unwrap(), UnixStream::pair().unwrap());
        server.shutdown(Shutdown::Read).unwrap();
        let proxy = go(move || {
            let ended = copy_bidirectional(&a, &b);
            (ended, a)
        });
        client.write_all(b"unheard").unwrap();
        let (ended, mut a) = proxy.join().unwrap();
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::BrokenPipe);
        let mut rest = [0; 7];
        a.read_exact(&mut rest).unwrap();
        assert_eq!(&rest, b"unheard");
    });
}

/// Cancelled in the midst of it, again and again: each side gets the other's bytes in order, whoever carries them.
#[test]
fn a_proxy_is_replaced_again_and_again() {
    const ROUNDS: usize = 200;
    /// What may be under way: less than all buffers on it hold.
    const MOST: usize = 30_000;
    in_coroutines(|| {
        let ((mut client, a), (b, server)) = (narrow_pair(), narrow_pair());
        let (a, b, echo) = (Arc::new(a), Arc::new(b), echo(server));
        let proxy = || {
            let (a, b) = (a.clone(), b.clone());
            go(move || copy_bidirectional(&*a, &*b))
        };
        let (pattern, mut random) = (Pattern::new(7), Random::new(7));
        let (mut buf, mut written, mut read) = (vec![0; MOST], 0, 0);
        for _ in 0..ROUNDS {
            let proxy = proxy();
            let size = 1 + random.below(MOST.saturating_sub(written - read).max(1));
            client.write_all(pattern.piece(written, size)).unwrap();
            written += size;
            // At least one byte goes all the way in each round.
            let some = 1 + random.below(buf.len());
            let count = client.read(&mut buf[..some]).unwrap();
            pattern.check(read, &buf[..count]);
            read += count;
            (0..random.below(4)).for_each(|_| gopark::yield_now());
            proxy.cancel();
            let cancelled = proxy.join().unwrap().unwrap_err();
            assert!(is_cancelled(&cancelled), "{cancelled}");
        }
        let last = proxy();
        client.shutdown(Shutdown::Write).unwrap();
        while let count @ 1.. = client.read(&mut buf).unwrap() {
            pattern.check(read, &buf[..count]);
            read += count;
        }
        assert_eq!(read, written);
        assert_eq!(echo.join().unwrap(), written as u64);
        last.join().unwrap().unwrap();
    });
}

/// Its other direction has a thread of its own, which is gone afterwards.
#[test]
fn a_plain_thread_joins_two_streams() {
    bounded(|| {
        let ((client, a), (b, server)) = (pair(), pair());
        let proxy = thread::spawn(move || copy_bidirectional(a, b).unwrap());
        runtime(2).run(|| {
            let echo = echo(server);
            talk(client, 3, 1 << 20);
            assert_eq!(echo.join().unwrap(), 1 << 20);
        });
        assert_eq!(proxy.join().unwrap(), (1 << 20, 1 << 20));
    });
}

/// When its runtime stops, a proxy ends as any call does, and leaves nobody behind.
#[test]
fn a_shutdown_ends_both() {
    bounded(|| {
        let runtime = runtime(2);
        let ((client, a), (b, server)) = (pair(), pair());
        let proxy = runtime.spawn(move || copy_bidirectional(a, b));
        let carried = thread::spawn(move || {
            (&client).write_all(b"x").unwrap();
            (&server).read_exact(&mut [0]).unwrap();
            (client, server)
        });
        let _ends = carried.join().unwrap();
        let shutdown = runtime.shutdown(Duration::from_secs(20));
        assert!(shutdown.abandoned.is_empty(), "{shutdown:?}");
        assert!(is_cancelled(&proxy.join().unwrap().unwrap_err()));
        eventually("nobody has the streams", || (&_ends.0).read(&mut [0]).is_ok_and(|count| count == 0));
    });
}
