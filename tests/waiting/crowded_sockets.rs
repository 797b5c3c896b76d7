//! Several arms, and several waiters, of one socket; and arms that wait long.

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
    let program = || {
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
    };
    bounded(move || {
        [1, 2].into_iter().for_each(|workers| runtime(workers).run(program));
        program();
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
