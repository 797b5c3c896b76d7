//! What other threads may touch of a machine, whose coroutines live on it for good.
//!
//! Where started coroutines move between machines (sched/migrate.rs), their home is one that belongs to the runtime as
//! a whole: it has no machine of its own, but a *keeper*, who queues them.
//!
//! A waker that has won a coroutine hands it over and *then* looks whether the machine sleeps. By then the
//! coroutine may have run, ended, and the machine may have left: so homes, and the descriptors in them, are
//! never freed. They pass to the next machine of the process; a late alarm wakes it for nothing.
#![allow(unsafe_code)]

use std::io;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use crossbeam::utils::CachePadded;
use parking_lot::{Mutex, RwLock};

use super::entry::{Entry, Runnable, Ticket};
use crate::lockfree::inbox::Inbox;
use crate::lockfree::parker::Parker;
use crate::sys::epoll::Epoll;

/// Machines' homes without a machine.
static UNUSED: Mutex<Vec<&'static Home>> = Mutex::new(Vec::new());

/// How many machines of the process are stuck, as far as the monitors have found.
static STALLED: AtomicUsize = AtomicUsize::new(0);

/// The public part of a machine.
#[derive(Debug)]
pub(crate) struct Home {
    /// Wake-ups from elsewhere.
    pub(crate) inbox: CachePadded<Inbox<Entry>>,
    /// Whether it sleeps.
    pub(crate) parker: CachePadded<Parker>,
    /// Where it sleeps, and the sockets that it watches.
    pub(crate) epoll: Epoll,
    /// Goes up when a machine leaves: registrations made under an older number are void.
    tenancy: AtomicU32,
    /// The runtime of the machine that lives here, or has lived here last.
    runtime: AtomicU64,
    /// The monitor has found the machine stuck.
    stalled: AtomicBool,
    /// In whose instance of epoll the machine sleeps. Written by it before it does.
    bed: AtomicPtr<Home>,
    /// Whether there is a keeper. Set while nobody lives here.
    is_kept: AtomicBool,
    keeper: RwLock<Option<Weak<dyn Keeper>>>,
}

/// Takes in those who live in a home without a machine.
pub(crate) trait Keeper: Send + Sync {
    /// Queues a coroutine that has been woken by somebody else's machine, or by a plain thread.
    fn take_in(&self, runnable: Runnable);
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
        let home: &'static Home = Box::leak(Box::new(Home {
            inbox: CachePadded::new(Inbox::new()),
            parker: CachePadded::new(Parker::new()),
            epoll: Epoll::new()?,
            tenancy: AtomicU32::new(1),
            runtime: AtomicU64::new(0),
            stalled: AtomicBool::new(false),
            bed: AtomicPtr::new(ptr::null_mut()),
            is_kept: AtomicBool::new(false),
            keeper: RwLock::new(None),
        }));
        home.lie_in(home);
        Ok(home)
    }

    /// Nobody lives here yet: those who will are queued by `keeper`.
    pub(crate) fn set_keeper(&self, keeper: Weak<dyn Keeper>) {
        *self.keeper.write() = Some(keeper);
        self.is_kept.store(true, Ordering::Relaxed);
    }

    /// Whether those who live here are the business of a keeper.
    #[inline]
    pub(crate) fn is_kept(&self) -> bool {
        self.is_kept.load(Ordering::Relaxed)
    }

    /// Who queues those who live here; `None`: their runtime has stopped, and nobody does.
    pub(crate) fn keeper(&self) -> Option<Arc<dyn Keeper>> {
        self.keeper.read().as_ref().and_then(Weak::upgrade)
    }

    /// Machine: it will sleep in the instance of `bed`, until it says otherwise.
    pub(crate) fn lie_in(&self, bed: &'static Home) {
        // Relaxed: published with the sleep itself (parker.rs).
        self.bed.store(ptr::from_ref(bed).cast_mut(), Ordering::Relaxed);
    }

    /// Makes the machine look at what the caller has published. True: it slept, or was about to.
    pub(crate) fn call(&self) -> bool {
        let asleep = self.parker.notify();
        if asleep {
            self.rouse();
        }
        asleep
    }

    /// Gets the machine up, wherever it sleeps; for whoever the parker has told to. By then it may be up already, and
    /// somebody else be woken for nothing.
    pub(crate) fn rouse(&self) {
        // SAFETY: not null, and homes are never freed.
        unsafe { &*self.bed.load(Ordering::Relaxed) }.epoll.wake();
    }

    /// The machine voids its registrations. It still lives here until [`vacate`](Home::vacate).
    pub(crate) fn end_tenancy(&self) {
        self.tenancy.fetch_add(1, Ordering::AcqRel);
    }

    /// The machine has left, and no coroutine lives here.
    pub(crate) fn vacate(&'static self) {
        self.set_stalled(false);
        self.is_kept.store(false, Ordering::Relaxed);
        *self.keeper.write() = None;
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
        match (self.stalled.swap(stalled, Ordering::Relaxed), stalled) {
            (false, true) => {
                STALLED.fetch_add(1, Ordering::Relaxed);
            }
            (true, false) => {
                STALLED.fetch_sub(1, Ordering::Relaxed);
            }
            _ => {}
        }
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

impl Ticket {
    /// Whether any machine of the process is stuck: cheap to ask first.
    #[inline]
    pub(crate) fn any_stalled() -> bool {
        STALLED.load(Ordering::Relaxed) != 0
    }

    /// Whom it names is running, and so nobody waits behind one that is stuck: the monitor looks again later.
    #[cold]
    pub(crate) fn note_running(self) {
        if let Some(home) = Home::of(self.entry())
            && home.is_stalled()
        {
            home.set_stalled(false);
        }
    }

    /// Whether whom it names waits behind one that is stuck.
    pub(crate) fn is_stalled(self) -> bool {
        Home::of(self.entry()).is_some_and(Home::is_stalled)
    }
}
