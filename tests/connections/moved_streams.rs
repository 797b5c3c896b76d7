//! Streams that are read here and dropped there: their numbers are used again at once, by streams that somebody else
//! polls, and no event of an old one reaches a new one.

use std::io::{Read, Write};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use gopark::Runtime;
use gopark::net::TcpStream;

use crate::loopback::{descriptors, listener, pair, reset_on_close};
use crate::watchdog::bounded;
use crate::workers::runtime;

/// Says its number, waits for the answer; then the stream belongs to the caller.
fn talk(conn: &TcpStream, number: u32) {
    let mut conn = conn;
    conn.write_all(&number.to_le_bytes()).unwrap();
    let mut heard = [0; 4];
    conn.read_exact(&mut heard).unwrap();
    assert_eq!(u32::from_le_bytes(heard), !number);
}

/// Answers one word, then waits for the end, however it comes.
fn reply(mut conn: TcpStream) {
    let mut word = [0; 4];
    conn.read_exact(&mut word).unwrap();
    conn.write_all(&(!u32::from_le_bytes(word)).to_le_bytes()).unwrap();
    let _ = conn.read(&mut word);
}

#[test]
fn end_on_another_runtime_or_a_thread() {
    const STREAMS: u32 = 3000;
    bounded(|| {
        let (makes, ends) = (runtime(2), runtime(1));
        let (listener, address) = listener();
        let server = makes.spawn(move || {
            for _ in 0..STREAMS {
                let (conn, _) = listener.accept().unwrap();
                gopark::go(move || reply(conn));
            }
        });
        let (to_ender, at_ender) = sync_channel::<(TcpStream, u32)>(8);
        let client = makes.spawn(move || {
            for number in 0..STREAMS {
                let conn = TcpStream::connect(address).unwrap();
                talk(&conn, number);
                reset_on_close(&conn);
                match number % 3 {
                    // Where it was made, while the others' ends are under way.
                    0 => drop(conn),
                    _ => to_ender.send((conn, number)).unwrap(),
                }
            }
        });
        let ender = thread::spawn(move || {
            for (conn, number) in at_ender {
                match number % 3 {
                    1 => drop(conn),
                    _ => drop(ends.spawn(move || drop(conn))),
                }
            }
            ends
        });
        client.join().unwrap();
        server.join().unwrap();
        drop(ender.join().unwrap());
        assert!(descriptors() < 1000, "{} are open", descriptors());
    });
}

/// Into std's type and back, with a wait in each form, and a clone that stays behind or not.
#[test]
fn become_those_of_std_and_come_back() {
    bounded(|| {
        let runtimes = [runtime(1), runtime(2)];
        for round in 0..60_usize {
            let (mut far, near) = pair();
            let read = |runtime: &Runtime, conn: TcpStream| {
                let waits = runtime.spawn(move || {
                    let mut byte = [0];
                    (&conn).read_exact(&mut byte).unwrap();
                    (conn, byte[0])
                });
                thread::sleep(Duration::from_micros(500));
                waits
            };
            let reader = read(&runtimes[round % 2], near);
            far.write_all(&[1]).unwrap();
            let (near, byte) = reader.join().unwrap();
            assert_eq!(byte, 1);

            // With a clone, std gets a duplicate of the descriptor.
            let clone = (round % 3 == 0).then(|| near.try_clone().unwrap());
            let mut of_std = std::net::TcpStream::from(near);
            if round % 2 == 0 {
                drop(clone);
            }
            let reader = thread::spawn(move || {
                let mut byte = [0];
                of_std.read_exact(&mut byte).unwrap();
                (of_std, byte[0])
            });
            far.write_all(&[2]).unwrap();
            let (of_std, byte) = reader.join().unwrap();
            assert_eq!(byte, 2);

            let reader = read(&runtimes[round / 2 % 2], TcpStream::from(of_std));
            far.write_all(&[3]).unwrap();
            assert_eq!(reader.join().unwrap().1, 3);
        }
    });
}
