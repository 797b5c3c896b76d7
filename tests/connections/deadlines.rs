//! Deadlines of sockets, as each call that can wait heeds them: absolute, and counted anew while it waits already.

use std::io::{self, ErrorKind, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use gopark::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream};
use gopark::runtime::Runtime;
use gopark::{JoinHandle, chan, go, is_cancelled, is_timeout, select};

use crate::loopback::{let_them_wait, narrow_pair, pair};
use crate::parked::{parks, until_parked};
use crate::waiting_calls::{self, Call, WaitingCall};
use crate::watchdog::bounded;
use crate::workers::runtime;

const SOON: Duration = Duration::from_millis(20);
const HOUR: Duration = Duration::from_secs(3600);

/// Who changes a deadline under which others wait.
#[derive(Clone, Copy, Debug)]
enum From {
    /// A coroutine of the same worker, or of another one, as it happens.
    Coroutine,
    /// A thread that is no worker.
    Thread,
}

impl From {
    fn act(self, runtime: &Runtime, action: impl FnOnce() + Send + 'static) {
        match self {
            From::Coroutine => runtime.spawn(action).join().unwrap(),
            From::Thread => thread::spawn(action).join().unwrap(),
        }
    }

    fn set(self, runtime: &Runtime, call: &WaitingCall, deadline: Option<Instant>) {
        let until = call.until.clone();
        self.act(runtime, move || until(deadline));
    }
}

/// Runs `body` with one worker and with two, deadlines being changed from here and from there.
fn everywhere(body: fn(&Runtime, From)) {
    bounded(move || {
        for workers in [1, 2] {
            for from in [From::Coroutine, From::Thread] {
                body(&runtime(workers), from);
            }
        }
    });
}

/// Makes all of them, in a coroutine each, and returns when all wait.
fn begin(runtime: &Runtime, calls: &[WaitingCall]) -> Vec<JoinHandle<io::Result<()>>> {
    let before = parks(runtime);
    let begin = |call: &Call| {
        let call = call.clone();
        runtime.spawn(move || call())
    };
    let begun = calls.iter().map(|call| begin(&call.call)).collect();
    until_parked(runtime, before + calls.len() as u64);
    begun
}

#[track_caller]
fn is_over<T: std::fmt::Debug>(name: &str, ended: io::Result<T>) {
    let error = ended.expect_err(name);
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{name}: {error:?}");
    assert!(is_timeout(&error) && !is_cancelled(&error), "{name}: {error:?}");
}

fn past() -> Option<Instant> {
    Some(Instant::now())
}

fn in_an_hour() -> Option<Instant> {
    Some(Instant::now() + HOUR)
}

#[test]
fn a_past_one_ends_calls_that_wait_already() {
    everywhere(|runtime, from| {
        let calls = waiting_calls::all();
        let begun = begin(runtime, &calls);
        assert!(begun.iter().all(|call| !call.is_finished()));
        for (call, begun) in calls.iter().zip(begun) {
            from.set(runtime, call, past());
            is_over(call.name, begun.join().unwrap());
        }
    });
}

#[test]
fn a_past_one_ends_calls_that_wait_for_another_one() {
    everywhere(|runtime, from| {
        let calls = waiting_calls::all();
        calls.iter().for_each(|call| (call.until)(in_an_hour()));
        let begun = begin(runtime, &calls);
        for (call, begun) in calls.iter().zip(begun) {
            from.set(runtime, call, past());
            is_over(call.name, begun.join().unwrap());
        }
    });
}

#[test]
fn a_plain_thread_takes_notice() {
    bounded(|| {
        let runtime = runtime(1);
        for from in [From::Coroutine, From::Thread] {
            let calls = waiting_calls::all();
            let begun: Vec<_> = calls
                .iter()
                .map(|call| {
                    let call = call.call.clone();
                    thread::spawn(move || call())
                })
                .collect();
            let_them_wait();
            assert!(begun.iter().all(|thread| !thread.is_finished()));
            calls.iter().for_each(|call| from.set(&runtime, call, past()));
            for (call, begun) in calls.iter().zip(begun) {
                is_over(call.name, begun.join().unwrap());
            }
        }
    });
}

/// Nobody changes it: it comes by itself, and not too early.
#[test]
fn one_that_comes_ends_calls() {
    fn ends(call: &WaitingCall, begin: impl FnOnce(Call) -> io::Result<()>) {
        let deadline = Instant::now() + SOON;
        (call.until)(Some(deadline));
        is_over(call.name, begin(call.call.clone()));
        assert!(Instant::now() >= deadline, "{}: too early", call.name);
    }
    bounded(|| {
        let runtime = runtime(2);
        for call in waiting_calls::all() {
            ends(&call, |call| runtime.spawn(move || call()).join().unwrap());
        }
        for call in waiting_calls::all() {
            ends(&call, |call| call());
        }
    });
}

/// Has `change` made while `call` waits for a deadline that comes soon, and waits beyond that one. Again, if on a busy
/// machine the change comes too late.
fn in_time(runtime: &Runtime, call: &WaitingCall, change: impl Fn()) -> JoinHandle<io::Result<()>> {
    for patience in 1.. {
        let soon = Instant::now() + patience * SOON;
        (call.until)(Some(soon));
        let begun = begin_or_late(runtime, call, soon);
        change();
        if Instant::now() < soon {
            gopark::time::sleep_until(soon + SOON);
            return begun;
        }
        (call.until)(past());
        let _ = begun.join().unwrap();
    }
    unreachable!()
}

fn begin_or_late(runtime: &Runtime, call: &WaitingCall, soon: Instant) -> JoinHandle<io::Result<()>> {
    let (made, before) = (call.call.clone(), parks(runtime));
    let begun = runtime.spawn(move || made());
    while parks(runtime) == before && Instant::now() < soon {
        thread::yield_now();
    }
    begun
}

#[test]
fn one_that_is_moved_on_does_not_come_at_its_old_time() {
    everywhere(|runtime, from| {
        for mut call in waiting_calls::receives().into_iter().chain(waiting_calls::accepts()) {
            let begun = in_time(runtime, &call, || from.set(runtime, &call, in_an_hour()));
            assert!(!begun.is_finished(), "{}", call.name);
            (call.serve)();
            assert!(begun.join().unwrap().is_ok(), "{}", call.name);
        }
    });
}

#[test]
fn nor_for_calls_that_send() {
    bounded(|| {
        let runtime = runtime(2);
        for mut call in waiting_calls::sends() {
            let begun = in_time(&runtime, &call, || (call.until)(in_an_hour()));
            assert!(!begun.is_finished(), "{}", call.name);
            (call.serve)();
            assert!(begun.join().unwrap().is_ok(), "{}", call.name);
        }
    });
}

/// Moved on again and again, as for a connection where something comes now and then, and in the end no more.
#[test]
fn one_that_is_moved_on_comes_in_the_end() {
    everywhere(|runtime, from| {
        let calls = waiting_calls::all();
        calls.iter().for_each(|call| (call.until)(in_an_hour()));
        let begun = begin(runtime, &calls);
        for _ in 0..20 {
            calls.iter().for_each(|call| from.set(runtime, call, Some(Instant::now() + SOON)));
        }
        for (call, begun) in calls.iter().zip(begun) {
            is_over(call.name, begun.join().unwrap());
        }
    });
}

#[test]
fn one_that_is_moved_back_comes_at_its_new_time() {
    everywhere(|runtime, from| {
        let calls = waiting_calls::all();
        calls.iter().for_each(|call| (call.until)(in_an_hour()));
        let begun = begin(runtime, &calls);
        let soon = Instant::now() + SOON;
        calls.iter().for_each(|call| from.set(runtime, call, Some(soon)));
        for (call, begun) in calls.iter().zip(begun) {
            is_over(call.name, begun.join().unwrap());
            assert!(Instant::now() >= soon, "{}: too early", call.name);
        }
    });
}

#[test]
fn one_that_is_taken_away_does_not_come() {
    everywhere(|runtime, from| {
        for mut call in waiting_calls::receives().into_iter().chain(waiting_calls::accepts()) {
            let begun = in_time(runtime, &call, || from.set(runtime, &call, None));
            assert!(!begun.is_finished(), "{}", call.name);
            (call.serve)();
            assert!(begun.join().unwrap().is_ok(), "{}", call.name);
        }
    });
}

#[test]
fn one_that_is_taken_away_from_a_plain_thread_does_not_come() {
    bounded(|| {
        let mut calls = waiting_calls::all();
        let begun: Vec<_> = calls
            .iter()
            .map(|call| {
                (call.until)(in_an_hour());
                let call = call.call.clone();
                thread::spawn(move || call())
            })
            .collect();
        let_them_wait();
        calls.iter().for_each(|call| (call.until)(None));
        calls.iter_mut().for_each(|call| (call.serve)());
        for (call, begun) in calls.iter().zip(begun) {
            assert!(begun.join().unwrap().is_ok(), "{}", call.name);
        }
    });
}

/// What has come already is not for calls that are late; it stays where it is.
#[test]
fn a_past_one_refuses_what_could_be_had() {
    fn refuses(call: &Call, of: &WaitingCall) {
        for long_ago in [Duration::ZERO, SOON, HOUR] {
            // Where the machine has not been up for an hour.
            let Some(then) = Instant::now().checked_sub(long_ago) else { continue };
            (of.until)(Some(then));
            (0..3).for_each(|_| is_over(of.name, call()));
        }
        (of.until)(None);
        assert!(call().is_ok(), "{}: it was there", of.name);
    }
    bounded(|| {
        let runtime = runtime(1);
        for mut call in waiting_calls::all() {
            (call.serve)();
            runtime.spawn(move || refuses(&call.call, &call)).join().unwrap();
        }
        for mut call in waiting_calls::all() {
            (call.serve)();
            refuses(&call.call, &call);
        }
    });
}

/// Until another one is set, whoever calls, whether it waits or not.
#[test]
fn is_kept_from_call_to_call() {
    everywhere(|runtime, from| {
        let (mut a, mut b) = pair();
        a.set_read_deadline(in_an_hour()).unwrap();
        for round in 0..5_u8 {
            b.write_all(&[round]).unwrap();
            let mut byte = [0];
            a.read_exact(&mut byte).unwrap();
            assert_eq!(byte, [round]);
        }
        let conn = a.try_clone().unwrap();
        from.act(runtime, move || conn.set_read_deadline(past()).unwrap());
        for _ in 0..5 {
            let mut conn = a.try_clone().unwrap();
            is_over("read", runtime.spawn(move || conn.read(&mut [0])).join().unwrap());
            is_over("peek", a.peek(&mut [0]));
            is_over(
                "read",
                thread::spawn({
                    let mut conn = a.try_clone().unwrap();
                    move || conn.read(&mut [0])
                })
                .join()
                .unwrap(),
            );
        }
    });
}

#[test]
fn the_furthest_one_is_as_good_as_none() {
    bounded(|| {
        runtime(1).run(|| {
            let (mut a, mut b) = pair();
            // As far as the clock can say, and twice as far as what is kept of it.
            for years in [300, 1100] {
                let Some(far) = Instant::now().checked_add(Duration::from_secs(years * 365 * 86_400)) else {
                    continue;
                };
                a.set_deadline(Some(far)).unwrap();
                let sender = go({
                    let mut b = b.try_clone().unwrap();
                    move || b.write_all(b"x").unwrap()
                });
                assert_eq!(a.read(&mut [0; 8]).unwrap(), 1);
                assert_eq!(a.write(b"y").unwrap(), 1);
                assert_eq!(b.read(&mut [0; 8]).unwrap(), 1);
                sender.join().unwrap();
            }
        });
    });
}

/// Has a reader and a writer wait on one stream, and ends them one after the other.
macro_rules! one_direction_at_a_time {
    ($runtime:expr, $from:expr, $pair:expr) => {{
        let (here, _there) = $pair;
        let (mut reads, mut writes) = (here.try_clone().unwrap(), here.try_clone().unwrap());
        let before = parks($runtime);
        let reader = $runtime.spawn(move || reads.read(&mut [0; 8]));
        let writer = $runtime.spawn(move || writes.write_all(&[0; 4 << 20]));
        until_parked($runtime, before + 2);
        let conn = here.try_clone().unwrap();
        $from.act($runtime, move || conn.set_read_deadline(past()).unwrap());
        is_over("read", reader.join().unwrap());
        assert!(!writer.is_finished(), "the writer was not meant");
        assert!(is_timeout(&here.readable().unwrap_err()));

        let mut reads = here.try_clone().unwrap();
        here.set_read_deadline(None).unwrap();
        let before = parks($runtime);
        let reader = $runtime.spawn(move || reads.read(&mut [0; 8]));
        until_parked($runtime, before + 1);
        let conn = here.try_clone().unwrap();
        $from.act($runtime, move || conn.set_write_deadline(past()).unwrap());
        is_over("write", writer.join().unwrap());
        assert!(!reader.is_finished(), "the reader was not meant");

        let conn = here.try_clone().unwrap();
        $from.act($runtime, move || conn.set_deadline(past()).unwrap());
        is_over("read", reader.join().unwrap());
    }};
}

#[test]
fn directions_have_one_each() {
    everywhere(|runtime, from| {
        one_direction_at_a_time!(runtime, from, narrow_pair());
        one_direction_at_a_time!(runtime, from, UnixStream::pair().unwrap());
    });
}

#[test]
fn clones_share_it_and_the_other_end_does_not() {
    fn check<S>(
        name: &str,
        [a, b]: [S; 2],
        clone: fn(&S) -> S,
        set: fn(&S, Option<Instant>),
        receive: fn(&S) -> io::Result<usize>,
        send: fn(&S),
    ) {
        let before = clone(&a);
        set(&a, past());
        let after = clone(&a);
        for end in [&a, &before, &after] {
            is_over(name, receive(end));
        }
        drop(a);
        send(&before);
        assert_eq!(receive(&b).unwrap(), 1, "{name}: the other end has none");
        is_over(name, receive(&before));
        set(&after, None);
        send(&b);
        assert_eq!(receive(&before).unwrap(), 1, "{name}");
    }
    bounded(|| {
        runtime(1).run(|| {
            check(
                "TcpStream",
                <[_; 2]>::from(pair()),
                |s| s.try_clone().unwrap(),
                |s, to| s.set_read_deadline(to).unwrap(),
                |mut s| s.read(&mut [0; 8]),
                |mut s| s.write_all(b"x").unwrap(),
            );
            check(
                "UnixStream",
                <[_; 2]>::from(UnixStream::pair().unwrap()),
                |s| s.try_clone().unwrap(),
                |s, to| s.set_read_deadline(to).unwrap(),
                |mut s| s.read(&mut [0; 8]),
                |mut s| s.write_all(b"x").unwrap(),
            );
            check(
                "UnixDatagram",
                <[_; 2]>::from(UnixDatagram::pair().unwrap()),
                |s| s.try_clone().unwrap(),
                |s, to| s.set_read_deadline(to).unwrap(),
                |s| s.recv(&mut [0; 8]),
                |s| assert_eq!(s.send(b"x").unwrap(), 1),
            );
            let [a, b] = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
            a.connect(b.local_addr().unwrap()).unwrap();
            b.connect(a.local_addr().unwrap()).unwrap();
            check(
                "UdpSocket",
                [a, b],
                |s| s.try_clone().unwrap(),
                |s, to| s.set_read_deadline(to).unwrap(),
                |s| s.recv(&mut [0; 8]),
                |s| assert_eq!(s.send(b"x").unwrap(), 1),
            );
        });
    });
}

/// What a listener accepts begins without one, and `incoming` goes on after it.
#[test]
fn a_listener_keeps_its_own() {
    bounded(|| {
        runtime(2).run(|| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.set_deadline(in_an_hour()).unwrap();
            let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (mut server, _) = listener.accept().unwrap();
            let clone = listener.try_clone().unwrap();
            clone.set_deadline(past()).unwrap();
            is_over("accept", listener.accept());
            is_over("incoming", listener.incoming().next().unwrap());
            let reader = go(move || server.read(&mut [0; 8]));
            client.write_all(b"x").unwrap();
            assert_eq!(reader.join().unwrap().unwrap(), 1);

            let late = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            is_over("accept", listener.accept());
            listener.set_deadline(None).unwrap();
            assert_eq!(clone.accept().unwrap().1, late.local_addr().unwrap());
        });
    });
}

#[test]
fn a_non_blocking_socket_does_not_heed_it() {
    bounded(|| {
        runtime(1).run(|| {
            let (mut a, mut b) = pair();
            a.set_nonblocking(true).unwrap();
            a.set_deadline(past()).unwrap();
            assert_eq!(a.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
            assert_eq!(a.readable().unwrap_err().kind(), ErrorKind::WouldBlock);
            a.write_all(b"x").unwrap();
            b.read_exact(&mut [0]).unwrap();
            a.set_nonblocking(false).unwrap();
            is_over("read", a.read(&mut [0; 8]));
            is_over("write", a.write(b"x"));

            let listener = UnixListener::bind("").unwrap();
            listener.set_nonblocking(true).unwrap();
            listener.set_deadline(past()).unwrap();
            assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
        });
    });
}

#[test]
fn a_select_does_not_heed_it() {
    bounded(|| {
        runtime(1).run(|| {
            let (mut a, mut b) = pair();
            a.set_read_deadline(past()).unwrap();
            let (tell, told) = chan::bounded(0);
            let teller = go(move || tell.send(7).unwrap());
            select! {
                readable(a) -> ready => panic!("nothing was sent, and {ready:?}"),
                recv(told) -> value => assert_eq!(value, Ok(7)),
            }
            teller.join().unwrap();
            b.write_all(b"x").unwrap();
            select! {
                readable(a) -> ready => ready.unwrap(),
                recv(chan::never::<u8>()) -> _ => unreachable!(),
            }
            is_over("read", a.read(&mut [0; 8]));
            a.set_read_deadline(None).unwrap();
            assert_eq!(a.read(&mut [0; 8]).unwrap(), 1);
        });
    });
}
