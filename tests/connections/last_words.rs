//! Data and the end of the stream may arrive at once, in one edge after which there is no other. The reader gets
//! every byte, then `Ok(0)`, and never waits for more.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use gopark::go;
use gopark::net::TcpStream;

use crate::loopback::{listener, send_at_close};
use crate::pattern::Pattern;
use crate::random::Random;
use crate::watchdog::bounded;
use crate::workers::runtime;

const ROUNDS: usize = 2500;

/// The reader's buffer; messages are up to a little more than two of them.
const BUFFER: usize = 1024;

/// Sizes of messages, the same for writer and reader: many are exactly, or almost, a multiple of the buffer.
fn sizes() -> impl Iterator<Item = usize> {
    let mut random = Random::new(7);
    (0..ROUNDS).map(move |_| match random.below(3) {
        0 => random.below(2 * BUFFER + 100),
        1 => BUFFER * random.below(3) + random.below(2),
        _ => (BUFFER * (1 + random.below(2))) - 1,
    })
}

/// One connection after the other: connect, say something, close.
fn write_and_close(address: SocketAddr) {
    let pattern = Pattern::new(1);
    for (round, size) in sizes().enumerate() {
        let mut conn = TcpStream::connect(address).unwrap();
        if round % 2 == 0 {
            send_at_close(&conn);
        }
        // The reader is not there yet, or about to wait, or waits.
        match round % 3 {
            0 => {}
            1 => gopark::yield_now(),
            _ => gopark::time::sleep(Duration::from_micros(100)),
        }
        conn.write_all(pattern.piece(round, size)).unwrap();
    }
}

/// Reads until the end, in one of several ways.
fn read_all(mut conn: TcpStream, round: usize) -> Vec<u8> {
    let mut received = Vec::new();
    let mut buf = [0; BUFFER];
    match round % 5 {
        0 => {
            conn.read_to_end(&mut received).unwrap();
        }
        1 => loop {
            let peeked = conn.peek(&mut buf).unwrap();
            let n = conn.read(&mut buf).unwrap();
            assert!(n >= peeked, "{n} bytes, of which {peeked} could be peeked at");
            if n == 0 {
                break;
            }
            received.extend_from_slice(&buf[..n]);
        },
        _ => loop {
            match conn.read(&mut buf).unwrap() {
                0 => break,
                n => received.extend_from_slice(&buf[..n]),
            }
        },
    }
    assert_eq!(conn.read(&mut buf).unwrap(), 0, "the end stays");
    received
}

/// Readers run beside each other, so that one that hangs does not keep the others from showing the same.
fn rounds(workers: usize, writer: fn(SocketAddr)) {
    bounded(move || {
        let runtime = runtime(workers);
        runtime.run(|| {
            let (listener, address) = listener();
            writer(address);
            let mut readers = Vec::new();
            for round in 0..ROUNDS {
                let (conn, _) = listener.accept().unwrap();
                readers.push(go(move || read_all(conn, round)));
            }
            let pattern = Pattern::new(1);
            for (round, (reader, size)) in readers.into_iter().zip(sizes()).enumerate() {
                let received = reader.join().unwrap();
                assert_eq!(received.len(), size, "in round {round}");
                pattern.check(round, &received);
            }
        });
    });
}

#[test]
fn are_heard_on_one_worker() {
    rounds(1, |address| drop(go(move || write_and_close(address))));
}

#[test]
fn are_heard_across_workers() {
    rounds(2, |address| drop(go(move || write_and_close(address))));
}

#[test]
fn are_heard_from_a_plain_thread() {
    rounds(1, |address| drop(thread::spawn(move || write_and_close(address))));
}
