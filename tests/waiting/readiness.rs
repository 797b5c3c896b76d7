//! Sockets as arms of `select!`: what they say, and that they take nothing away.

use crate::sockets::pair;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{bounded as channel, never};
use gopark::net::Shutdown;
use gopark::select;
use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

/// In a coroutine and on a plain thread.
fn everywhere(body: fn()) {
    bounded(move || {
        [1, 2].into_iter().for_each(|workers| runtime(workers).run(body));
        body();
    });
}

#[test]
fn what_is_there_is_ready_at_once() {
    everywhere(|| {
        let (near, far) = pair();
        select! {
            readable(near) -> _ => panic!("nobody has written"),
            default => {}
        }
        select! { writable(near) -> ready => ready.expect("there is room"), default => panic!("there is room") }
        (&far).write_all(b"here").expect("there is room");
        for _ in 0..3 {
            select! { readable(near) -> ready => ready.expect("data"), recv(never::<()>()) -> _ => unreachable!() }
        }
        let mut buf = [0; 8];
        assert_eq!((&near).read(&mut buf).expect("nothing was taken away"), 4);
        select! { readable(near) -> _ => panic!("it was read"), default(Duration::from_millis(2)) => {} }
    });
}

#[test]
fn who_waits_is_woken_by_data() {
    everywhere(|| {
        let (near, far) = pair();
        let writes = thread::spawn(move || {
            for round in 0..50_u8 {
                thread::sleep(Duration::from_micros(200));
                (&far).write_all(&[round; 3]).expect("there is room");
            }
        });
        let mut all = Vec::new();
        loop {
            select! {
                readable(near) -> ready => ready.expect("an open socket"),
                recv(never::<()>()) -> _ => unreachable!(),
            }
            let mut buf = [0; 2];
            match (&near).read(&mut buf).expect("it is readable") {
                0 => break,
                count => all.extend_from_slice(&buf[..count]),
            }
        }
        let expected: Vec<u8> = (0..50).flat_map(|round| [round; 3]).collect();
        assert_eq!(all, expected);
        writes.join().expect("no panic");
    });
}

/// The other arm is chosen while data come: the next read has them, and the next select sees them.
#[test]
fn an_arm_that_loses_takes_nothing() {
    everywhere(|| {
        let (near, far) = pair();
        let (sender, receiver) = channel(1);
        let mut lost = 0;
        for round in 0..100_u8 {
            (&far).write_all(&[round]).expect("there is room");
            sender.send(()).expect("there is room");
            let mut received = false;
            while !received {
                select! {
                    readable(near) -> ready => ready.expect("data"),
                    recv(receiver) -> value => {
                        value.expect("a value");
                        lost += 1;
                        received = true;
                    },
                }
            }
            let mut byte = [0];
            (&near).read_exact(&mut byte).expect("it is still there");
            assert_eq!(byte, [round]);
        }
        assert_eq!(lost, 100);
    });
}

/// A channel ends the wait, and the data come afterwards: what was registered for the socket is no obstacle.
#[test]
fn a_wait_that_a_channel_ended_leaves_nothing_behind() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let (near, far) = pair();
            let (sender, receiver) = channel(0);
            let serves = runtime.spawn(move || {
                let mut values = Vec::new();
                for _ in 0..50 {
                    select! {
                        readable(near) -> _ => panic!("nobody has written"),
                        recv(receiver) -> value => values.push(value.expect("a value")),
                    }
                    let mut byte = [0];
                    (&near).read_exact(&mut byte).expect("a byte");
                    values.push(byte[0]);
                }
                values
            });
            for round in 0..50 {
                sender.send(round).expect("it waits, or will");
                (&far).write_all(&[round]).expect("there is room");
            }
            let expected: Vec<u8> = (0..50).flat_map(|round| [round, round]).collect();
            assert_eq!(serves.join().expect("no panic"), expected);
        }
    });
}

#[test]
fn a_peer_that_closes_is_readable() {
    everywhere(|| {
        for whole in [true, false] {
            let (near, far) = pair();
            let closes = thread::spawn(move || {
                thread::sleep(Duration::from_millis(3));
                if whole {
                    drop(far);
                    None
                } else {
                    far.shutdown(Shutdown::Write).expect("it is open");
                    Some(far)
                }
            });
            select! {
                readable(near) -> ready => ready.expect("the end"),
                recv(never::<()>()) -> _ => unreachable!(),
            }
            assert_eq!((&near).read(&mut [0; 8]).expect("the end"), 0);
            drop(closes.join().expect("no panic"));
        }
    });
}
