//! One call of every kind that waits, on what is fought for. Each tells whether it got what it waited for.

use crate::random::Random;
use crate::storm_field::Field;
use gopark::chan::{Select, never};
use gopark::coroutine::{current, park_timeout};
use gopark::net::TcpStream;
use gopark::time::{after, tick, try_sleep};
use gopark::{go, select, try_block_on, yield_now};
use std::future::poll_fn;
use std::io::{Read, Write};
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);

/// A kind of call, and its name.
pub(crate) type Kind = (&'static str, fn(&Field, &mut Random) -> bool);

pub(crate) const KINDS: &[Kind] = &[
    ("recv", |field, random| field.received(field.any(random).1.recv())),
    ("send", |field, random| {
        field.sent(field.any(random).0.send(field.ledger.make()), |error| error.into_inner())
    }),
    ("iter", |field, random| {
        let values = field.any(random).1.iter().take(1 + random.below(3));
        values.map(|value| field.ledger.has_come(value)).count() > 0
    }),
    ("recv_timeout", |field, random| field.received(field.any(random).1.recv_timeout(patience(random)))),
    ("recv_deadline", |field, random| {
        field.received(field.any(random).1.recv_deadline(Instant::now() + patience(random)))
    }),
    ("send_timeout", |field, random| {
        let sent = field.any(random).0.send_timeout(field.ledger.make(), patience(random));
        field.sent(sent, |error| error.into_inner())
    }),
    ("send_deadline", |field, random| {
        let until = Instant::now() + patience(random);
        field.sent(field.any(random).0.send_deadline(field.ledger.make(), until), |error| error.into_inner())
    }),
    ("recv of never", |_, _| never::<u8>().recv().is_ok()),
    ("recv of after", |_, random| after(patience(random)).recv().is_ok()),
    ("recv of a tick", |_, random| {
        let ticks = tick(Duration::from_millis(1 + random.below(5) as u64));
        ticks.recv().is_ok() && ticks.recv().is_ok()
    }),
    ("select! of receives", |field, random| {
        let ((_, one), (_, other)) = (field.any(random), field.any(random));
        select! { recv(one) -> value => field.received(value), recv(other) -> value => field.received(value) }
    }),
    ("select! of both", |field, random| {
        let ((sender, _), (_, other)) = (field.any(random), field.any(random));
        select! {
            recv(other) -> value => field.received(value),
            send(sender, field.ledger.make()) -> sent => field.sent(sent, |error| error.into_inner()),
        }
    }),
    ("select! with a clock", |field, random| {
        let (sender, _) = field.any(random);
        select! {
            send(sender, field.ledger.make()) -> sent => field.sent(sent, |error| error.into_inner()),
            recv(after(patience(random))) -> instant => instant.is_ok(),
            default(patience(random)) => false,
        }
    }),
    ("Select::select", |field, random| {
        let ((sender, _), (_, receiver)) = (field.any(random), field.any(random));
        let mut list = Select::new();
        list.recv(receiver);
        list.send(sender);
        let chosen = list.select();
        match chosen.index() {
            0 => field.received(chosen.recv(receiver)),
            _ => field.sent(chosen.send(sender, field.ledger.make()), |error| error.into_inner()),
        }
    }),
    ("Select::select_timeout", |field, random| {
        let (_, receiver) = field.any(random);
        let mut list = Select::new();
        list.recv(receiver);
        list.select_timeout(patience(random)).is_ok_and(|chosen| field.received(chosen.recv(receiver)))
    }),
    ("Select::ready_timeout", |field, random| {
        let ((sender, _), (_, receiver)) = (field.any(random), field.any(random));
        let mut list = Select::new();
        list.recv(receiver);
        list.send(sender);
        list.ready_timeout(patience(random)).is_ok()
    }),
    ("try_sleep", |_, random| try_sleep(patience(random)).is_ok()),
    ("try_block_on", |field, random| {
        let (times, mut polls, owned) = (random.below(3), 0, field.owned());
        let future = poll_fn(move |context| {
            let _owned = &owned;
            polls += 1;
            if polls > times {
                return Poll::Ready(());
            }
            field.wakers.lock().unwrap().push(context.waker().clone());
            Poll::Pending
        });
        try_block_on(future).is_ok()
    }),
    ("acquire_timeout", |field, random| field.permits.acquire_timeout(patience(random)).map(hold).is_ok()),
    ("acquire_owned_timeout", |field, random| {
        field.permits.acquire_owned_timeout(patience(random)).map(hold).is_ok()
    }),
    ("read", |field, random| field.has_read(one_of(random, &field.sockets).0.read(&mut [0; 2]))),
    ("select! of a socket", |field, random| {
        let (_, receiver) = field.any(random);
        let mut conn = one_of(random, &field.sockets).0;
        select! {
            recv(receiver) -> value => field.received(value),
            readable(conn) -> ready => ready.is_ok() && field.has_read(conn.read(&mut [0; 2])),
        }
    }),
    ("write", |field, random| {
        let written = one_of(random, &field.full).0.write(&[7; 1000]);
        written.map(|count| field.ledger.has_written(count)).is_ok()
    }),
    ("select! of room", |field, random| {
        let (conn, (_, receiver)) = (one_of(random, &field.full).0, field.any(random));
        select! { recv(receiver) -> value => field.received(value), writable(conn) -> ready => ready.is_ok() }
    }),
    ("accept", |field, random| {
        let (listener, _) = &field.listeners[random.below(field.listeners.len())];
        listener.accept().map(|_| field.accepted.fetch_add(1, Ordering::SeqCst)).is_ok()
    }),
    ("connect", |field, random| {
        let (_, address) = field.listeners[random.below(field.listeners.len())];
        TcpStream::connect(address).map(|_| field.connected.fetch_add(1, Ordering::SeqCst)).is_ok()
    }),
    ("connect in vain", |field, _| {
        let place = field.places.acquire_timeout(HOUR);
        place.is_ok_and(|_place| TcpStream::connect(field.silent.address).is_ok())
    }),
    // From here on calls that are not stopped, and end soon.
    ("join_timeout", |_, random| {
        let (lives, waits) = (soon(random), soon(random));
        go(move || gopark::time::sleep(lives)).join_timeout(waits)
    }),
    ("park_timeout", |field, random| {
        field.parked.lock().unwrap().push(current().expect("a coroutine"));
        park_timeout(soon(random));
        true
    }),
    ("wait_for", |field, random| !field.condvar.wait_for(&mut field.mutex.lock(), soon(random)).timed_out()),
    ("wait_while_for", |field, random| {
        let (mut guard, limit) = (field.mutex.lock(), soon(random));
        let before = *guard;
        !field.condvar.wait_while_for(&mut guard, |now| *now == before, limit).timed_out()
    }),
    ("try_lock_for", |field, random| {
        field.mutex.try_lock_for(soon(random)).map(|mut now| *now += 1).is_some()
    }),
    ("try_read_for", |field, random| field.rwlock.try_read_for(soon(random)).map(hold).is_some()),
    ("try_write_for", |field, random| field.rwlock.try_write_for(soon(random)).map(hold).is_some()),
];

/// Nothing ever comes of these.
pub(crate) const IN_VAIN: [&str; 2] = ["recv of never", "connect in vain"];

/// Long enough for a partner to come, or so long that only a partner or a stop ends it.
fn patience(random: &mut Random) -> Duration {
    if random.below(2) == 0 { HOUR } else { soon(random) }
}

fn soon(random: &mut Random) -> Duration {
    Duration::from_millis(random.below(20) as u64)
}

/// So long that others have to wait for it.
fn hold<T>(held: T) {
    yield_now();
    drop(held);
}

fn one_of<'a>(random: &mut Random, sockets: &'a [(TcpStream, TcpStream)]) -> (&'a TcpStream, &'a TcpStream) {
    let (near, far) = &sockets[random.below(sockets.len())];
    (near, far)
}
