//! A cancellation and a partner's hand-over meet: one of them wins, and nothing is lost or done twice.

use crate::random::Random;
use crate::sockets::{is_cancelled, listener, pair};
use crate::waiting::until_parked;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::net::TcpStream;
use gopark::yield_now;
use std::hint::spin_loop;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Bytes that tell where they belong.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at % 251) as u8).collect()
}

/// What the cancelled reader got and what is left in the socket make up what was sent.
#[test]
fn no_byte_on_its_way_to_a_reader() {
    bounded(|| {
        let runtime = runtime(2);
        let mut random = Random::new(21);
        let mut after_some = 0;
        for round in 0..300 {
            let (near, far) = pair();
            let sent = pattern(1 + random.below(20_000));
            let sends = sent.clone();
            let (chunk, pause) = (1 + random.below(3000), random.below(3000));
            let reads = runtime.spawn(move || {
                let (mut got, mut buf) = (Vec::new(), [0; 700]);
                loop {
                    match (&near).read(&mut buf) {
                        Ok(0) => return (near, got, None),
                        Ok(count) => got.extend_from_slice(&buf[..count]),
                        Err(error) => return (near, got, Some(error)),
                    }
                }
            });
            let writer = thread::spawn(move || {
                for piece in sends.chunks(chunk) {
                    (&far).write_all(piece).expect("the other end is there");
                    (0..pause).for_each(|_| spin_loop());
                }
                far.shutdown(Shutdown::Write).expect("connected");
                far
            });
            (0..random.below(60_000)).for_each(|_| spin_loop());
            reads.cancel();
            let (near, mut got, error) = reads.join().expect("no panic");
            if let Some(error) = error {
                assert!(is_cancelled(&error), "round {round}: {error:?}");
                after_some += usize::from(!got.is_empty());
            }
            // This thread is not cancelled.
            (&near).read_to_end(&mut got).expect("the rest");
            assert_eq!(got.len(), sent.len(), "round {round}");
            assert!(got == sent, "round {round}: other bytes, or in another order");
            drop(writer.join().expect("no panic"));
        }
        println!("{after_some} of 300 were cancelled in the midst");
    });
}

/// The peer gets exactly what the cancelled writer was told it had written.
#[test]
fn no_byte_that_a_writer_has_written() {
    bounded(|| {
        let runtime = runtime(2);
        let mut random = Random::new(22);
        for round in 0..60 {
            let (near, far) = pair();
            let writes = runtime.spawn(move || {
                let data = pattern(64 << 10);
                let mut written = 0;
                loop {
                    // So that the pattern goes on.
                    let from = written % 251;
                    match (&near).write(&data[from..]) {
                        Ok(count) => written += count,
                        Err(error) => return (written, error),
                    }
                }
            });
            let reader = thread::spawn(move || {
                let mut got = Vec::new();
                (&far).read_to_end(&mut got).map(|_| got)
            });
            thread::sleep(Duration::from_micros(random.below(3000) as u64));
            writes.cancel();
            let (written, error) = writes.join().expect("no panic");
            assert!(is_cancelled(&error), "{error:?}");
            let got = reader.join().expect("no panic").expect("up to the end");
            assert_eq!(got.len(), written, "round {round}");
            assert!(got.iter().enumerate().all(|(at, byte)| *byte == (at % 251) as u8), "round {round}");
        }
    });
}

/// One is cancelled just when the connection comes for which two wait: the other one gets it, or the first has it.
#[test]
fn no_connection() {
    bounded(|| {
        let (goes, stays) = (runtime(1), runtime(1));
        let (listener, address) = listener();
        let listener = Arc::new(listener);
        let mut random = Random::new(23);
        let mut won = 0;
        for round in 0..400_u32 {
            let accept = |of: &gopark::Runtime| {
                let listener = listener.clone();
                of.spawn(move || listener.accept())
            };
            // In one order and in the other.
            let (first, second) = if round % 2 == 0 {
                let first = accept(&goes);
                yield_now();
                (first, accept(&stays))
            } else {
                let second = accept(&stays);
                yield_now();
                (accept(&goes), second)
            };
            if round % 4 < 2 {
                thread::sleep(Duration::from_micros(200));
            }
            let connector = thread::spawn(move || std::net::TcpStream::connect(address).expect("it listens"));
            (0..random.below(20_000)).for_each(|_| spin_loop());
            first.cancel();
            let client = connector.join().expect("no panic");
            match first.join().expect("no panic") {
                Ok((conn, from)) => {
                    won += 1;
                    assert_eq!(from, client.local_addr().expect("connected"));
                    drop(conn);
                    // For the other one.
                    let _next = std::net::TcpStream::connect(address).expect("it listens");
                    second.join().expect("no panic").expect("the next connection");
                }
                Err(error) => {
                    assert!(is_cancelled(&error), "round {round}: {error:?}");
                    let (_, from) = second.join().expect("no panic").expect("the connection");
                    assert_eq!(from, client.local_addr().expect("connected"), "round {round}");
                }
            }
        }
        println!("{won} of 400 had the connection before they were cancelled");
    });
}

/// The same with readers of one stream, and more of them.
#[test]
fn no_byte_that_many_wait_for() {
    const READERS: usize = 6;
    bounded(|| {
        let runtimes = [runtime(1), runtime(2)];
        let mut random = Random::new(24);
        for round in 0..200 {
            let (near, far) = pair();
            let near = Arc::new(near);
            let readers: Vec<_> = (0..READERS)
                .map(|number| {
                    let conn: Arc<TcpStream> = near.clone();
                    runtimes[number % 2].spawn(move || {
                        let mut byte = [0];
                        (&*conn).read(&mut byte).map(|count| (count, byte[0]))
                    })
                })
                .collect();
            if round % 2 == 0 {
                thread::sleep(Duration::from_micros(300));
            }
            let writer = thread::spawn(move || {
                // One for each: those who are cancelled leave theirs to nobody.
                for byte in 0..READERS as u8 {
                    (&far).write_all(&[byte]).expect("connected");
                }
                far
            });
            let cancelled: Vec<_> = (0..READERS).filter(|_| random.below(2) == 0).collect();
            (0..random.below(10_000)).for_each(|_| spin_loop());
            cancelled.iter().for_each(|&number| readers[number].cancel());
            let mut got = Vec::new();
            for (number, reader) in readers.into_iter().enumerate() {
                match reader.join().expect("no panic") {
                    Ok((count, byte)) => {
                        assert_eq!(count, 1);
                        got.push(byte);
                    }
                    Err(error) => assert!(is_cancelled(&error) && cancelled.contains(&number), "{error:?}"),
                }
            }
            drop(writer.join().expect("no panic"));
            (&*near).read_to_end(&mut got).expect("what is left, and the end");
            got.sort_unstable();
            assert_eq!(got, Vec::from_iter(0..READERS as u8), "round {round}");
        }
    });
}

/// What has arrived before the shutdown begins is delivered, or stays; who reads it is told either way.
#[test]
fn what_has_arrived_before_a_shutdown() {
    bounded(|| {
        let mut delivered = 0;
        for _ in 0..200 {
            let runtime = runtime(2);
            let (near, far) = pair();
            let near = Arc::new(near);
            let conn = near.clone();
            let reads = runtime.spawn(move || {
                let mut buf = [0; 5];
                (&*conn).read(&mut buf).map(|count| buf[..count].to_vec())
            });
            until_parked(&runtime, 1);
            (&far).write_all(b"hello").expect("there is room");
            let report = runtime.shutdown(Duration::from_secs(60));
            assert!(report.abandoned.is_empty());
            match reads.join().expect("no panic") {
                Ok(data) => {
                    delivered += 1;
                    assert_eq!(data, b"hello");
                }
                Err(error) => {
                    assert!(is_cancelled(&error), "{error:?}");
                    let mut buf = [0; 5];
                    (&*near).read_exact(&mut buf).expect("it is still there");
                    assert_eq!(&buf, b"hello");
                }
            }
            drop(far);
            assert_eq!((&*near).read(&mut [0; 8]).expect("the end"), 0);
        }
        println!("{delivered} of 200 were delivered");
    });
}
