//! One socket, and those who wait for it belong to two runtimes, or to none.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::thread;

use gopark::net::TcpStream;
use gopark::{JoinHandle, Runtime};

use crate::child::in_child;
use crate::loopback::{descriptors, let_them_wait, listener, narrow_pair, pair};
use crate::watchdog::bounded;
use crate::workers::runtime;

/// Reads one byte, in a coroutine of `runtime`.
fn read_on(runtime: &Runtime, conn: &Arc<TcpStream>) -> JoinHandle<u8> {
    let conn = conn.clone();
    runtime.spawn(move || read_here(&conn))
}

fn read_here(mut conn: &TcpStream) -> u8 {
    let mut byte = [0];
    conn.read_exact(&mut byte).unwrap();
    byte[0]
}

/// The other end: sends one byte for each that it gets.
fn answer(conn: TcpStream) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut buf = [0; 1];
        while let Ok(1) = (&conn).read(&mut buf) {
            (&conn).write_all(&buf).unwrap();
        }
    })
}

#[test]
fn take_turns_with_a_plain_thread() {
    bounded(|| {
        let runtimes = [runtime(1), runtime(2)];
        let (near, far) = pair();
        let (near, far) = (Arc::new(near), answer(far));
        for turn in 0..900_u32 {
            let byte = turn as u8;
            let conn = near.clone();
            let ask = move || {
                (&*conn).write_all(&[byte]).unwrap();
                read_here(&conn)
            };
            let heard = match turn % 3 {
                0 => runtimes[0].spawn(ask).join().unwrap(),
                1 => runtimes[1].spawn(ask).join().unwrap(),
                _ => ask(),
            };
            assert_eq!(heard, byte);
        }
        drop(near);
        far.join().unwrap();
    });
}

/// Everybody waits already when the data come, which are found by whoever was the first to wait.
#[test]
fn wait_for_the_same_stream_at_once() {
    bounded(|| {
        let runtimes = [runtime(1), runtime(1)];
        for _ in 0..20 {
            let (near, mut far) = pair();
            let near = Arc::new(near);
            let mut readers: Vec<_> = (0..3).flat_map(|_| &runtimes).map(|rt| read_on(rt, &near)).collect();
            let conn = near.clone();
            let thread = thread::spawn(move || read_here(&conn));
            let_them_wait();
            far.write_all(&[1, 2, 4, 8, 16, 32, 64]).unwrap();
            let sum: u8 = readers.drain(..).map(|reader| reader.join().unwrap()).sum();
            assert_eq!(sum + thread.join().unwrap(), 127);
        }
    });
}

/// The runtime that has polled the socket so far ends; who waits on another one must not notice.
#[test]
fn outlive_the_one_that_polls() {
    bounded(|| {
        let stays = runtime(1);
        for _ in 0..20 {
            let goes = runtime(1);
            let (near, mut far) = pair();
            let near = Arc::new(near);
            let first = read_on(&goes, &near);
            let_them_wait();
            far.write_all(&[1]).unwrap();
            assert_eq!(first.join().unwrap(), 1);

            let second = read_on(&stays, &near);
            let_them_wait();
            drop(goes);
            far.write_all(&[2]).unwrap();
            assert_eq!(second.join().unwrap(), 2);

            // And for the calls that begin afterwards.
            let third = read_on(&stays, &near);
            far.write_all(&[3]).unwrap();
            assert_eq!(third.join().unwrap(), 3);
        }
    });
}

/// Many at once, readers, writers and acceptors; the ending runtime has two workers and coroutines that still wait.
#[test]
fn outlive_it_in_numbers() {
    const STREAMS: usize = 60;
    bounded(|| {
        let stays = runtime(2);
        let goes = runtime(2);
        let (listener, address) = listener();
        let (ends, fars): (Vec<_>, Vec<_>) =
            (0..STREAMS).map(|_| narrow_pair()).map(|(near, far)| (Arc::new(near), far)).unzip();

        // Both directions of all of them, and the listener, become the ending runtime's. Its coroutines stay.
        let accepting = Arc::new(listener);
        let clone = accepting.clone();
        drop(goes.spawn(move || clone.accept().map(drop)));
        for near in &ends {
            drop(read_on(&goes, near));
        }
        let_them_wait();

        let clone = accepting.clone();
        let acceptor = stays.spawn(move || clone.accept().map(drop).unwrap());
        let readers: Vec<_> = ends.iter().map(|near| read_on(&stays, near)).collect();
        let writers: Vec<_> = ends
            .iter()
            .map(|near| {
                let near = near.clone();
                stays.spawn(move || {
                    (&*near).write_all(&[9; 1 << 18]).unwrap();
                    near.shutdown(Shutdown::Write).unwrap();
                })
            })
            .collect();
        let_them_wait();
        drop(goes);

        for mut far in &fars {
            far.write_all(&[7]).unwrap();
        }
        readers.into_iter().for_each(|reader| assert_eq!(reader.join().unwrap(), 7));
        for mut far in &fars {
            let mut sink = Vec::new();
            assert_eq!(far.read_to_end(&mut sink).unwrap(), 1 << 18);
        }
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        let _visitor = TcpStream::connect(address).unwrap();
        acceptor.join().unwrap();
    });
}

/// Runtimes come and go beneath a conversation.
#[test]
fn outlive_one_after_the_other() {
    bounded(|| {
        let (near, far) = pair();
        let (near, far) = (Arc::new(near), answer(far));
        for turn in 0..60_u8 {
            let passing = runtime(1 + usize::from(turn) % 2);
            let waits = read_on(&passing, &near);
            let_them_wait_a_little();
            (&*near).write_all(&[turn]).unwrap();
            assert_eq!(waits.join().unwrap(), turn);
            if turn % 3 == 0 {
                // The plain thread comes between two runtimes.
                (&*near).write_all(&[turn]).unwrap();
                assert_eq!(read_here(&near), turn);
            }
        }
        drop(near);
        far.join().unwrap();
    });
}

fn let_them_wait_a_little() {
    thread::sleep(std::time::Duration::from_millis(2));
}

/// What a worker thread has used serves the next one.
#[test]
fn leave_no_descriptors_behind() {
    in_child(leave_no_descriptors_behind, &[], || {
        let round = || {
            let passing = runtime(2);
            passing.run(|| {
                let (near, far) = pair();
                let reader = gopark::go(move || read_here(&far));
                gopark::yield_now();
                (&near).write_all(&[1]).unwrap();
                assert_eq!(reader.join().unwrap(), 1);
            });
            drop(passing);
            descriptors()
        };
        let first = (0..3).map(|_| round()).max();
        let last = (0..200).map(|_| round()).max();
        assert!(last <= first, "{first:?} descriptors after the first runtimes, then {last:?}");
    })
    .succeeded();
}
