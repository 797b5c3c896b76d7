//! What other threads may touch of a machine, whose coroutines live on it for good.
//!
//! A waker that has won a coroutine hands it over and *then* looks whether the machine sleeps. By then the
//! coroutine may have run, ended, and the machine may have left: so homes, and the descriptors in them, are
//! never freed. They pass to the next machine of the process; a late alarm wakes it for nothing.
#![allow(unsafe_code)]

use std::io;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use crossbeam::utils::CachePadded;
use parking_lot::Mutex;

use super::entry::Entry;
use crate::lockfree::inbox::Inbox;
use crate::lockfree::parker::Parker;
use crate::sys::epoll::Epoll;

/// Machines' homes without a machine.
static UNUSED: Mutex<Vec<&'static Home>> = Mutex::new(Vec::new());

/// How many coroutines live on a machine, in three counters with one writer or few writers each.
#[derive(Debug, Default)]
pub(crate) struct Load {
    /// Started here by the machine's own choice. Written by the machine.
    started: AtomicUsize,
    /// Sent here by other machines, and not recalled.
    received: AtomicUsize,
    /// Ended here. Written by the machine.
    finished: AtomicUsize,
}

/// The public part of a machine.
#[derive(Debug)]
pub(crate) struct Home {
    /// Wake-ups from elsewhere.
    pub(crate) inbox: CachePadded<Inbox<Entry>>,
    /// Whether it sleeps.
    pub(crate) parker: CachePadded<Parker>,
    /// Where it sleeps, and the sockets that it watches.
    pub(crate) epoll: Epoll,
    pub(crate) load: CachePadded<Load>,
    /// Goes up when a machine leaves: registrations made under an older number are void.
    tenancy: AtomicU32,
    /// The runtime of the machine that lives here, or has lived here last.
    runtime: AtomicU64,
    /// The monitor has found the machine stuck.
    stalled: AtomicBool,
}

impl Home {
    /// A home for a new machine of the runtime with this number: a used one, or two new descriptors.
    pub(crate) fn acquire(runtime: u64) -> io::Result<&'static Home> {
        let used = UNUSED.lock().pop();
        let home = match used {
            Some(home) => home,
            None => Home::new()?,
        };
        home.runtime.store(runtime, Ordering::Relaxed);
        Ok(home)
    }

    fn new() -> io::Result<&'static Home> {
        Ok(Box::leak(Box::new(Home {
            inbox: CachePadded::new(Inbox::new()),
            parker: CachePadded::new(Parker::new()),
            epoll: Epoll::new()?,
            load: CachePadded::default(),
            tenancy: AtomicU32::new(1),
            runtime: AtomicU64::new(0),
            stalled: AtomicBool::new(false),
        })))
    }

    /// The machine voids its registrations. It still lives here until [`vacate`](Home::vacate).
    pub(crate) fn end_tenancy(&self) {
        self.tenancy.fetch_add(1, Ordering::AcqRel);
    }

    /// The machine has left, and no coroutine lives here.
    pub(crate) fn vacate(&'static self) {
        debug_assert_eq!(self.load.live(), 0);
        self.stalled.store(false, Ordering::Relaxed);
        UNUSED.lock().push(self);
    }

    /// Names the machine's stay.
    #[inline]
    pub(crate) fn tenancy(&self) -> u32 {
        self.tenancy.load(Ordering::Acquire)
    }

    /// The runtime of the coroutines that live here.
    pub(crate) fn runtime(&self) -> u64 {
        self.runtime.load(Ordering::Relaxed)
    }

    /// Whether those that live here wait for one that does not let them run. A hint: whoever has a choice wakes
    /// somebody else.
    pub(crate) fn is_stalled(&self) -> bool {
        self.stalled.load(Ordering::Relaxed)
    }

    pub(crate) fn set_stalled(&self, stalled: bool) {
        self.stalled.store(stalled, Ordering::Relaxed);
    }

    pub(crate) fn is(&self, other: &Home) -> bool {
        ptr::eq(self, other)
    }

    /// The home of a started coroutine, or of a fresh one that has been placed.
    #[inline]
    pub(crate) fn of(entry: &Entry) -> Option<&'static Home> {
        // SAFETY: the pointer is null or comes from `settle`, and homes are never freed.
        unsafe { entry.home().cast::<Home>().as_ref() }
    }

    /// Makes this the home of a fresh coroutine, which the caller holds.
    #[inline]
    pub(crate) fn settle(&'static self, entry: &Entry) {
        entry.set_home(ptr::from_ref(self).cast_mut().cast());
    }
}

impl Load {
    /// Machine: one more of its own.
    #[inline]
    pub(crate) fn start(&self) {
        // One writer: a load and a store instead of a locked addition.
        self.started.store(self.started.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    /// Machine: one has ended.
    #[inline]
    pub(crate) fn finish(&self) {
        self.finished.store(self.finished.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    /// Another machine sends one.
    pub(crate) fn receive(&self) {
        self.received.fetch_add(1, Ordering::Relaxed);
    }

    /// One that was sent here, and has not started, starts elsewhere.
    pub(crate) fn recall(&self) {
        self.received.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many live here. A guess while others start and end.
    #[inline]
    pub(crate) fn live(&self) -> usize {
        let finished = self.finished.load(Ordering::Relaxed);
        let begun = self.started.load(Ordering::Relaxed).wrapping_add(self.received.load(Ordering::Relaxed));
        let live = begun.wrapping_sub(finished);
        // Read at different moments, the difference may come out just below zero.
        if live > usize::MAX / 2 { 0 } else { live }
    }
}
