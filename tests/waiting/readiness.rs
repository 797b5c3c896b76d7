//! Sockets as arms of `select!`: what they say, and that they take nothing away.

use crate::activity::{parks, until_parked};
use crate::sockets::pair;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{Receiver, bounded as channel, never};
use gopark::net::{Shutdown, TcpStream};
use gopark::time::after;
use gopark::{go, select, yield_now};
use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// In a coroutine and on a plain thread.
fn everywhere(body: fn()) {
    bounded(move || {
        [1, 2].into_iter().for_each(|workers| runtime(workers).run(body));
        body();
    });
}

/// Fills the connection until the kernel takes no more.
fn fill(conn: &TcpStream) -> usize {
    conn.set_nonblocking(true).expect("a socket");
    let mut filled = 0;
    loop {
        match (&*conn).write(&[7; 64 << 10]) {
            Ok(count) => filled += count,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                conn.set_nonblocking(false).expect("a socket");
                return filled;
            }
        }
    }
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

/// It waits without asking again and again; room, or a message, ends the wait. A peer that has said its last word, and
/// does not read, changes nothing about that.
#[test]
fn a_full_socket_waits_in_peace() {
    bounded(|| {
        for says_its_last_word in [false, true] {
            let runtime = runtime(1);
            let (near, far) = pair();
            if says_its_last_word {
                far.shutdown(Shutdown::Write).expect("it is open");
            }
            let filled = fill(&near);
            let near = Arc::new(near);
            let conn = near.clone();
            let (stop, stops) = channel::<()>(0);
            let waits = move |stops: Receiver<()>| {
                select! {
                    writable(*conn) -> ready => { ready.expect("an open socket"); "room" },
                    recv(stops) -> _ => "told",
                }
            };
            let told = runtime.spawn({
                let waits = waits.clone();
                move || waits(stops)
            });
            until_parked(&runtime, 1);
            let before = parks(&runtime);
            thread::sleep(Duration::from_millis(50));
            assert_eq!(parks(&runtime), before, "it is woken again and again");
            assert!(!told.is_finished());
            drop(stop);
            assert_eq!(told.join().expect("no panic"), "told");

            let room = runtime.spawn(move || waits(never()));
            until_parked(&runtime, 2);
            assert!(!room.is_finished());
            let mut rest = vec![0; filled];
            (&far).read_exact(&mut rest).expect("all that was written");
            assert_eq!(room.join().expect("no panic"), "room");
        }
    });
}

/// Both directions of one socket, and the same direction twice, in one select.
#[test]
fn arms_of_one_socket_do_not_disturb_each_other() {
    everywhere(|| {
        let (near, far) = pair();
        let filled = fill(&near);
        let begun = Instant::now();
        let chosen = select! {
            readable(near) -> _ => "readable",
            readable(&near) -> _ => "readable again",
            writable(near) -> _ => "writable",
            recv(after(Duration::from_millis(5))) -> _ => "after",
        };
        assert_eq!(chosen, "after");
        assert!(begun.elapsed() >= Duration::from_millis(5));
        (&far).write_all(b"x").expect("there is room");
        let chosen = select! {
            readable(near) -> _ => "readable",
            readable(&near) -> _ => "readable",
            writable(near) -> _ => "writable",
        };
        assert_eq!(chosen, "readable");
        let mut rest = vec![0; filled];
        (&far).read_exact(&mut rest).expect("all that was written");
        (&near).read_exact(&mut [0]).expect("the byte");
        let chosen = select! { readable(near) -> _ => "readable", writable(near) -> _ => "writable" };
        assert_eq!(chosen, "writable");
    });
}

/// A reader in a call and others in selects, all of one socket: a byte wakes them, and one of them gets it.
#[test]
fn several_may_wait_for_one_socket() {
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                let (near, far) = pair();
                let near = Arc::new(near);
                let readers: Vec<_> = (0..10)
                    .map(|number| {
                        let conn = near.clone();
                        go(move || {
                            if number % 2 == 0 {
                                select! { readable(*conn) -> ready => ready.expect("data") }
                            }
                            let mut byte = [0];
                            (&*conn).read_exact(&mut byte).expect("one each");
                            byte[0]
                        })
                    })
                    .collect();
                for value in 0..10_u8 {
                    yield_now();
                    (&far).write_all(&[value]).expect("there is room");
                }
                let mut all: Vec<u8> = readers.into_iter().map(|one| one.join().expect("no panic")).collect();
                all.sort_unstable();
                assert_eq!(all, (0..10).collect::<Vec<_>>());
            });
        }
    });
}
