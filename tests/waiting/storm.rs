//! Thousands in calls of every kind, woken, timed out and cancelled at random: each call returns once, no value is lost
//! or doubled, and nobody stays behind in a queue.

use crate::random::Random;
use crate::sockets::pair;
use crate::storm_ledger::Ledger;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::chan::{Receiver, Select, Sender, bounded as channel, never, unbounded};
use gopark::coroutine::cancelled;
use gopark::net::TcpStream;
use gopark::time::{after, try_sleep};
use gopark::{JoinHandle, select, try_block_on, with_timeout};
use std::future::poll_fn;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

const COROUTINES: usize = 2000;
const CALLS: usize = 6;
const HOUR: Duration = Duration::from_secs(3600);

/// What they fight for.
struct Field {
    channels: Vec<(Sender<usize>, Receiver<usize>)>,
    sockets: Vec<(TcpStream, TcpStream)>,
    wakers: Mutex<Vec<Waker>>,
    ledger: Ledger,
    returns: AtomicUsize,
}

impl Field {
    fn new() -> Field {
        let mut channels: Vec<_> = [0, 0, 0, 1, 1, 2, 7].map(channel).into();
        channels.push(unbounded());
        Field {
            channels,
            sockets: (0..20).map(|_| pair()).collect(),
            wakers: Mutex::default(),
            ledger: Ledger::new(1 << 20),
            returns: AtomicUsize::new(0),
        }
    }

    fn any(&self, random: &mut Random) -> &(Sender<usize>, Receiver<usize>) {
        &self.channels[random.below(self.channels.len())]
    }

    fn received<E>(&self, value: Result<usize, E>) {
        value.into_iter().for_each(|value| self.ledger.has_come(value));
    }

    fn sent<E>(&self, result: Result<(), E>, back: impl FnOnce(E) -> usize) {
        if let Err(error) = result {
            self.ledger.is_back(back(error));
        }
    }

    /// One call of some kind.
    fn call(&self, random: &mut Random) {
        let ((sender, receiver), (_, other)) = (self.any(random), self.any(random));
        let value = || self.ledger.make();
        match random.below(12) {
            0 => self.received(receiver.recv()),
            1 => self.sent(sender.send(value()), |error| error.into_inner()),
            2 => self.received(receiver.recv_timeout(Duration::from_millis(random.below(10) as u64))),
            3 => self.sent(sender.send_timeout(value(), HOUR), |error| error.into_inner()),
            4 => {
                select! { recv(receiver) -> value => self.received(value), recv(other) -> value => self.received(value) }
            }
            5 => select! {
                recv(other) -> value => self.received(value),
                send(sender, value()) -> sent => self.sent(sent, |error| error.into_inner()),
            },
            6 => select! {
                send(sender, value()) -> sent => self.sent(sent, |error| error.into_inner()),
                recv(after(Duration::from_millis(random.below(10) as u64))) -> _ => {},
                default(HOUR) => {},
            },
            7 => {
                let mut list = Select::new();
                list.recv(receiver);
                list.send(sender);
                let chosen = list.select();
                match chosen.index() {
                    0 => self.received(chosen.recv(receiver)),
                    _ => self.sent(chosen.send(sender, value()), |error| error.into_inner()),
                }
            }
            8 => drop(try_sleep(Duration::from_millis(random.below(20) as u64))),
            9 => self.awaits(random.below(3) as u32),
            10 => self.reads(&self.sockets[random.below(self.sockets.len())].0, None),
            _ => self.reads(&self.sockets[random.below(self.sockets.len())].0, Some(receiver)),
        }
        self.returns.fetch_add(1, Ordering::SeqCst);
    }

    /// A future that is done when it has been woken so often.
    fn awaits(&self, times: u32) {
        let mut polls = 0;
        let future = poll_fn(|context| {
            polls += 1;
            if polls > times {
                return Poll::Ready(());
            }
            self.wakers.lock().unwrap().push(context.waker().clone());
            Poll::Pending
        });
        let _ = try_block_on(future);
    }

    fn reads(&self, mut conn: &TcpStream, receiver: Option<&Receiver<usize>>) {
        let silent = never();
        let receiver = receiver.unwrap_or(&silent);
        select! {
            recv(receiver) -> value => self.received(value),
            readable(conn) -> ready => if ready.is_ok()
                && let Ok(count) = conn.read(&mut [0; 2])
            {
                self.ledger.has_read(count);
            },
        }
    }

    /// Wakes somebody, if there is somebody.
    fn wake(&self, random: &mut Random) {
        let (sender, receiver) = self.any(random);
        match random.below(4) {
            0 => self.received(receiver.try_recv()),
            1 => self.sent(sender.try_send(self.ledger.make()), |error| error.into_inner()),
            2 => {
                let waker = self.wakers.lock().unwrap().pop();
                waker.into_iter().for_each(Waker::wake);
            }
            _ => {
                let mut far = &self.sockets[random.below(self.sockets.len())].1;
                self.ledger.has_written(far.write(&[1]).expect("there is room"));
            }
        }
    }

    /// Nobody waits any more, and what the channels hold is what they say.
    fn account(self) -> Ledger {
        for (sender, receiver) in &self.channels {
            let length = receiver.len();
            let drained: Vec<_> = receiver.try_iter().collect();
            assert_eq!(drained.len(), length);
            drained.into_iter().for_each(|value| self.ledger.has_come(value));
            let mut senders = Select::new();
            senders.recv(receiver);
            assert!(senders.try_ready().is_err(), "a sender still waits");
            let Some(capacity) = receiver.capacity() else { continue };
            (0..capacity).for_each(|_| sender.try_send(0).expect("there is room"));
            assert_eq!(receiver.len(), capacity);
            assert!(sender.try_send(0).is_err(), "a receiver still waits");
            let mut receivers = Select::new();
            receivers.send(sender);
            assert!(receivers.try_ready().is_err(), "a receiver still waits");
        }
        for (mut near, far) in self.sockets {
            drop(far);
            let mut rest = Vec::new();
            near.read_to_end(&mut rest).expect("until the end");
            self.ledger.has_read(rest.len());
        }
        self.ledger
    }
}

/// So long that the calls wait, so short that all end soon: half of them are under a deadline, half are not, and are
/// ended by a partner or by the cancellation.
fn lives(field: &Field, number: usize) {
    let mut random = Random::new(number as u64 + 1);
    for _ in 0..CALLS {
        if number.is_multiple_of(2) {
            let limit = Duration::from_millis(random.below(40) as u64);
            with_timeout(limit, || field.call(&mut random));
        } else {
            field.call(&mut random);
        }
    }
}

fn storm(workers: usize) {
    let runtime = runtime(workers);
    let field = Arc::new(Field::new());
    let over = Arc::new(AtomicBool::new(false));
    let crowd: Vec<JoinHandle<_>> = (0..COROUTINES)
        .map(|number| {
            let field = field.clone();
            runtime.spawn(move || {
                lives(&field, number);
                cancelled().is_some()
            })
        })
        .collect();
    let wakes = |seed| {
        let (field, over) = (field.clone(), over.clone());
        move || {
            let mut random = Random::new(seed);
            while !over.load(Ordering::SeqCst) {
                (0..8).for_each(|_| field.wake(&mut random));
                gopark::time::sleep(Duration::from_micros(random.below(300) as u64));
            }
        }
    };
    let threads = [thread::spawn(wakes(77)), thread::spawn(wakes(78))];
    let insiders = [runtime.spawn(wakes(79)), runtime.spawn(wakes(80))];
    let mut random = Random::new(81);
    for _ in 0..COROUTINES {
        crowd[random.below(COROUTINES)].cancel();
        if random.below(20) == 0 {
            thread::sleep(Duration::from_micros(random.below(2000) as u64));
        }
    }
    // The rest of those without a deadline.
    crowd.iter().for_each(|one| one.cancel());
    let stopped = crowd.into_iter().map(|one| one.join().expect("no panic"));
    let stopped = stopped.filter(|&stopped| stopped).count();
    over.store(true, Ordering::SeqCst);
    insiders.into_iter().for_each(|one| one.join().expect("no panic"));
    threads.into_iter().for_each(|one| one.join().expect("no panic"));
    assert_eq!(field.returns.load(Ordering::SeqCst), COROUTINES * CALLS);
    assert!(stopped > 0);
    drop(runtime);
    let field = Arc::into_inner(field).expect("nobody has it any more");
    let (received, returned) = field.account().balance();
    assert!(received > 0 && returned > 0, "{received} received, {returned} came back");
}

#[test]
fn on_one_worker() {
    bounded(|| storm(1));
}

#[test]
fn on_two_workers() {
    bounded(|| storm(2));
}

#[test]
fn on_four_workers() {
    bounded(|| storm(4));
}
