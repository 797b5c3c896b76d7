//! What thousands fight for, who wakes them, and what is left of it afterwards.

use crate::counted::{Counted, Drops};
use crate::random::Random;
use crate::sockets::{Silent, listener, pair};
use crate::storm_ledger::Ledger;
use gopark::chan::{Receiver, Select, Sender, bounded as channel, unbounded};
use gopark::net::{TcpListener, TcpStream};
use gopark::sync::{Condvar, Mutex, RwLock, Semaphore};
use gopark::{Coroutine, yield_now};
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Waker;

const PERMITS: usize = 3;
const PLACES: usize = 100;

pub(crate) struct Field {
    pub(crate) channels: Vec<(Sender<usize>, Receiver<usize>)>,
    /// For who reads, and who makes something readable.
    pub(crate) sockets: Vec<(TcpStream, TcpStream)>,
    /// For who writes; there is no room.
    pub(crate) full: Vec<(TcpStream, TcpStream)>,
    pub(crate) listeners: Vec<(TcpListener, SocketAddr)>,
    pub(crate) silent: Silent,
    /// For who connects there: each keeps a descriptor as long.
    pub(crate) places: Semaphore,
    pub(crate) permits: Arc<Semaphore>,
    pub(crate) mutex: Mutex<usize>,
    pub(crate) rwlock: RwLock<usize>,
    pub(crate) condvar: Condvar,
    pub(crate) wakers: std::sync::Mutex<Vec<Waker>>,
    pub(crate) parked: std::sync::Mutex<Vec<Coroutine>>,
    pub(crate) ledger: Ledger,
    /// Connections of which both sides, or one, know.
    pub(crate) connected: AtomicUsize,
    pub(crate) accepted: AtomicUsize,
    futures: (AtomicUsize, Drops),
}

impl Field {
    pub(crate) fn new() -> Field {
        let mut channels: Vec<_> = [0, 0, 0, 1, 1, 2, 7].map(channel).into();
        channels.push(unbounded());
        let full: Vec<_> = (0..3).map(|_| pair()).collect();
        let field = Field {
            channels,
            sockets: (0..20).map(|_| pair()).collect(),
            full,
            listeners: (0..4).map(|_| listener()).collect(),
            silent: Silent::new(),
            places: Semaphore::new(PLACES),
            permits: Arc::new(Semaphore::new(PERMITS)),
            mutex: Mutex::new(0),
            rwlock: RwLock::new(0),
            condvar: Condvar::new(),
            wakers: std::sync::Mutex::default(),
            parked: std::sync::Mutex::default(),
            ledger: Ledger::new(1 << 20),
            connected: AtomicUsize::new(0),
            accepted: AtomicUsize::new(0),
            futures: (AtomicUsize::new(0), Drops::default()),
        };
        for (near, far) in &field.full {
            far.set_nonblocking(true).expect("a socket");
            near.set_nonblocking(true).expect("a socket");
            while let Ok(count) = (&*near).write(&[7; 64 << 10]) {
                field.ledger.has_written(count);
            }
            near.set_nonblocking(false).expect("a socket");
        }
        field
    }

    pub(crate) fn any(&self, random: &mut Random) -> &(Sender<usize>, Receiver<usize>) {
        &self.channels[random.below(self.channels.len())]
    }

    /// Whether it has come.
    pub(crate) fn received<E>(&self, value: Result<usize, E>) -> bool {
        value.map(|value| self.ledger.has_come(value)).is_ok()
    }

    /// Whether it has gone; else it is `back`.
    pub(crate) fn sent<E>(&self, result: Result<(), E>, back: impl FnOnce(E) -> usize) -> bool {
        result.map_err(|error| self.ledger.is_back(back(error))).is_ok()
    }

    /// Something for a future to own.
    pub(crate) fn owned(&self) -> Counted {
        self.futures.0.fetch_add(1, Ordering::SeqCst);
        self.futures.1.value()
    }

    /// Wakes somebody, if there is somebody.
    pub(crate) fn wake(&self, random: &mut Random) {
        let (sender, receiver) = self.any(random);
        match random.below(8) {
            0 => _ = self.received(receiver.try_recv()),
            1 => _ = self.sent(sender.try_send(self.ledger.make()), |error| error.into_inner()),
            2 => {
                let waker = self.wakers.lock().unwrap().pop();
                waker.into_iter().for_each(Waker::wake);
            }
            3 => {
                let parked = self.parked.lock().unwrap().pop();
                parked.into_iter().for_each(|one| one.unpark());
            }
            4 => _ = self.condvar.notify_one(),
            5 => drop(self.permits.try_acquire().map(|_permit| yield_now())),
            6 => {
                let mut far = &self.full[random.below(self.full.len())].1;
                while self.has_read(far.read(&mut [0; 32 << 10])) {}
            }
            _ => {
                let mut far = &self.sockets[random.below(self.sockets.len())].1;
                self.ledger.has_written(far.write(&[1]).expect("there is room"));
            }
        }
    }

    pub(crate) fn has_read(&self, result: std::io::Result<usize>) -> bool {
        result.map(|count| self.ledger.has_read(count)).is_ok()
    }

    /// Nobody waits any more, and everything is where the books say.
    pub(crate) fn account(self) -> Ledger {
        self.channels.iter().for_each(|(sender, receiver)| self.is_left_alone(sender, receiver));
        assert_eq!(self.condvar.notify_all(), 0, "somebody waits for the condition");
        assert_eq!((self.permits.available(), self.places.available()), (PERMITS, PLACES));
        assert!(self.permits.try_acquire_many(PERMITS).is_some(), "somebody waits for a permit");
        assert!(self.mutex.try_lock().is_some() && self.rwlock.try_write().is_some(), "a lock is held");
        self.wakers.lock().unwrap().drain(..).for_each(Waker::wake);
        assert_eq!(
            self.futures.1.count(),
            self.futures.0.load(Ordering::SeqCst),
            "futures that were dropped"
        );
        let left: usize = self.listeners.iter().map(|(listener, _)| waiting_connections(listener)).sum();
        let (connected, accepted) = (self.connected.into_inner(), self.accepted.into_inner());
        assert!(accepted + left >= connected, "{connected} connected, {accepted} accepted, {left} are left");
        for (near, far) in self.full {
            drop(near);
            far.set_nonblocking(false).expect("a socket");
            self.ledger.has_read(read_to_end(far));
        }
        for (near, far) in self.sockets {
            drop(far);
            self.ledger.has_read(read_to_end(near));
        }
        self.ledger
    }

    fn is_left_alone(&self, sender: &Sender<usize>, receiver: &Receiver<usize>) {
        let length = receiver.len();
        let drained: Vec<_> = receiver.try_iter().collect();
        assert_eq!(drained.len(), length);
        drained.into_iter().for_each(|value| self.ledger.has_come(value));
        let mut senders = Select::new();
        senders.recv(receiver);
        assert!(senders.try_ready().is_err(), "a sender still waits");
        let Some(capacity) = receiver.capacity() else { return };
        (0..capacity).for_each(|_| sender.try_send(0).expect("there is room"));
        assert_eq!(receiver.len(), capacity);
        assert!(sender.try_send(0).is_err(), "a receiver still waits");
        let mut receivers = Select::new();
        receivers.send(sender);
        assert!(receivers.try_ready().is_err(), "a receiver still waits");
    }
}

fn read_to_end(mut conn: TcpStream) -> usize {
    let mut rest = Vec::new();
    conn.read_to_end(&mut rest).expect("until the end");
    rest.len()
}

/// Accepts what is there.
fn waiting_connections(listener: &TcpListener) -> usize {
    listener.set_nonblocking(true).expect("a listener");
    let mut count = 0;
    loop {
        match listener.accept() {
            Ok(_) => count += 1,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}");
                return count;
            }
        }
    }
}
