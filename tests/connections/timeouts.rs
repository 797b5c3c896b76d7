//! Timeouts of coroutines: a call that waits too long answers as std's does, the stream stays as it is, and nobody
//! else waits with it.

use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use gopark::go;
use gopark::net::TcpStream;

use crate::loopback::{let_them_wait, narrow_pair, pair};
use crate::watchdog::bounded;
use crate::workers::runtime;

const SHORT: Duration = Duration::from_millis(20);

/// Runs `body` on one worker and on two.
fn in_coroutines(body: fn()) {
    bounded(move || [1, 2].into_iter().for_each(|workers| runtime(workers).run(body)));
}

#[track_caller]
fn expires<T: std::fmt::Debug>(call: impl FnOnce() -> std::io::Result<T>) {
    let begun = Instant::now();
    let expired = call().unwrap_err();
    assert_eq!(expired.kind(), ErrorKind::WouldBlock, "{expired}");
    assert!(begun.elapsed() >= SHORT, "after {:?} of {SHORT:?}", begun.elapsed());
}

#[test]
fn a_read_expires_and_the_next_one_gets_the_data() {
    in_coroutines(|| {
        let (mut a, mut b) = pair();
        a.set_read_timeout(Some(SHORT)).unwrap();
        let mut buf = [0; 16];
        for round in 0..3_u8 {
            expires(|| a.read(&mut buf));
            expires(|| a.peek(&mut buf));
            b.write_all(&[round; 5]).unwrap();
            assert_eq!(a.read(&mut buf).unwrap(), 5);
            assert_eq!(&buf[..5], [round; 5]);
        }
        a.set_read_timeout(None).unwrap();
        let late = go(move || {
            gopark::time::sleep(2 * SHORT);
            b.write_all(b"late").unwrap();
            b
        });
        a.read_exact(&mut buf[..4]).unwrap();
        assert_eq!(&buf[..4], b"late");
        drop(late.join().unwrap());
        assert_eq!(a.read(&mut buf).unwrap(), 0);
    });
}

#[test]
fn a_write_expires_and_goes_on_when_there_is_room() {
    in_coroutines(|| {
        let (mut a, mut b) = narrow_pair();
        a.set_write_timeout(Some(SHORT)).unwrap();
        let mut written = 0;
        let begun = loop {
            let begun = Instant::now();
            match a.write(&[1; 1 << 12]) {
                Ok(n) => written += n,
                Err(expired) => {
                    assert_eq!(expired.kind(), ErrorKind::WouldBlock);
                    break begun;
                }
            }
        };
        assert!(begun.elapsed() >= SHORT);

        let mut received = vec![0; written];
        b.read_exact(&mut received).unwrap();
        a.set_write_timeout(None).unwrap();
        a.write_all(b"more").unwrap();
        let mut more = [0; 4];
        b.read_exact(&mut more).unwrap();
        assert_eq!(&more, b"more");
    });
}

/// A coroutine that waits with a timeout leaves its worker to the others.
#[test]
fn others_run_meanwhile() {
    bounded(|| {
        runtime(1).run(|| {
            let (mut a, _b) = pair();
            a.set_read_timeout(Some(10 * SHORT)).unwrap();
            let waits = Arc::new(AtomicBool::new(true));
            let turns = Arc::new(AtomicU64::new(0));
            let (still, count) = (waits.clone(), turns.clone());
            let other = go(move || {
                while still.load(SeqCst) {
                    count.fetch_add(1, SeqCst);
                    gopark::time::sleep(Duration::from_millis(1));
                }
            });
            assert_eq!(a.read(&mut [0; 1]).unwrap_err().kind(), ErrorKind::WouldBlock);
            waits.store(false, SeqCst);
            other.join().unwrap();
            // 200 would be all; one would be none.
            assert!(turns.load(SeqCst) >= 5, "only {} turns in {:?}", turns.load(SeqCst), 10 * SHORT);
        });
    });
}

#[test]
fn many_expire_beside_each_other() {
    bounded(|| {
        runtime(2).run(|| {
            // Of both ends, so that none hears the end of the other before its own timeout.
            let pairs: Vec<_> = (0..100).map(|_| pair()).collect();
            let ends: Vec<_> = pairs.into_iter().flat_map(|(a, b)| [a, b]).map(Arc::new).collect();
            let begun = Instant::now();
            let readers: Vec<_> = (1..)
                .zip(&ends)
                .map(|(number, end)| {
                    let end = end.clone();
                    go(move || {
                        let timeout = Duration::from_micros(100 * number);
                        end.set_read_timeout(Some(timeout)).unwrap();
                        assert_eq!((&*end).read(&mut [0; 1]).unwrap_err().kind(), ErrorKind::WouldBlock);
                        assert!(begun.elapsed() >= timeout);
                    })
                })
                .collect();
            readers.into_iter().for_each(|reader| reader.join().unwrap());
        });
    });
}

/// Data that come just when the timeout ends are read by this call or by the next one, never lost.
#[test]
fn data_at_the_last_moment_are_not_lost() {
    in_coroutines(|| {
        const BYTES: u64 = 400;
        let (mut a, mut b) = pair();
        a.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        let sender = go(move || {
            for i in 0..BYTES {
                gopark::time::sleep(Duration::from_micros(800 + 50 * (i % 9)));
                b.write_all(&[i as u8]).unwrap();
            }
        });
        let (mut next, mut expired) = (0, 0);
        loop {
            let mut buf = [0; 8];
            match a.read(&mut buf) {
                Ok(0) => break,
                Ok(n) => {
                    for byte in &buf[..n] {
                        assert_eq!(*byte, next as u8);
                        next += 1;
                    }
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::WouldBlock);
                    expired += 1;
                }
            }
        }
        sender.join().unwrap();
        assert_eq!(next, BYTES, "with {expired} timeouts in between");
    });
}

/// What is set while somebody waits counts for the calls that begin afterwards.
#[test]
fn a_timeout_does_not_touch_a_call_that_waits_already() {
    in_coroutines(|| {
        let (a, mut b) = pair();
        let waiting: TcpStream = a.try_clone().unwrap();
        let reader = go(move || (&waiting).read(&mut [0; 8]));
        let_them_wait();
        a.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        gopark::time::sleep(2 * SHORT);
        assert!(!reader.is_finished());
        b.write_all(b"data").unwrap();
        assert_eq!(reader.join().unwrap().unwrap(), 4);
    });
}
