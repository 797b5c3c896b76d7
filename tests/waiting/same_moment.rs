//! Data come to a socket, and values to or from a channel, at the same moment: one `select!` waits for both, does one of
//! them at a time, and loses neither.

use crate::sockets::pair;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{Receiver, Sender, bounded as channel};
use gopark::net::TcpStream;
use gopark::select;
use std::io::{Read, Write};
use std::thread;

const ROUNDS: u32 = 3000;

/// Writes a byte in each round, and does something on a channel right before or after it.
fn at_the_same_moment(mut far: TcpStream, mut exchange: impl FnMut(u32)) {
    for round in 0..ROUNDS {
        if round % 2 == 0 {
            exchange(round);
        }
        far.write_all(&[7]).expect("there is room");
        if round % 2 != 0 {
            exchange(round);
        }
        (0..round % 64).for_each(|_| std::hint::spin_loop());
    }
}

/// Whatever is there, up to the end.
fn read(mut conn: &TcpStream) -> u32 {
    conn.read(&mut [0; 64]).expect("it is readable") as u32
}

/// Returns the bytes that were read, and the values that were received.
fn receives_or_reads(near: &TcpStream, receiver: &Receiver<u32>) -> (u32, Vec<u32>) {
    let (mut bytes, mut values) = (0, Vec::new());
    loop {
        select! {
            recv(receiver) -> value => match value {
                Ok(value) => values.push(value),
                Err(_) => break,
            },
            readable(near) -> ready => {
                ready.expect("an open socket");
                bytes += read(near);
            },
        }
    }
    while bytes < ROUNDS {
        bytes += read(near);
    }
    (bytes, values)
}

/// Returns the bytes that were read, and how many values were sent.
fn sends_or_reads(near: &TcpStream, sender: &Sender<u32>) -> (u32, u32) {
    let (mut bytes, mut sent) = (0, 0);
    while bytes < ROUNDS || sent < ROUNDS {
        if sent == ROUNDS {
            bytes += read(near);
            continue;
        }
        select! {
            send(sender, sent) -> result => {
                assert_eq!(result, Ok(()));
                sent += 1;
            },
            readable(near) -> ready => {
                ready.expect("an open socket");
                bytes += read(near);
            },
        }
    }
    (bytes, sent)
}

#[test]
fn a_value_that_is_sent_is_received() {
    bounded(|| {
        for (workers, capacity) in [(1, 0), (2, 0), (1, 1), (2, 1)] {
            let runtime = runtime(workers);
            let (near, far) = pair();
            let (sender, receiver) = channel(capacity);
            let serves = runtime.spawn(move || receives_or_reads(&near, &receiver));
            let threads = thread::spawn(move || {
                at_the_same_moment(far, |round| assert_eq!(sender.send(round), Ok(())))
            });
            let (bytes, values) = serves.join().expect("no panic");
            assert_eq!(bytes, ROUNDS);
            assert_eq!(values, (0..ROUNDS).collect::<Vec<_>>(), "capacity {capacity}");
            threads.join().expect("no panic");
        }
    });
}

#[test]
fn a_value_that_is_received_was_sent() {
    bounded(|| {
        for (workers, capacity) in [(1, 0), (2, 0), (1, 1), (2, 1)] {
            let runtime = runtime(workers);
            let (near, far) = pair();
            let (sender, receiver) = channel(capacity);
            let serves = runtime.spawn(move || sends_or_reads(&near, &sender));
            let threads = thread::spawn(move || {
                at_the_same_moment(far, |round| assert_eq!(receiver.recv(), Ok(round)))
            });
            assert_eq!(serves.join().expect("no panic"), (ROUNDS, ROUNDS), "capacity {capacity}");
            threads.join().expect("no panic");
        }
    });
}
