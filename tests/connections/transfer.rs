//! Much data, and the less common calls, between coroutines.

use std::io::{IoSlice, IoSliceMut, Read, Write};
use std::net::Shutdown;
use std::time::Instant;

use gopark::go;
use gopark::net::TcpStream;

use crate::loopback::{narrow_pair, pair};
use crate::pattern::{LONGEST, Pattern};
use crate::watchdog::bounded;
use crate::workers::runtime;

/// Every byte checked.
#[test]
fn of_64_mebibytes_is_complete() {
    const TOTAL: usize = 64 << 20;
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                let (mut a, mut b) = pair();
                let begun = Instant::now();
                let sender = go(move || {
                    let pattern = Pattern::new(5);
                    (0..TOTAL)
                        .step_by(LONGEST)
                        .for_each(|at| a.write_all(pattern.piece(at, LONGEST)).unwrap());
                });
                let pattern = Pattern::new(5);
                let mut buf = vec![0; LONGEST];
                let mut read = 0;
                loop {
                    match b.read(&mut buf).unwrap() {
                        0 => break,
                        n => {
                            pattern.check(read, &buf[..n]);
                            read += n;
                        }
                    }
                }
                sender.join().unwrap();
                assert_eq!(read, TOTAL);
                println!("64 MiB on {workers} workers: {:?}", begun.elapsed());
            });
        }
    });
}

/// Into two buffers of which the first is full first, from three; the kernel's are too small for all.
#[test]
fn by_vectors_is_complete() {
    const TOTAL: usize = 4 << 20;
    bounded(|| {
        runtime(1).run(|| {
            let (mut a, mut b) = narrow_pair();
            let sender = go(move || {
                let pattern = Pattern::new(6);
                let mut written = 0;
                while written < TOTAL {
                    let left = TOTAL - written;
                    let sizes = [1000.min(left), 30_000.min(left), 3.min(left)];
                    let mut at = written;
                    let pieces = sizes.map(|size| {
                        let size = size.min(TOTAL - at);
                        at += size;
                        IoSlice::new(pattern.piece(at - size, size))
                    });
                    written += a.write_vectored(&pieces).unwrap();
                }
            });
            let pattern = Pattern::new(6);
            let (mut small, mut large) = (vec![0; 700], vec![0; 20_000]);
            let mut read = 0;
            loop {
                let into =
                    &mut [IoSliceMut::new(&mut small), IoSliceMut::new(&mut []), IoSliceMut::new(&mut large)];
                let count = b.read_vectored(into).unwrap();
                if count == 0 {
                    break;
                }
                let first = count.min(small.len());
                pattern.check(read, &small[..first]);
                pattern.check(read + first, &large[..count - first]);
                read += count;
            }
            sender.join().unwrap();
            assert_eq!(read, TOTAL);
        });
    });
}

/// The client says all it has, ends its half, and still hears all of the answer.
#[test]
fn ends_half_by_half() {
    bounded(|| {
        for (workers, total) in [(1, 0), (1, 1), (2, 1 << 20), (2, 10 << 20)] {
            runtime(workers).run(|| {
                let (mut client, mut server) = pair();
                let echo = go(move || {
                    let mut all = Vec::new();
                    server.read_to_end(&mut all).unwrap();
                    server.write_all(&all).unwrap();
                });
                let text: Vec<u8> =
                    Pattern::new(8).piece(0, LONGEST).iter().copied().cycle().take(total).collect();
                client.write_all(&text).unwrap();
                client.shutdown(Shutdown::Write).unwrap();
                let mut heard = Vec::new();
                client.read_to_end(&mut heard).unwrap();
                assert!(heard == text, "{} bytes of {}", heard.len(), text.len());
                echo.join().unwrap();
            });
        }
    });
}

/// A peek waits for data, leaves them for the read, and sees more of them the next time.
#[test]
fn can_be_looked_at_before() {
    bounded(|| {
        runtime(1).run(|| {
            let (a, mut b) = pair();
            let reader = go(move || {
                let mut a = a;
                let mut buf = [0; 8];
                assert_eq!(a.peek(&mut buf).unwrap(), 2);
                assert_eq!(a.peek(&mut buf[..1]).unwrap(), 1);
                assert_eq!(&buf[..2], b"he");
                // Looks until the rest is there, without taking anything.
                while a.peek(&mut buf).unwrap() < 5 {
                    gopark::yield_now();
                }
                a.read_exact(&mut buf[..5]).unwrap();
                assert_eq!(&buf[..5], b"hello");
                // Nothing is left: this one waits, and sees the end.
                assert_eq!(a.peek(&mut buf).unwrap(), 0);
                assert_eq!(a.read(&mut buf).unwrap(), 0);
            });
            gopark::yield_now();
            b.write_all(b"he").unwrap();
            gopark::time::sleep(std::time::Duration::from_millis(10));
            b.write_all(b"llo").unwrap();
            gopark::time::sleep(std::time::Duration::from_millis(10));
            drop(b);
            reader.join().unwrap();
        });
    });
}

/// A chain of forwarders, each with a buffer of another size, keeps the order.
#[test]
fn goes_through_a_chain() {
    const TOTAL: usize = 4 << 20;
    bounded(|| {
        runtime(2).run(|| {
            let (mut first, mut last) = pair();
            for size in [1 << 10, 5000, 64 << 10, 777] {
                let (near, far) = pair();
                let from: TcpStream = std::mem::replace(&mut last, far);
                go(move || {
                    let mut buf = vec![0; size];
                    let (mut from, mut to) = (from, near);
                    while let Ok(n @ 1..) = from.read(&mut buf) {
                        to.write_all(&buf[..n]).unwrap();
                    }
                });
            }
            let sender = go(move || {
                let pattern = Pattern::new(9);
                (0..TOTAL)
                    .step_by(1 << 16)
                    .for_each(|at| first.write_all(pattern.piece(at, 1 << 16)).unwrap());
            });
            let mut received = Vec::new();
            last.read_to_end(&mut received).unwrap();
            sender.join().unwrap();
            assert_eq!(received.len(), TOTAL);
            let pattern = Pattern::new(9);
            received.chunks(1 << 16).enumerate().for_each(|(i, piece)| pattern.check(i << 16, piece));
        });
    });
}
