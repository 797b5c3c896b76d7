//! Go's rule, for who asks for it: a coroutine that was made ready may go on on any machine.
//!
//! | made ready by | goes to |
//! |---|---|
//! | a coroutine, one at a time | the processor: it runs next, and what it displaces may be stolen |
//! | timers and sockets, many at a time; a yield | the machine's backlog |
//! | a plain thread, a machine of another runtime | the global queue |
//!
//! All three hold fresh and started ones; whoever takes one out sees by its record which it is. The backlog has
//! no bound and takes its turn with the processor: what is spilled from a bounded ring into the global queue waits
//! there for 61 ticks each (p99 of an echo server 93 ms instead of 5).
//!
//! Sockets, timers and the home are the runtime's (commons.rs). One of the machines that have nothing to do polls for
//! all (lockfree/poller_role.rs); those that have look in passing.
//!
//! **Invariant:** after the commit of a wait, or after a coroutine was put where others can take it, the machine
//! touches neither its stack nor its record: another one may be running it.

use std::sync::{Arc, Weak};

use super::execute::Work;
use super::machine::Machine;
use super::scheduler::Scheduler;
use super::search::Stolen;
use crate::coroutine::entry::{Entry, Runnable};
use crate::coroutine::home::Keeper;
use crate::coroutine::record::Record;
use crate::trace::{Event, Transition};

/// From the backlog of another machine at once, at most.
const STEAL_AT_ONCE: usize = 64;

/// Of those in the global queue that have started, and of the others, at each look.
const SHARE_OF_WOKEN: usize = 64;
const SHARE_OF_FRESH: usize = 16;

impl Machine {
    /// What has come out of a processor or a list that all machines may take from.
    #[inline]
    pub(super) fn work_of(&self, entry: &'static Entry) -> Work {
        if self.migrates()
            && let Some(record) = Record::of(entry)
        {
            return Work::Started(record);
        }
        Work::Fresh(entry)
    }

    /// Queues one that was made ready here.
    pub(super) fn ready_to_move(&self, entry: &'static Entry, next: bool) {
        if next { self.run_next(entry) } else { self.set_aside([entry]) }
    }

    /// Appends to the backlog.
    #[inline(never)]
    pub(super) fn set_aside(&self, entries: impl IntoIterator<Item = &'static Entry>) {
        let taken_in = self.station.backlog.push(entries);
        debug_assert!(taken_in, "a backlog is never closed");
    }

    /// The oldest of the backlog. One at a time: those that went to the ring in advance would have to wait for their
    /// turn together with what comes to the backlog later.
    #[inline(never)]
    pub(super) fn take_from_backlog(&self) -> Option<Work> {
        self.station.backlog.take_one().map(|entry| self.work_of(entry))
    }

    /// What plain threads, helpers and other runtimes have woken lies in the global queue: a share of it is this
    /// machine's, lest each waits for a look of its own.
    pub(super) fn take_share_of_woken(&self) {
        let (global, workers) = (&self.scheduler.global, self.scheduler.config.workers);
        let (fresh, started) = global.lens();
        let (fresh, started) =
            ((fresh / workers).min(SHARE_OF_FRESH), started.div_ceil(workers).min(SHARE_OF_WOKEN));
        if fresh + started > 0 {
            self.set_aside(global.take_of_each(fresh, started));
        }
    }

    /// From the backlog of another machine, half of it at most; this machine's ring is empty.
    pub(super) fn steal_from_backlog(&self) -> Option<Stolen> {
        self.victims().find_map(|victim| {
            let more = (victim.backlog.len() / 2).min(STEAL_AT_ONCE);
            let put = |entry| self.processor().put(entry, |spilled| self.scheduler.hand_in(spilled));
            victim.backlog.take(more, put).map(|entry| Stolen { entry, from: victim.number })
        })
    }

    /// Takes a started coroutine over from the machine that has run it last. False: it has not left its stack, and its
    /// machine has been told to run it on (block.rs).
    #[inline(never)]
    pub(super) fn take_over(&self, record: &'static Record) -> bool {
        if record.machine() == self.as_raw() {
            return true;
        }
        if returns_to_stack(record.entry()) {
            return false;
        }
        self.pass(Transition::Migrate, || Event::Migrate { id: record.coroutine.id() });
        record.move_to(self.as_raw());
        true
    }
}

impl Scheduler {
    /// Becomes the keeper of its coroutines, if they have their home in common.
    pub(crate) fn keep_commons(self: &Arc<Scheduler>) {
        if let Some(commons) = &self.commons {
            let keeper: Weak<Scheduler> = Arc::downgrade(self);
            commons.home.set_keeper(keeper);
        }
    }
}

impl Keeper for Scheduler {
    fn take_in(&self, runnable: Runnable) {
        let woken = if Record::of(runnable.0).is_some() { Transition::TakeIn } else { Transition::Unseat };
        self.outside.pass_shared(woken);
        if !returns_to_stack(runnable.0) {
            self.hand_in([runnable.0]);
            self.call_for_injected();
        }
    }
}

/// Whether one that the caller holds has not left its stack. Then its machine has been told to run it on.
pub(super) fn returns_to_stack(entry: &Entry) -> bool {
    let home = Record::of(entry).and_then(Record::return_to_stack);
    if let Some(home) = home {
        home.call();
    }
    home.is_some()
}
