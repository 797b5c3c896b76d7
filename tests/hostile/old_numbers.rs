//! Descriptors whose numbers are used again at once, while the ends of their former owners are still under way: no late
//! event is taken for one of the new owner, who hears every byte that was meant for it and no other.

use std::collections::HashSet;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use gopark::net::{Shutdown, TcpListener, TcpStream, UdpSocket};
use gopark::{Runtime, go, yield_now};

use crate::bytes::Bytes;
use crate::loopback::{listener, reset_on_close};
use crate::random::Random;
use crate::survives::survives;

/// Coroutines that open and close.
const LANES: usize = 8;

/// Connections of a lane at a time.
const BATCH: usize = 6;

const ROUNDS: usize = 60;

/// What each stream carries.
const BYTES: usize = 9_000;

type Pair = (Arc<TcpStream>, Arc<TcpStream>);

/// As many connections as a lane has at a time.
fn batch(listener: &TcpListener) -> Vec<Pair> {
    let address = listener.local_addr().unwrap();
    let connect = |_| {
        let near = TcpStream::connect(address).unwrap();
        (Arc::new(near), Arc::new(listener.accept().unwrap().0))
    };
    (0..BATCH).map(connect).collect()
}

fn numbers(pairs: &[Pair]) -> impl Iterator<Item = RawFd> {
    pairs.iter().flat_map(|(near, far)| [near.as_raw_fd(), far.as_raw_fd()])
}

/// Readers wait on both ends; then everything that can happen to a socket happens at once, and the last handles are
/// dropped while it does: here, by the readers, or by a thread that polls nothing.
fn die(pairs: Vec<Pair>, random: &mut Random, ender: &SyncSender<Pair>) {
    for (near, far) in pairs {
        for end in [near.clone(), far.clone()] {
            go(move || while let Ok(1..) = (&*end).read(&mut [0; 16]) {});
        }
        if random.below(4) == 0 {
            yield_now();
        }
        for end in [&near, &far] {
            match random.below(5) {
                0 => drop((&**end).write(b"late words")),
                1 => reset_on_close(&**end),
                2 => drop(end.shutdown(Shutdown::Write)),
                3 => drop(end.shutdown(Shutdown::Both)),
                _ => {}
            }
        }
        // Whoever reads is told, so that he drops his handle, too.
        drop(near.shutdown(Shutdown::Both));
        drop(far.shutdown(Shutdown::Both));
        if random.below(3) == 0 {
            ender.send((near, far)).unwrap();
        }
    }
}

/// A writer and a reader for each direction of each connection, with bytes of its own.
fn live(pairs: Vec<Pair>, first: usize) {
    let mut talks = Vec::new();
    for ((near, far), number) in pairs.into_iter().zip(first..) {
        for (from, to, number) in [(near.clone(), far.clone(), 2 * number), (far, near, 2 * number + 1)] {
            let bytes = Bytes::of(number);
            talks.push(go(move || {
                for at in (0..BYTES).step_by(1000) {
                    (&*from).write_all(bytes.piece(at, 1000)).unwrap();
                    // The reader has to wait for what comes next.
                    yield_now();
                }
                from.shutdown(Shutdown::Write).unwrap();
            }));
            talks.push(go(move || {
                let (mut buf, mut heard) = ([0; 700], 0);
                loop {
                    match (&*to).read(&mut buf).unwrap() {
                        0 => break,
                        count => {
                            bytes.check(heard, &buf[..count]);
                            heard += count;
                        }
                    }
                }
                assert_eq!(heard, BYTES);
                // No ports are left behind.
                reset_on_close(&*to);
            }));
        }
    }
    talks.into_iter().for_each(|talk| talk.join().unwrap());
}

/// How many descriptors of those that were checked had a number of one that had just died.
fn lanes(runtime: &Runtime, ender: &SyncSender<Pair>) -> usize {
    let again = Arc::new(AtomicUsize::new(0));
    let lane = |lane: usize| {
        let (again, ender) = (again.clone(), ender.clone());
        runtime.spawn(move || {
            let mut random = Random::new(lane as u64);
            let (listener, _) = listener();
            for round in 0..ROUNDS {
                let dying = batch(&listener);
                let old: HashSet<_> = numbers(&dying).collect();
                die(dying, &mut random, &ender);
                yield_now();
                let fresh = batch(&listener);
                again.fetch_add(numbers(&fresh).filter(|number| old.contains(number)).count(), Relaxed);
                live(fresh, (lane * ROUNDS + round) * BATCH);
            }
        })
    };
    let lanes: Vec<_> = (0..LANES).map(lane).collect();
    lanes.into_iter().for_each(|lane| lane.join().unwrap());
    again.load(Relaxed)
}

#[test]
fn carry_the_bytes_of_their_new_owners() {
    survives(carry_the_bytes_of_their_new_owners, |runtime| {
        let (ender, at_ender) = sync_channel(4);
        let ends = thread::spawn(move || at_ender.into_iter().for_each(drop));
        let again = lanes(runtime, &ender);
        drop(ender);
        ends.join().unwrap();
        let all = LANES * ROUNDS * BATCH * 2;
        println!("{again} of {all} numbers were those of connections that had just ended");
        assert!(again > all / 20, "only {again} of {all} numbers were used again");
    });
}

/// The new owner waits for something that never comes; it is left in peace, whatever becomes of the old one, and
/// whatever it is itself.
#[test]
fn disturb_no_wait_of_their_new_owners() {
    const QUIET: Duration = Duration::from_millis(1);
    survives(disturb_no_wait_of_their_new_owners, |runtime| {
        let waits = runtime.spawn(|| {
            let (listener, address) = listener();
            let mut again = 0;
            for round in 0..500 {
                let near = TcpStream::connect(address).unwrap();
                let far = listener.accept().unwrap().0;
                let number = far.as_raw_fd();
                let reader = go(move || {
                    let _ = (&far).read(&mut [0; 8]);
                });
                yield_now();
                reset_on_close(&near);
                let _ = (&near).write(b"x");
                drop(near);
                reader.join().unwrap();

                let (new_number, told) = match round % 3 {
                    0 => {
                        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
                        socket.set_read_timeout(Some(QUIET)).unwrap();
                        let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
                        (vec![socket.as_raw_fd(), peer.as_raw_fd()], socket.recv(&mut [0; 8]))
                    }
                    1 => {
                        let (here, there) = gopark::net::UnixStream::pair().unwrap();
                        here.set_read_timeout(Some(QUIET)).unwrap();
                        (vec![here.as_raw_fd(), there.as_raw_fd()], (&here).read(&mut [0; 8]))
                    }
                    _ => {
                        let near = TcpStream::connect(address).unwrap();
                        let far = listener.accept().unwrap().0;
                        near.set_read_timeout(Some(QUIET)).unwrap();
                        let told = (&near).read(&mut [0; 8]);
                        reset_on_close(&near);
                        (vec![near.as_raw_fd(), far.as_raw_fd()], told)
                    }
                };
                assert_eq!(told.map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
                again += usize::from(new_number.contains(&number));
            }
            again
        });
        let again = waits.join().unwrap();
        assert!(again > 250, "only {again} of 500 numbers were used again");
    });
}
