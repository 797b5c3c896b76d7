//! Calls that begin after the deadline, or after a cancellation: they fail without trying, though they could happen.

use crate::sockets::{listener, pair};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{Receiver, Sender, bounded as channel, unbounded};
use gopark::coroutine::{Reason, cancelled};
use gopark::net::{TcpListener, TcpStream};
use gopark::time::try_sleep;
use gopark::{go, is_cancelled, is_timeout, select, try_block_on, with_deadline, with_timeout, yield_now};
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

/// Everything is there that a call could wait for.
struct Ready {
    sender: Sender<u8>,
    full: Receiver<u8>,
    near: TcpStream,
    far: TcpStream,
    listener: TcpListener,
    address: SocketAddr,
    client: std::net::TcpStream,
}

impl Ready {
    fn new() -> Ready {
        let (sender, full) = channel(3);
        (1..=2).for_each(|value| sender.send(value).expect("there is room"));
        let (near, far) = pair();
        (&far).write_all(b"here").expect("there is room");
        let (listener, address) = listener();
        let client = std::net::TcpStream::connect(address).expect("it listens");
        Ready { sender, full, near, far, listener, address, client }
    }

    /// Nothing of it happens: the caller is stopped.
    fn refuses_all(&self) {
        let why = cancelled().expect("the caller is stopped");
        assert!(self.full.recv().is_err(), "recv");
        assert!(self.full.recv_timeout(Duration::from_secs(1)).is_err(), "recv_timeout");
        assert!(self.full.iter().next().is_none(), "iter");
        assert_eq!(self.sender.send(9).expect_err("send").into_inner(), 9);
        assert_eq!(self.sender.send_timeout(9, Duration::from_secs(1)).expect_err("timed").into_inner(), 9);
        let (sender, receiver) = unbounded();
        assert_eq!(sender.send(9), Ok(()), "a send without a bound never waits, and is not affected");
        assert_eq!(receiver.try_recv(), Ok(9), "nor is a call that only tries");
        select! {
            recv(self.full) -> value => assert!(value.is_err(), "an arm that receives"),
            send(self.sender, 9) -> sent => assert_eq!(sent.expect_err("an arm that sends").into_inner(), 9),
        }
        select! {
            recv(self.full) -> _ => panic!("there is a default arm"),
            default => {}
        }
        select! {
            send(self.sender, 9) -> _ => panic!("there is a default arm"),
            default(Duration::from_secs(1)) => {}
        }
        assert!(try_sleep(Duration::ZERO).is_err(), "try_sleep");
        assert!(try_block_on(async { panic!("it is not polled") }).is_err(), "try_block_on");
        let failures = [
            ("read", (&self.near).read(&mut [0; 8]).map(drop)),
            ("peek", self.near.peek(&mut [0; 8]).map(drop)),
            ("write", (&self.near).write(b"lost").map(drop)),
            ("accept", self.listener.accept().map(drop)),
            ("connect", TcpStream::connect(self.address).map(drop)),
            ("connect by name", TcpStream::connect(("localhost", self.address.port())).map(drop)),
            ("an arm that reads", select! { readable(self.near) -> ready => ready }),
            ("an arm that writes", select! { writable(self.near) -> ready => ready }),
        ];
        for (name, result) in failures {
            let error = result.expect_err(name);
            let says = (is_timeout(&error), is_cancelled(&error));
            assert_eq!(
                says,
                (why == Reason::DeadlineExceeded, why == Reason::Cancelled),
                "{name}: {error:?}"
            );
            assert_ne!(error.kind(), ErrorKind::Interrupted, "{name}: std would try again");
        }
        assert_eq!(cancelled(), Some(why), "it stays so");
    }

    /// Everything is as it was.
    fn assert_untouched(self) {
        assert_eq!(self.full.try_iter().collect::<Vec<_>>(), [1, 2]);
        let mut buf = [0; 8];
        assert_eq!((&self.near).read(&mut buf).expect("what was there"), 4);
        assert_eq!(&buf[..4], b"here");
        drop(self.near);
        assert_eq!((&self.far).read(&mut buf).expect("the end"), 0, "something was written");
        let (_, from) = self.listener.accept().expect("the connection that was there");
        assert_eq!(from, self.client.local_addr().expect("connected"), "another one has connected");
    }
}

/// The deadlines that have passed when they are set.
fn within_all_that_have_passed(body: impl Fn()) {
    with_timeout(Duration::ZERO, &body);
    with_deadline(Instant::now(), &body);
    if let Some(past) = Instant::now().checked_sub(Duration::from_secs(1)) {
        with_deadline(past, &body);
    }
    with_timeout(Duration::from_millis(2), || {
        thread::sleep(Duration::from_millis(3));
        body();
    });
}

#[test]
fn past_the_deadline_in_a_coroutine() {
    bounded(|| {
        for workers in [1, 2] {
            runtime(workers).run(|| {
                let ready = Ready::new();
                within_all_that_have_passed(|| ready.refuses_all());
                assert_eq!(cancelled(), None);
                ready.assert_untouched();
            });
        }
    });
}

#[test]
fn past_the_deadline_on_a_plain_thread() {
    bounded(|| {
        let ready = Ready::new();
        within_all_that_have_passed(|| ready.refuses_all());
        assert_eq!(cancelled(), None);
        ready.assert_untouched();
    });
}

#[test]
fn after_a_cancellation() {
    bounded(|| {
        runtime(2).run(|| {
            let ready = Ready::new();
            let late = go(move || {
                while cancelled().is_none() {
                    yield_now();
                }
                assert_eq!(cancelled(), Some(Reason::Cancelled));
                ready.refuses_all();
                ready
            });
            late.cancel();
            late.join().expect("all of it was refused").assert_untouched();
        });
    });
}

/// An iterator that has ended has ended, also if it was a deadline that is over.
#[test]
fn iterators_stay_at_their_end() {
    bounded(|| {
        runtime(1).run(|| {
            let (sender, receiver) = channel(3);
            (1..=3).for_each(|value| sender.send(value).expect("there is room"));
            let mut borrows = receiver.iter();
            assert_eq!(borrows.next(), Some(1));
            assert_eq!(with_timeout(Duration::ZERO, || borrows.next()), None);
            assert_eq!((borrows.next(), receiver.iter().next()), (None, Some(2)));
            let mut owns = receiver.into_iter();
            assert_eq!(with_timeout(Duration::ZERO, || owns.next()), None);
            assert_eq!(owns.next(), None);
        });
    });
}

/// `try_recv` does not ask for deadlines, also where it waits for a value that is being computed.
#[test]
fn try_recv_gets_what_a_select_computes() {
    bounded(|| {
        runtime(1).run(|| {
            let (sender, receiver) = channel(0);
            let selects = go(move || select! { send(sender, 7_u8) -> sent => sent });
            (0..10).for_each(|_| yield_now()); // it waits
            assert_eq!(with_timeout(Duration::ZERO, || receiver.try_recv()), Ok(7));
            assert!(selects.join().expect("no panic").is_ok());
        });
    });
}
