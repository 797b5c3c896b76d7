//! Deadlines inside deadlines, and what is left of one behind its end.

use crate::calls::assert_says;
use crate::sockets::{listener, pair};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{Receiver, bounded as channel, never};
use gopark::coroutine::{Reason, cancelled};
use gopark::{select, with_deadline, with_timeout};
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_millis(20);
const HOUR: Duration = Duration::from_secs(3600);

/// On a worker and on a plain thread.
fn everywhere(body: fn()) {
    bounded(move || {
        runtime(1).run(body);
        body();
    });
}

fn holding_one() -> Receiver<u8> {
    let (sender, receiver) = channel(1);
    sender.send(7).expect("there is room");
    receiver
}

#[test]
fn an_earlier_one_outside_counts() {
    everywhere(|| {
        let begun = Instant::now();
        with_timeout(SOON, || {
            with_timeout(HOUR, || {
                with_deadline(Instant::now() + HOUR, || {
                    assert!(never::<u8>().recv().is_err());
                    assert_eq!(cancelled(), Some(Reason::DeadlineExceeded));
                });
            });
            assert_eq!(cancelled(), Some(Reason::DeadlineExceeded));
        });
        assert!(begun.elapsed() >= SOON);
        assert_eq!(cancelled(), None);
    });
}

#[test]
fn an_earlier_one_inside_counts_inside() {
    everywhere(|| {
        with_timeout(HOUR, || {
            let begun = Instant::now();
            with_timeout(SOON, || assert!(never::<u8>().recv().is_err()));
            assert!(begun.elapsed() >= SOON);
            assert_eq!(cancelled(), None);
            assert_eq!(holding_one().recv(), Ok(7), "outside there is time left");
            with_timeout(SOON, || assert!(never::<u8>().recv().is_err(), "and a second one inside"));
            assert_eq!(holding_one().recv(), Ok(7));
        });
    });
}

#[test]
fn the_longest_inside_lengthens_nothing() {
    everywhere(|| {
        let receiver = holding_one();
        with_timeout(Duration::ZERO, || {
            with_timeout(Duration::MAX, || assert!(receiver.recv().is_err()));
        });
    });
}

#[test]
fn a_panic_leaves_nothing_behind() {
    everywhere(|| {
        let receiver = holding_one();
        let panics = catch_unwind(AssertUnwindSafe(|| {
            with_timeout(HOUR, || {
                with_timeout(Duration::ZERO, || {
                    assert!(receiver.recv().is_err());
                    panic!("inside")
                })
            })
        }));
        assert_eq!(panics.expect_err("it panics").downcast_ref(), Some(&"inside"));
        assert_eq!(cancelled(), None);
        assert_eq!(receiver.recv(), Ok(7));
    });
}

#[test]
fn a_panic_leaves_the_one_outside() {
    fn panics_inside() {
        let panics = catch_unwind(|| with_timeout(Duration::ZERO, || panic!("inside")));
        assert!(panics.is_err());
    }
    everywhere(|| {
        with_timeout(HOUR, || {
            panics_inside();
            assert_eq!(holding_one().recv(), Ok(7), "there is time left outside");
        });
        let begun = Instant::now();
        with_timeout(SOON, || {
            panics_inside();
            assert!(never::<u8>().recv().is_err());
        });
        assert!(begun.elapsed() >= SOON);
    });
}

#[test]
fn the_result_is_that_of_the_body() {
    everywhere(|| {
        let text = String::from("borrowed");
        assert_eq!(with_timeout(HOUR, || with_timeout(Duration::ZERO, || text.len())), 8);
        assert_eq!(with_deadline(Instant::now(), || &text), "borrowed");
    });
}

/// A socket that has seen a deadline serves the next call as before, with what has come meanwhile.
#[test]
fn a_socket_goes_on_behind_it() {
    everywhere(|| {
        let (near, far) = pair();
        for round in 0..10_u8 {
            let late = with_timeout(Duration::from_millis(2), || (&near).read(&mut [0; 8]));
            assert_says(Reason::DeadlineExceeded, "read", &late.expect_err("nobody writes"));
            let late =
                with_timeout(Duration::from_millis(2), || select! { readable(near) -> ready => ready });
            assert_says(Reason::DeadlineExceeded, "readable", &late.expect_err("nobody writes"));
            (&far).write_all(&[round; 3]).expect("there is room");
            let mut buf = [0; 3];
            with_timeout(HOUR, || (&near).read_exact(&mut buf)).expect("there is time");
            assert_eq!(buf, [round; 3]);
        }
        let (listener, address) = listener();
        let late = with_timeout(Duration::from_millis(2), || listener.accept());
        assert_says(Reason::DeadlineExceeded, "accept", &late.expect_err("nobody connects"));
        let client = std::net::TcpStream::connect(address).expect("it listens");
        let (_, from) = listener.accept().expect("a connection");
        assert_eq!(from, client.local_addr().expect("connected"));
    });
}
