//! One call of every kind that can fail, each of which would wait for ever.

use crate::sockets::{calls_that_wait, listener, pair};
use gopark::chan::{Receiver, Select, Sender, bounded, never, unbounded};
use gopark::coroutine::Reason;
use gopark::net::TcpStream;
use gopark::sync::Semaphore;
use gopark::time::{tick, try_sleep};
use gopark::{is_cancelled, is_timeout, select, try_block_on};
use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A call and its name. It asserts that it has failed as it should.
pub(crate) type Call = (&'static str, Box<dyn FnOnce() + Send>);

const HOUR: Duration = Duration::from_secs(3600);

/// All of them; they are to fail for `why`.
pub(crate) fn all(why: Reason) -> Vec<Call> {
    let mut calls = without_a_socket();
    calls.extend(selects_on_sockets(why));
    calls.extend(on_sockets(why));
    calls
}

/// Those that have nothing to do with the network.
pub(crate) fn without_a_socket() -> Vec<Call> {
    [receives(), sends(), selects(), others()].into_iter().flatten().collect()
}

/// The error says that it came for this reason.
#[track_caller]
pub(crate) fn assert_says(why: Reason, name: &str, error: &io::Error) {
    let says = (is_timeout(error), is_cancelled(error));
    assert_eq!(says, (why == Reason::DeadlineExceeded, why == Reason::Cancelled), "{name}: {error:?}");
}

fn call(name: &'static str, call: impl FnOnce() + Send + 'static) -> Call {
    (name, Box::new(call))
}

fn receives() -> Vec<Call> {
    fn on(name: &'static str, fails: fn(&Receiver<u8>) -> bool) -> Call {
        let (sender, receiver) = bounded(1);
        call(name, move || {
            let _sender = sender;
            assert!(fails(&receiver), "{name}");
        })
    }
    vec![
        on("recv", |receiver| receiver.recv().is_err()),
        on("iter", |receiver| receiver.iter().next().is_none()),
        on("recv_timeout", |receiver| receiver.recv_timeout(HOUR).is_err()),
        on("recv_deadline", |receiver| receiver.recv_deadline(Instant::now() + HOUR).is_err()),
        call("recv of never", || assert!(never::<u8>().recv().is_err())),
        call("recv of a tick", || assert!(tick(HOUR).recv().is_err())),
    ]
}

fn sends() -> Vec<Call> {
    fn on(name: &'static str, capacity: usize, comes_back: fn(&Sender<u8>) -> u8) -> Call {
        let (sender, receiver) = bounded(capacity);
        (0..capacity).for_each(|_| sender.send(0).expect("there is room"));
        call(name, move || {
            assert_eq!(comes_back(&sender), 7, "{name}: the value of a failed send comes back");
            assert_eq!(
                receiver.try_iter().collect::<Vec<_>>(),
                vec![0; capacity],
                "{name}: nothing more came in"
            );
        })
    }
    vec![
        on("send to a full channel", 1, |sender| sender.send(7).expect_err("full").into_inner()),
        on("send to a rendezvous", 0, |sender| sender.send(7).expect_err("alone").into_inner()),
        on("send_timeout", 2, |sender| sender.send_timeout(7, HOUR).expect_err("full").into_inner()),
        on("send_deadline", 0, |sender| {
            sender.send_deadline(7, Instant::now() + HOUR).expect_err("alone").into_inner()
        }),
    ]
}

fn selects() -> Vec<Call> {
    fn on(name: &'static str, fails: fn(&Sender<u8>, &Receiver<u8>) -> bool) -> Call {
        let ((full, _first), (_second, empty)) = (bounded(0), bounded(0));
        call(name, move || {
            let _others = (_first, _second);
            assert!(fails(&full, &empty), "{name}");
        })
    }
    vec![
        on("select!", |full, empty| {
            select! {
                recv(empty) -> value => value.is_err(),
                send(full, 7) -> sent => sent.is_err_and(|error| error.into_inner() == 7),
            }
        }),
        on("select! with one arm", |_, empty| select! { recv(empty) -> value => value.is_err() }),
        on("select! with a default arm", |full, empty| {
            select! {
                recv(empty) -> _ => false,
                send(full, 7) -> _ => false,
                default(HOUR) => true,
            }
        }),
        on("Select::select", |_, empty| {
            let mut select = Select::new();
            select.recv(empty);
            select.select().recv(empty).is_err()
        }),
        on("Select::select_timeout", |_, empty| {
            let mut select = Select::new();
            select.recv(empty);
            select.select_timeout(HOUR).is_err()
        }),
        on("Select::ready_timeout", |full, _| {
            let mut select = Select::new();
            select.send(full);
            select.ready_timeout(HOUR).is_err()
        }),
    ]
}

fn others() -> Vec<Call> {
    let (sender, receiver) = unbounded::<u8>();
    vec![
        call("try_sleep", || assert!(try_sleep(HOUR).is_err())),
        call("try_block_on", || assert!(try_block_on(pending::<()>()).is_err())),
        call("acquire_timeout", || {
            let empty = Semaphore::new(0);
            assert!(empty.acquire_timeout(HOUR).is_err());
            assert_eq!(empty.available(), 0);
        }),
        call("acquire_owned_timeout", || {
            assert!(Arc::new(Semaphore::new(0)).acquire_owned_timeout(HOUR).is_err());
        }),
        call("into_iter", move || {
            let _sender = sender;
            assert_eq!(receiver.into_iter().count(), 0);
        }),
    ]
}

/// Those of the network's own.
pub(crate) fn on_sockets(why: Reason) -> Vec<Call> {
    let own = calls_that_wait().into_iter();
    own.map(|(name, waits)| call(name, move || assert_says(why, name, &waits().expect_err(name)))).collect()
}

pub(crate) fn selects_on_sockets(why: Reason) -> Vec<Call> {
    let arm = |name, fails: fn(&TcpStream) -> Option<io::Error>| {
        let (near, far) = pair();
        call(name, move || {
            let _far = far;
            fails(&near).iter().for_each(|error| assert_says(why, name, error));
        })
    };
    let mut calls = vec![
        arm("select! of a socket", |near| {
            let ready = select! { readable(near) -> ready => ready };
            Some(ready.expect_err("nobody writes"))
        }),
        arm("select! of a socket and a channel", |near| {
            select! {
                readable(near) -> ready => Some(ready.expect_err("nobody writes")),
                recv(never::<u8>()) -> value => {
                    assert!(value.is_err());
                    None
                },
            }
        }),
    ];
    let (accepts, _) = listener();
    calls.push(call("select! of a listener", move || {
        let ready = select! { readable(accepts) -> ready => ready };
        assert_says(why, "select! of a listener", &ready.expect_err("nobody connects"));
    }));
    calls
}
