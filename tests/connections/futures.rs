//! Streams as `AsyncRead` and `AsyncWrite`: futures over them under `block_on`, several in one task, and on threads without
//! a runtime.

use std::future::ready;
use std::io::ErrorKind;
use std::pin::pin;
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::{Either, join, join_all, select};
use futures_util::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy};
use gopark::net::{Shutdown, TcpStream, UnixStream};
use gopark::{block_on, go};

use crate::loopback::{let_them_wait, narrow_pair, pair};
use crate::watchdog::bounded;
use crate::workers::runtime;

/// The other side, which knows nothing of futures: both traits in one scope would be ambiguous.
mod plain {
    use std::io::{Read, Write};

    pub(super) fn write(mut stream: impl Write, bytes: &[u8]) {
        stream.write_all(bytes).unwrap();
    }

    pub(super) fn read<const N: usize>(mut stream: impl Read) -> [u8; N] {
        let mut heard = [0; N];
        stream.read_exact(&mut heard).unwrap();
        heard
    }
}

/// Runs `body` on one worker and on two.
fn on_runtimes(body: fn()) {
    bounded(move || {
        for workers in [1, 2] {
            runtime(workers).run(body);
        }
    });
}

fn live() -> u64 {
    gopark::metrics().live
}

/// Waits until coroutines that have nothing more to do are gone.
fn until_alone() {
    while live() > 1 {
        gopark::yield_now();
    }
}

#[test]
fn a_read_waits_without_a_stack() {
    on_runtimes(|| {
        let (client, mut server) = pair();
        go(move || {
            let_them_wait();
            plain::write(&client, b"hello");
        });
        let mut heard = Vec::new();
        block_on(server.read_to_end(&mut heard)).unwrap();
        assert_eq!(heard, b"hello");
        until_alone();
    });
}

/// More than the buffers of the sockets hold, both ways at once, in one task.
#[test]
fn both_directions_in_one_task() {
    on_runtimes(|| {
        const BYTES: usize = 1 << 20;
        let (a, b) = narrow_pair();
        let echo = go(move || {
            block_on(async { copy(&b, &mut &b).await.inspect(|_| b.shutdown(Shutdown::Write).unwrap()) })
        });
        let sent: Vec<u8> = (0..BYTES).map(|i| (i % 251) as u8).collect();
        let mut heard = Vec::new();
        let (written, read) = block_on(join(
            async {
                (&a).write_all(&sent).await?;
                (&a).close().await
            },
            (&a).read_to_end(&mut heard),
        ));
        written.unwrap();
        assert_eq!(read.unwrap(), BYTES);
        assert!(heard == sent);
        assert_eq!(echo.join().unwrap().unwrap(), BYTES as u64);
    });
}

/// The future of a read that has lost is dropped; the bytes that come later are the next one's.
#[test]
fn the_loser_of_a_race_loses_nothing() {
    on_runtimes(|| {
        let (client, server) = pair();
        let mut buf = [0; 16];
        for round in 0..20_u8 {
            block_on(async {
                let mut stream = &server;
                let read = pin!(stream.read(&mut buf));
                assert!(matches!(select(read, ready(())).await, Either::Right(_)));
            });
            plain::write(&client, &[round]);
            assert_eq!(block_on((&server).read(&mut buf)).unwrap(), 1);
            assert_eq!(buf[0], round);
        }
    });
}

#[test]
fn many_in_one_task() {
    on_runtimes(|| {
        let (clients, servers): (Vec<_>, Vec<_>) = (0..100).map(|_| UnixStream::pair().unwrap()).unzip();
        let echoes = go(move || {
            let all = servers.iter().map(|server| async move { copy(server, &mut &*server).await.unwrap() });
            block_on(join_all(all)).into_iter().sum::<u64>()
        });
        for round in 0..20_u8 {
            for client in &clients {
                plain::write(client, &[round; 3]);
            }
            for client in clients.iter().rev() {
                assert_eq!(plain::read(client), [round; 3]);
            }
        }
        drop(clients);
        assert_eq!(echoes.join().unwrap(), 100 * 20 * 3);
        until_alone();
    });
}

#[test]
fn lines() {
    on_runtimes(|| {
        let (client, server) = UnixStream::pair().unwrap();
        go(move || {
            for part in ["one\ntw", "o\n", "three"] {
                plain::write(&client, part.as_bytes());
                let_them_wait();
            }
        });
        let mut reader = BufReader::new(server);
        let heard = block_on(async {
            let mut heard = String::new();
            while reader.read_line(&mut heard).await.unwrap() > 0 {}
            heard
        });
        assert_eq!(heard, "one\ntwo\nthree");
    });
}

/// Dropped while a task waits for it, or has: nothing waits for a socket that is not there.
#[test]
fn a_stream_that_is_dropped_leaves_nobody_behind() {
    on_runtimes(|| {
        for _ in 0..50 {
            let (_client, server) = pair();
            block_on(async {
                let mut buf = [0; 1];
                let mut stream = &server;
                let read = pin!(stream.read(&mut buf));
                assert!(matches!(select(read, ready(())).await, Either::Right(_)));
            });
        }
        until_alone();
    });
}

#[test]
fn deadlines_and_cancellation_end_it() {
    on_runtimes(|| {
        let (_client, server) = pair();
        let read = |server: &TcpStream| block_on(async { (&*server).read(&mut [0]).await.unwrap_err() });
        server.set_read_deadline(Some(Instant::now() + Duration::from_millis(10))).unwrap();
        assert_eq!(read(&server).kind(), ErrorKind::TimedOut);
        server.set_read_deadline(None).unwrap();

        let waits = go(move || {
            while gopark::coroutine::cancelled().is_none() {
                gopark::yield_now();
            }
            read(&server)
        });
        waits.cancel();
        assert!(gopark::is_cancelled(&waits.join().unwrap()));
    });
}

/// Then a call that would have to wait blocks the thread, as all calls there.
#[test]
fn on_a_thread_without_a_runtime() {
    bounded(|| {
        let (client, server) = UnixStream::pair().unwrap();
        let writes = thread::spawn(move || {
            thread::sleep(Duration::from_millis(10));
            plain::write(&client, b"late");
        });
        let mut heard = String::new();
        block_on(async { (&server).read_to_string(&mut heard).await }).unwrap();
        assert_eq!(heard, "late");
        writes.join().unwrap();
    });
}
