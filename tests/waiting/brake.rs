//! Loops that overlook that they are stopped: after a hundred refusals each further one takes a millisecond.

use crate::alone;
use crate::sockets::pair;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{bounded as channel, never};
use gopark::coroutine::cancelled;
use gopark::net::TcpStream;
use gopark::time::{sleep, try_sleep};
use gopark::{go, select, shield, try_block_on, with_timeout, yield_now};
use std::future::pending;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const TURNS: u32 = 300;

/// A hundred for nothing, and then one each millisecond, with a fourth of them to spare.
const AT_LEAST: Duration = Duration::from_millis(150);

/// So many failures in a row take their time.
#[track_caller]
fn is_braked(name: &str, mut fails: impl FnMut()) {
    let begun = Instant::now();
    (0..TURNS).for_each(|_| fails());
    let took = begun.elapsed();
    assert!(took >= AT_LEAST, "{name}: {TURNS} failures took only {took:?}");
}

/// Runs `body` in a coroutine that is cancelled already.
fn in_a_cancelled_one(body: impl FnOnce() + Send + 'static) {
    let child = go(move || {
        while cancelled().is_none() {
            yield_now();
        }
        body()
    });
    child.cancel();
    child.join().expect("no panic");
}

/// Every kind of call.
fn loops_are_braked(conn: &TcpStream) {
    let (sender, receiver) = channel(1);
    is_braked("recv", || assert!(receiver.recv().is_err()));
    is_braked("send", || assert!(sender.send(7).is_err()));
    is_braked("select!", || select! { recv(receiver) -> value => assert!(value.is_err()) });
    is_braked("select! with a default arm", || {
        select! { recv(receiver) -> _ => panic!("refused"), default(Duration::from_secs(9)) => {} }
    });
    is_braked("try_sleep", || assert!(try_sleep(Duration::ZERO).is_err()));
    is_braked("try_block_on", || assert!(try_block_on(pending::<()>()).is_err()));
    is_braked("read", || assert!(conn.peek(&mut [0]).is_err()));
}

#[test]
fn past_a_deadline() {
    bounded(|| {
        runtime(1).run(|| {
            let (near, _far) = pair();
            with_timeout(Duration::ZERO, || loops_are_braked(&near));
        });
    });
}

#[test]
fn past_a_deadline_on_a_plain_thread() {
    bounded(|| {
        let (near, _far) = pair();
        with_timeout(Duration::ZERO, || loops_are_braked(&near));
    });
}

#[test]
fn after_a_cancellation() {
    bounded(|| {
        runtime(1).run(|| {
            let (near, _far) = pair();
            in_a_cancelled_one(move || loops_are_braked(&near));
        });
    });
}

/// The usual loop of a server: a fresh deadline for each request. It is stopped all the same.
#[test]
fn a_deadline_of_its_own_each_time_is_no_way_out() {
    bounded(|| {
        runtime(1).run(|| {
            in_a_cancelled_one(|| {
                let hour = Duration::from_secs(3600);
                is_braked("recv", || assert!(with_timeout(hour, || never::<u8>().recv()).is_err()));
            });
        });
    });
}

/// Nor is a section that works, such as what writes the failure to a log.
#[test]
fn a_shield_each_time_is_no_way_out() {
    bounded(|| {
        runtime(1).run(|| {
            in_a_cancelled_one(|| {
                let (log, _entries) = channel(TURNS as usize);
                is_braked("recv", || {
                    assert!(never::<u8>().recv().is_err());
                    assert_eq!(shield(|| log.send("refused")), Ok(()));
                });
            });
        });
    });
}

/// On the same worker: whoever is ready, sleepers, sockets, fresh ones.
#[test]
fn others_go_on() {
    bounded(|| {
        alone::runtime(1).run(|| {
            let stop = Arc::new(AtomicBool::new(false));
            let flag = stop.clone();
            let careless = go(move || {
                with_timeout(Duration::ZERO, || {
                    let mut turns = 0_u64;
                    while !flag.load(Ordering::SeqCst) {
                        assert!(never::<u8>().recv().is_err());
                        turns += 1;
                    }
                    turns
                })
            });
            let begun = Instant::now();
            for round in 0..50_u8 {
                yield_now();
                sleep(Duration::from_micros(100));
                let (near, far) = pair();
                let reads = go(move || {
                    let mut byte = [0];
                    (&near).read_exact(&mut byte).map(|()| byte[0])
                });
                std::io::Write::write_all(&mut &far, &[round]).expect("there is room");
                assert_eq!(reads.join().expect("no panic").expect("a byte"), round);
            }
            let took = begun.elapsed();
            assert!(took < Duration::from_secs(20), "50 rounds took {took:?}");
            stop.store(true, Ordering::SeqCst);
            assert!(careless.join().expect("no panic") > 0);
        });
    });
}
