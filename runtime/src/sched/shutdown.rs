//! How a runtime stops: cancel, grace, abandon.
//!
//! 1. *Closing*: nothing is spawned any more; fresh coroutines are dropped instead of started; all others are
//!    cancelled. Machines go on, for a grace.
//! 2. *Leaving*: machines leave their loops. Coroutines that are still there are **abandoned**: each is resumed once,
//!    takes itself out of what it waits for, and never runs again. Those who join it learn `Cancelled`, unless they
//!    have lent it something.
//!
//! Nobody is unwound by force: a stack between whose frames strangers' code stands must not lose some of them.
//!
//! **Invariant:** a machine whose started coroutines have not all ended never exits: their stacks may have lent
//! out borrows of its thread-locals. Its thread blocks for good, and is counted.
#![allow(unsafe_code)]

use std::sync::atomic::{Ordering, fence};

use super::duty::Duty;
use super::execute::Work;
use super::machine::Machine;
use super::processor::Processor;
use super::ready::ready;
use super::scheduler::Scheduler;
use crate::coroutine::body::abandon_body;
use crate::coroutine::entry::Entry;
use crate::coroutine::handle::Coroutine;
use crate::coroutine::home::Home;
use crate::coroutine::record::Record;
use crate::netpoll;
use crate::trace::Transition;

impl Scheduler {
    /// Cancels every coroutine that has started and not ended.
    pub(crate) fn cancel_all(&self) {
        if self.live() == 0 {
            return;
        }
        let mine = |entry: &Entry| Home::of(entry).is_some_and(|home| home.runtime() == self.id);
        Entry::all().filter_map(|entry| entry.cancel_if(mine)).for_each(ready);
    }

    /// Coroutines that have started, or will start on a stated machine, and have not ended.
    pub(crate) fn live(&self) -> usize {
        self.stations.iter().map(|station| station.home.load.live()).sum()
    }

    /// The tick in which machine `number` is stuck in a coroutine; `None`: it is not in one.
    pub(crate) fn stuck_at(&self, number: usize) -> Option<u64> {
        let station = self.stations.get(number);
        station.glance.running().map(|_| station.counters.count(Transition::Tick))
    }

    /// Spares that have retired keep their homes, for the next spare. Now there will be none.
    pub(crate) fn vacate_unused_homes(&self) {
        let retired = self.stations.iter().filter(|station| station.duty.get() == Duty::Gone);
        retired.for_each(|station| station.home.vacate());
    }

    /// How often `transition` has happened in this runtime.
    pub(crate) fn count(&self, transition: Transition) -> u64 {
        let machines = self.stations.iter().map(|station| station.counters.count(transition));
        machines.sum::<u64>() + self.outside.count(transition)
    }

    /// Whether every coroutine has ended or was dropped. By the counts: a machine may have a fresh one in its hands, out
    /// of one queue and not in another, nor started.
    pub(crate) fn is_drained(&self) -> bool {
        // Ends first: what has ended by then was spawned before.
        let ends = self.count(Transition::Finish) + self.count(Transition::Discard);
        fence(Ordering::Acquire);
        self.live() == 0 && self.count(Transition::Spawn) <= ends
    }

    /// Drops the fresh coroutines in the global queue, and whoever comes there from now on is refused.
    pub(crate) fn close_global(&self) {
        self.global.close();
        while let Some(entry) = self.global.take(0, |_| ()) {
            self.discard(entry);
        }
    }

    /// Gives up those that are on a machine that does not come back: drops the fresh ones, and returns the others.
    /// Who joins one of these that waits is told; who joins one that is ready, when the machine comes back after all,
    /// since only the machine knows that it will not run it.
    pub(crate) fn strand(&self, number: usize) -> Vec<Coroutine> {
        let station = self.stations.get(number);
        self.carry_over(station, &Processor::new());
        let give_up = |entry: &'static Entry| {
            let coroutine = Coroutine::of(entry);
            if entry.status.seize() {
                // SAFETY: it waits, and nobody but the caller could queue it now.
                let joiner = unsafe { abandon_body(entry) };
                joiner.and_then(|ticket| ticket.wake()).into_iter().for_each(ready);
            }
            coroutine
        };
        living_on(station.home).map(give_up).collect()
    }
}

/// Who has come to live on `home`. Called by its machine, or while that one is stuck.
///
/// The status is read first. Then there is a tenant whose home is published, and one with this home ends by its
/// machine alone; read the other way round, the home could be that of a former tenant.
fn living_on(home: &'static Home) -> impl Iterator<Item = &'static Entry> {
    let lives_here = move |entry: &&'static Entry| Home::of(entry).is_some_and(|of| of.is(home));
    Entry::all().filter(|entry| !entry.status.is_vacant()).filter(lives_here)
}

impl Machine {
    /// Drops what is fresh and abandons what has started. Returns whom.
    pub(super) fn leave(&self) -> Vec<Coroutine> {
        self.scheduler.close_global();
        self.station.placed.close();
        while let Some(entry) = self.station.placed.take(0, |_| ()) {
            self.drop_placed(entry);
        }
        while let Some(entry) = self.processor().take(true) {
            self.scheduler.discard(entry);
        }
        if self.live() == 0 {
            return Vec::new();
        }
        living_on(self.home()).filter_map(|entry| self.abandon(entry)).collect()
    }

    /// `entry` lives here. `None`: it has ended after all.
    fn abandon(&self, entry: &'static Entry) -> Option<Coroutine> {
        let record = Record::of(entry)?;
        // If somebody else has just ended its wait, it is in a queue that nobody will look at any more.
        let _ = entry.status.seize();
        record.abandoned.set(true);
        self.execute(Work::Started(record));
        let record = Record::of(entry)?;
        let coroutine = record.coroutine.clone();
        // SAFETY: it lives here and does not run.
        let joiner = unsafe { abandon_body(entry) };
        if let Some(runnable) = joiner.and_then(|ticket| ticket.wake()) {
            self.ready(runnable, false);
        }
        Some(coroutine)
    }

    /// Wakes those of other runtimes whose sockets this machine has polled; they find another one.
    pub(super) fn hand_over_sockets(&self) {
        self.home().end_tenancy();
        let mut waiting = Vec::new();
        netpoll::evacuate(self.home(), &mut waiting);
        self.ready_all(&mut waiting);
    }

    /// How many started coroutines live here.
    pub(super) fn live(&self) -> usize {
        self.home().load.live()
    }
}
