//! A machine: one OS thread that runs coroutines, and everything that belongs to those that live on it.
//!
//! **Invariant:** a `Machine` is used by its own thread only, from the scheduler's stack or from the stack of
//! the coroutine that it runs. No borrow of its cells is held while a coroutine runs.
#![allow(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::io;
use std::ptr::NonNull;
use std::sync::Arc;

use super::commons::Commons;
use super::duty::Duty;
use super::homed::HomedQueue;
use super::noted::spawned;
use super::processor::Processor;
use super::sampling::Sampling;
use super::scheduler::Scheduler;
use super::station::Station;
use super::timers::Timers;
use super::trim_list::TrimList;
use crate::coroutine::entry::{Entry, Runnable, Ticket};
use crate::coroutine::handle::Ids;
use crate::coroutine::home::Home;
use crate::coroutine::record::{self, CurrentCell, Record};
use crate::lockfree::atomic::fence_after_rmw;
use crate::stack::StackCache;
use crate::sys::clock::{self, Nanos};
use crate::trace::{Counters, Event, Transition};

/// Entries that move between a machine and the table at a time.
const ENTRY_BATCH: u32 = 64;

/// An OS thread with its coroutines.
pub(crate) struct Machine {
    pub(crate) scheduler: Arc<Scheduler>,
    home: &'static Home,
    home_of_coroutines: &'static Home,
    migrates: bool,
    pub(crate) station: Arc<Station>,
    /// Its number in the runtime.
    pub(crate) number: usize,
    /// While it is on duty, no other is, but for moments: the runtime has one worker. (A spare that has not noticed yet that
    /// it is one too many is not woken. What it could have taken it gets from the monitor, if this machine does not run it.)
    is_alone: bool,
    /// It was made in the place of a stuck one.
    pub(super) is_spare: bool,
    pub(super) current: CurrentCell,
    pub(super) homed: HomedQueue,
    pub(super) supplies: RefCell<Supplies>,
    pub(super) look: Look,
    /// When it read the clock last: after each sleep, and at each look.
    pub(super) time: Cell<Nanos>,
    pub(super) sampling: Sampling,
    /// It was a spare, and is not needed any more.
    pub(super) retired: Cell<bool>,
    pub(super) idleness: Idleness,
    /// Where fresh coroutines go at present instead of starting here (balance.rs).
    pub(super) shedding: RefCell<Option<Arc<Station>>>,
    /// Coroutines that have waited since their stacks were last trimmed (trim.rs).
    pub(super) to_trim: RefCell<TrimList<&'static Record>>,
    pub(super) buffers: RefCell<Buffers>,
}

/// What a spawn needs.
pub(crate) struct Supplies {
    pub(crate) stacks: StackCache,
    pub(crate) ids: Ids,
    entries: Vec<u32>,
}

/// When it looks at timers and sockets next.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// The tick at which it is due.
    pub(super) due: Cell<u32>,
    pub(super) last_tick: Cell<u32>,
    pub(super) last_time: Cell<Nanos>,
    /// When stacks were last trimmed in passing.
    pub(super) last_trim: Cell<Nanos>,
}

/// How it has fared with sleeping lately (sleep.rs).
#[derive(Debug, Default)]
pub(super) struct Idleness {
    pub(super) searching: Cell<bool>,
    pub(super) slept_lightly: Cell<bool>,
    pub(super) spin_credit: Cell<u8>,
}

/// Reused lists.
#[derive(Default)]
pub(super) struct Buffers {
    pub(super) runnables: Vec<Runnable>,
    pub(super) tickets: Vec<Ticket>,
}

impl Scheduler {
    /// The machine of the calling coroutine, if it is one of this runtime.
    #[inline]
    pub(crate) fn machine(self: &Arc<Scheduler>) -> Option<&'static Machine> {
        Machine::current().filter(|machine| machine.is_of(self))
    }
}

impl Machine {
    /// The machine of the calling thread: called on that thread.
    pub(crate) fn new(scheduler: Arc<Scheduler>, station: Arc<Station>) -> io::Result<Machine> {
        let tick = station.counters.count(Transition::Tick) as u32;
        Ok(Machine {
            home: station.home,
            home_of_coroutines: scheduler.commons.as_ref().map_or(station.home, |commons| commons.home),
            migrates: scheduler.config.migrates,
            is_alone: scheduler.config.workers == 1,
            number: station.number,
            is_spare: station.number >= scheduler.config.workers,
            scheduler,
            station,
            current: CurrentCell::of_this_thread(),
            homed: HomedQueue::new(),
            supplies: RefCell::new(Supplies {
                stacks: StackCache::new()?,
                ids: Ids::default(),
                entries: Vec::new(),
            }),
            look: Look::default(),
            time: Cell::new(clock::now()),
            sampling: Sampling::new(tick),
            retired: Cell::new(false),
            idleness: Idleness::default(),
            shedding: RefCell::new(None),
            to_trim: RefCell::new(TrimList::new()),
            buffers: RefCell::new(Buffers::default()),
        })
    }

    /// The machine that runs the calling coroutine; none on a plain thread, and none for the scheduler itself.
    #[inline(always)]
    pub(crate) fn current() -> Option<&'static Machine> {
        record::current().map(Machine::of)
    }

    /// The machine of a coroutine that runs now, on this thread.
    #[inline(always)]
    pub(crate) fn of(record: &Record) -> &'static Machine {
        // SAFETY: records get the pointer in `execute`, from the machine itself, which stays while a coroutine
        // of its own is alive; and where coroutines move, at each resume, from the machine that runs them until they
        // leave their stack.
        unsafe { record.machine().cast::<Machine>().as_ref() }
    }

    /// Whether it belongs to this runtime.
    #[inline]
    pub(crate) fn is_of(&self, scheduler: &Arc<Scheduler>) -> bool {
        Arc::ptr_eq(&self.scheduler, scheduler)
    }

    pub(super) fn as_raw(&self) -> NonNull<()> {
        NonNull::from(self).cast()
    }

    /// Its own.
    #[inline]
    pub(super) fn home(&self) -> &'static Home {
        self.home
    }

    /// That of the coroutines that it runs: its own, or the one that all machines have in common.
    #[inline]
    pub(crate) fn home_of_coroutines(&self) -> &'static Home {
        self.home_of_coroutines
    }

    /// Where deadlines of the coroutines that it runs are noted.
    #[inline]
    pub(crate) fn timers(&self) -> &Timers {
        self.commons().map_or(&self.station.timers, |commons| &commons.timers)
    }

    /// `None`: started coroutines stay where they are.
    #[inline]
    pub(super) fn commons(&self) -> Option<&Commons> {
        self.scheduler.commons.as_ref()
    }

    /// Whether started coroutines move.
    #[inline]
    pub(super) fn migrates(&self) -> bool {
        self.migrates
    }

    #[inline]
    pub(crate) fn counters(&self) -> &Counters {
        &self.station.counters
    }

    #[inline]
    pub(crate) fn processor(&self) -> &Processor {
        &self.station.processor
    }

    /// Takes what one spawn needs.
    #[inline]
    pub(crate) fn supply<R>(&self, f: impl FnOnce(&mut Supplies) -> R) -> R {
        f(&mut self.supplies.borrow_mut())
    }

    /// Queues a coroutine that was spawned here: it runs next, and what it displaces may be stolen.
    #[inline]
    pub(crate) fn queue_fresh(&self, entry: &'static Entry) {
        self.pass(Transition::Spawn, || spawned(entry));
        self.run_next(entry);
    }

    /// Queues one that any machine may run: it runs next here, if nobody is quicker.
    #[inline]
    pub(super) fn run_next(&self, entry: &'static Entry) {
        match self.station.duty.get() {
            Duty::Passive => return self.spare(entry),
            // Nobody else is on duty, so there is nobody to look for, and no fence before the look: 8 ns.
            Duty::Active if self.is_alone && self.processor().try_put_next(entry) => return,
            _ => {}
        }
        let displaced = self.processor().put_next(entry, |spilled| {
            self.scheduler.hand_in(spilled);
        });
        // Lazily: this machine may well run them itself. One that was displaced can be spared at once; for a
        // single one only a machine that has been idle for long is woken, lest every spawn-and-join wakes one.
        // The fence before the look (idle.rs), after the swap in `put_next`.
        fence_after_rmw();
        let idle = &self.scheduler.idle;
        if if displaced { idle.wants_searcher() } else { idle.wants_deep_searcher() } {
            self.wake_searcher();
        }
    }

    /// This machine takes nothing from processors at present: another one will.
    #[cold]
    fn spare(&self, entry: &'static Entry) {
        self.scheduler.hand_in([entry]);
        self.scheduler.call_for_injected();
    }

    /// Whether it has been asked to let others run, by the monitor, since this run began.
    #[inline]
    pub(crate) fn is_preempted(&self) -> bool {
        self.station.glance.is_preempted(self.tick())
    }

    /// Whether another machine of this runtime may be at work: for whoever would spin while it is.
    pub(crate) fn has_company(&self) -> bool {
        self.scheduler.config.workers > self.scheduler.idle.count() + 1
    }

    /// Schedules so far, those of former machines of this number included: the monitor knows machines by their ticks.
    #[inline]
    pub(super) fn tick(&self) -> u32 {
        self.counters().count(Transition::Tick) as u32
    }

    /// When it last read the clock.
    #[inline]
    pub(crate) fn last_time(&self) -> Nanos {
        self.time.get()
    }

    /// The running coroutine does what it was asked. Others have waited, for timers and sockets too.
    pub(crate) fn preempted(&self, record: &Record) {
        self.pass(Transition::Preempt, || Event::Preempted { id: record.coroutine.id() });
        self.look.due.set(self.tick());
    }

    #[cold]
    pub(super) fn wake_searcher(&self) {
        self.scheduler.wake_searcher(self.counters(), Counters::pass);
    }
}

impl Supplies {
    /// A vacant entry.
    #[inline]
    pub(crate) fn take_entry(&mut self) -> io::Result<&'static Entry> {
        if self.entries.is_empty() {
            Entry::allocate(ENTRY_BATCH, &mut self.entries)?;
        }
        Ok(Entry::get(self.entries.pop().expect("allocate brings a batch")))
    }

    /// An entry that is vacant again.
    #[inline]
    pub(crate) fn put_entry(&mut self, entry: &'static Entry) {
        self.entries.push(entry.index());
        if self.entries.len() >= 2 * ENTRY_BATCH as usize {
            Entry::free(self.entries.drain(..ENTRY_BATCH as usize));
        }
    }
}

impl Drop for Supplies {
    fn drop(&mut self) {
        Entry::free(self.entries.drain(..));
    }
}
