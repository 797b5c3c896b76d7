//! One socket's place in the netpoller.
//!
//! A watch is made when a call first has to wait, and registered once, in the epoll of the machine that waits
//! first: edge-triggered, for good, and for what its source asks for. Whoever waits later, from whatever machine, uses the same
//! registration; the machine that polls hands wake-ups to their homes.
//!
//! # When the polling machine leaves
//! It ends its tenancy, which voids its registrations, and then wakes everybody who waits under them
//! (`evacuate`). They ask the kernel, get EAGAIN, find the registration void and register with a machine that
//! lives. Whoever announces a wait *after* the evacuation has passed had to find the registration valid before,
//! so `prepare` looks at the tenancy again after the announcement.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicPtr, AtomicU16, AtomicU32, Ordering};
use std::{mem, ptr};

use parking_lot::Mutex;

use super::crowd;
use crate::coroutine::entry::{Runnable, Ticket};
use crate::coroutine::home::Home;
use crate::lockfree::ready_slot::{Begin, Posted, ReadySlot, Signs};
use crate::sys::clock::Nanos;
use crate::sys::epoll::{Event, Interest};
use crate::sys::prefetch::prefetch;
use crate::table::{INDEX_BITS, Place, Table};

static TABLE: Table<Desc> = Table::new();

const _: () = assert!(mem::size_of::<Desc>() == 32);

/// The type-stable part of a watch.
#[derive(Debug)]
struct Desc {
    read: ReadySlot,
    write: ReadySlot,
    /// Who polls it; null: not registered.
    home: AtomicPtr<Home>,
    /// The stay of that machine under which it is registered.
    tenancy: AtomicU32,
    /// Goes up with each tenant: an event of an older one is dropped. (Were it to come round, the event would
    /// be a spurious readiness, which costs one question to the kernel.)
    generation: AtomicU16,
    registering: Mutex<()>,
}

impl Place for Desc {
    fn vacant() -> Desc {
        Desc {
            read: ReadySlot::new(),
            write: ReadySlot::new(),
            home: AtomicPtr::new(ptr::null_mut()),
            tenancy: AtomicU32::new(0),
            generation: AtomicU16::new(0),
            registering: Mutex::new(()),
        }
    }
}

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Read,
    Write,
}

/// A socket's watch, as its source holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watch(u32);

impl Watch {
    pub(crate) fn new() -> io::Result<Watch> {
        let mut index = Vec::with_capacity(1);
        TABLE.allocate(1, &mut index)?;
        Ok(Watch(index[0]))
    }

    /// How many there are.
    pub(crate) fn count() -> usize {
        TABLE.in_use()
    }

    /// For a source, which stores it in a word.
    pub(crate) fn to_index(self) -> u32 {
        self.0
    }

    /// The reverse of `to_index`.
    pub(crate) fn from_index(index: u32) -> Watch {
        Watch(index)
    }

    /// The socket is about to be closed (or to leave our hands). Nobody waits any more.
    pub(crate) fn remove(self, fd: BorrowedFd<'_>) {
        let desc = self.desc();
        if let Some(home) = desc.home() {
            // Always before the close: a duplicate of the descriptor would keep the registration, and its old
            // token, alive. Fails only if the machine's successor has never known it.
            let _ = home.epoll.delete(fd);
        }
        desc.home.store(ptr::null_mut(), Ordering::Relaxed);
        desc.generation.fetch_add(1, Ordering::Relaxed);
        desc.read.reset();
        desc.write.reset();
        TABLE.free([self.0]);
    }

    fn desc(self) -> &'static Desc {
        TABLE.get(self.0)
    }

    fn of_token(token: u64) -> Watch {
        Watch(token as u32 & ((1 << INDEX_BITS) - 1))
    }

    fn token(self) -> u64 {
        u64::from(self.desc().generation.load(Ordering::Relaxed)) << INDEX_BITS | u64::from(self.0)
    }

    #[inline]
    pub(crate) fn slot(self, side: Side) -> &'static ReadySlot {
        match side {
            Side::Read => &self.desc().read,
            Side::Write => &self.desc().write,
        }
    }

    fn crowd(self, side: Side) -> crowd::Key {
        u64::from(self.0) << 1 | u64::from(side == Side::Write)
    }

    /// Whether some machine polls it.
    #[inline]
    pub(crate) fn is_registered(self) -> bool {
        let desc = self.desc();
        desc.home().is_some_and(|home| home.tenancy() == desc.tenancy.load(Ordering::Acquire))
    }

    /// Sees to it that some machine polls it: `home`, unless there is one already. `interest` is asked under a lock that
    /// [`widen`](Watch::widen) takes as well.
    #[inline]
    pub(crate) fn register(
        self,
        fd: BorrowedFd<'_>,
        home: &'static Home,
        interest: impl Fn() -> Interest,
    ) -> io::Result<()> {
        if self.is_registered() { Ok(()) } else { self.register_now(fd, home, interest) }
    }

    #[cold]
    fn register_now(
        self,
        fd: BorrowedFd<'_>,
        home: &'static Home,
        interest: impl Fn() -> Interest,
    ) -> io::Result<()> {
        let desc = self.desc();
        let _one_at_a_time = desc.registering.lock();
        if self.is_registered() {
            return Ok(());
        }
        if let Some(gone) = desc.home() {
            let _ = gone.epoll.delete(fd);
        }
        desc.tenancy.store(home.tenancy(), Ordering::Relaxed);
        // Before the first event can come: `evacuate` must find it.
        desc.home.store(ptr::from_ref(home).cast_mut(), Ordering::Release);
        let added = home.epoll.add(fd, self.token(), interest());
        if added.is_err() {
            desc.home.store(ptr::null_mut(), Ordering::Relaxed);
        }
        added
    }

    /// Has whoever polls it tell of both directions from now on, if it is registered.
    #[cold]
    pub(crate) fn widen(self, fd: BorrowedFd<'_>) -> io::Result<()> {
        let desc = self.desc();
        let _one_at_a_time = desc.registering.lock();
        match desc.home() {
            Some(home) if self.is_registered() => home.epoll.modify(fd, self.token(), Interest::Both),
            _ => Ok(()),
        }
    }

    /// Announces a wait, after the kernel has answered EAGAIN. False: ask again, do not wait.
    pub(crate) fn announce(self, side: Side, ticket: Ticket) -> bool {
        match self.slot(side).wait(ticket.to_bits()) {
            Begin::Ready => return false,
            Begin::Waiting => {}
            Begin::Crowded => {
                crowd::join(self.crowd(side), ticket);
                if !self.slot(side).crowd_still_waits() {
                    crowd::leave(self.crowd(side), ticket);
                    return false;
                }
            }
        }
        if self.is_registered() {
            return true;
        }
        self.retract(side, ticket);
        false
    }

    /// Takes a wait back, or makes sure that nothing is left of it. False: it was over, somebody has woken us.
    pub(crate) fn retract(self, side: Side, ticket: Ticket) -> bool {
        self.slot(side).cancel(ticket.to_bits()) || crowd::leave(self.crowd(side), ticket)
    }

    /// As [`retract`](Watch::retract), but looks into the list only if somebody is in it.
    pub(crate) fn withdraw(self, side: Side, ticket: Ticket) {
        if !self.slot(side).cancel(ticket.to_bits()) && self.slot(side).crowd_still_waits() {
            crowd::leave(self.crowd(side), ticket);
        }
    }

    /// Reports readiness: an edge of the kernel, or what a caller leaves to the others.
    pub(crate) fn post(self, side: Side, signs: Signs, ready: &mut Vec<Runnable>) {
        self.wake(side, self.slot(side).post(signs), ready);
    }

    /// Wakes those who wait, though nothing is ready.
    pub(crate) fn call(self, side: Side, ready: &mut Vec<Runnable>) {
        self.wake(side, self.slot(side).call(), ready);
    }

    fn wake(self, side: Side, posted: Posted, ready: &mut Vec<Runnable>) {
        if posted.ticket != 0 {
            ready.extend(Ticket::from_bits(posted.ticket).wake());
        }
        self.wake_crowd(side, posted, ready);
    }

    fn wake_crowd(self, side: Side, posted: Posted, ready: &mut Vec<Runnable>) {
        if posted.crowd {
            crowd::wake_all(self.crowd(side), ready);
        }
    }
}

impl Desc {
    fn home(&self) -> Option<&'static Home> {
        // SAFETY: null, or a home, and homes are never freed.
        unsafe { self.home.load(Ordering::Acquire).as_ref() }
    }
}

/// Waits for events of `home`'s sockets for at most `timeout` (`None`: until one comes or somebody calls) and
/// appends those who can run. `woken` is room for those who are to be, and empty. Returns how many events came.
///
/// In three rounds, each of which has fetched what the next one looks at: of many connections each lies elsewhere.
pub(crate) fn poll(
    home: &'static Home,
    timeout: Option<Nanos>,
    woken: &mut Vec<Ticket>,
    ready: &mut Vec<Runnable>,
) -> usize {
    let soon = |token| prefetch(ptr::from_ref(Watch::of_token(token).desc()).addr());
    let events = home.epoll.wait(timeout, soon, |event| dispatch(event, woken, ready));
    ready.extend(woken.drain(..).filter_map(Ticket::wake));
    events
}

fn dispatch(event: Event, woken: &mut Vec<Ticket>, ready: &mut Vec<Runnable>) {
    let watch = Watch::of_token(event.token);
    if watch.token() != event.token {
        return; // of a former tenant
    }
    let signs = Signs { hung_up: event.hung_up, read_closed: event.read_closed, priority: event.priority };
    let sides = [(event.readable, Side::Read), (event.writable, Side::Write)];
    for (_, side) in sides.into_iter().filter(|(is_ready, _)| *is_ready) {
        let posted = watch.slot(side).post(signs);
        if posted.ticket != 0 {
            let ticket = Ticket::from_bits(posted.ticket);
            ticket.prefetch();
            woken.push(ticket);
        }
        watch.wake_crowd(side, posted, ready);
    }
}

/// `home`'s machine has ended its tenancy: appends everybody who waits under it.
pub(crate) fn evacuate(home: &'static Home, ready: &mut Vec<Runnable>) {
    for index in 0..TABLE.opened() {
        let watch = Watch(index);
        if watch.desc().home().is_some_and(|of| of.is(home)) {
            watch.post(Side::Read, Signs::default(), ready);
            watch.post(Side::Write, Signs::default(), ready);
        }
    }
}
