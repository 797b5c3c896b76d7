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
//! out borrows of its thread-locals. Its thread blocks for good, and is counted. (Where coroutines move, they hold no
//! such borrows while they wait, and machines exit.)
#![allow(unsafe_code)]

use std::sync::atomic::{Ordering, fence};

use super::commons::Commons;
use super::duty::Duty;
use super::execute::Work;
use super::machine::Machine;
use super::migrate::returns_to_stack;
use super::processor::Processor;
use super::ready::{give_up, ready};
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
        if self.is_drained() {
            return;
        }
        let mine = |entry: &Entry| Home::of(entry).is_some_and(|home| home.runtime() == self.id);
        Entry::all().filter_map(|entry| entry.cancel_if(mine)).for_each(ready);
    }

    /// Coroutines that have started, or will start on a stated machine, and have not ended.
    pub(crate) fn live(&self) -> usize {
        let sum: isize = self.stations.iter().map(|station| station.load.balance()).sum();
        usize::try_from(sum).unwrap_or(0)
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
        // The live ones last: who has just been counted as ended is still on its machine's hands.
        self.unfinished() == 0 && self.live() == 0
    }

    /// Coroutines that have neither ended nor been dropped.
    pub(crate) fn unfinished(&self) -> u64 {
        // Ends first: what has ended by then was spawned before.
        let ends = self.count(Transition::Finish) + self.count(Transition::Discard);
        fence(Ordering::Acquire);
        self.count(Transition::Spawn).saturating_sub(ends)
    }

    /// Drops the coroutines in the global queue, and whoever comes there from now on is refused.
    pub(crate) fn close_global(&self) {
        self.global.close();
        while let Some(entry) = self.global.take_one() {
            self.let_go(entry);
        }
    }

    /// Gives up those that are on a machine that does not come back: drops the fresh ones, and returns the others.
    /// Who joins one of these that waits is told; who joins one that is ready, when the machine comes back after all,
    /// since only the machine knows that it will not run it. Where coroutines move, all that are left are on such a machine, or
    /// were left by others: nobody can tell which one a coroutine is on that somebody has in his hands.
    pub(crate) fn strand(&self, number: usize) -> Vec<Coroutine> {
        let station = self.stations.get(number);
        self.carry_over(station, &Processor::new());
        let home = self.commons.as_ref().map_or(station.home, |commons| commons.home);
        let give_up = |entry| {
            let coroutine = Coroutine::of(entry);
            self.give_up_waiting(entry, home);
            coroutine
        };
        living_on(home).map(give_up).collect()
    }

    fn give_up_waiting(&self, entry: &'static Entry, home: &Home) {
        if entry.status.seize(|| lives_on(entry, home)) {
            give_up(entry);
        }
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        // With somebody left behind it stays theirs.
        if let Some(commons) = self.commons.as_ref().filter(|_| self.live() == 0) {
            commons.home.vacate();
        }
        if let Some(lobby) = self.lobby.get() {
            lobby.vacate();
        }
    }
}

fn lives_on(entry: &Entry, home: &Home) -> bool {
    Home::of(entry).is_some_and(|of| of.is(home))
}

/// Who has come to live on `home`. Called by its machine, or while that one is stuck.
///
/// The status is read first. Then there is a tenant whose home is published, and one with this home ends by its
/// machine alone; read the other way round, the home could be that of a former tenant.
fn living_on(home: &'static Home) -> impl Iterator<Item = &'static Entry> {
    Entry::all().filter(|entry| !entry.status.is_vacant()).filter(|entry| lives_on(entry, home))
}

impl Machine {
    /// Drops what is fresh and abandons what has started.
    pub(super) fn leave(&self) {
        self.scheduler.global.close();
        self.station.placed.close();
        while let Some(entry) = self.station.placed.take_one() {
            self.drop_placed(entry);
        }
        self.drop_queued();
        match self.commons() {
            None if self.tenants() > 0 => living_on(self.home()).for_each(|entry| {
                // If somebody else has just ended its wait, it is in a queue that nobody will look at any more.
                if entry.status.seize(|| true) {
                    self.counters().pass(Transition::WakeLocal);
                }
                let _ = self.abandon(entry);
            }),
            None => {}
            Some(commons) => self.abandon_waiting(commons),
        }
    }

    /// Of those that all machines have in common: whoever is first ends a wait, and abandons the coroutine. One that
    /// does not wait is in a queue, whose machine is about to do this too, or runs.
    fn abandon_waiting(&self, commons: &Commons) {
        while self.scheduler.live() > 0 {
            let waits = |entry: &&'static Entry| entry.status.seize(|| lives_on(entry, commons.home));
            let abandoned =
                living_on(commons.home).filter(waits).filter(|entry| self.put_away(entry)).count();
            // These may have woken others.
            self.drop_queued();
            if abandoned == 0 {
                return;
            }
        }
    }

    /// The caller holds `entry`, which has waited. False: its machine runs it on, or there was no need.
    fn put_away(&self, entry: &'static Entry) -> bool {
        let has_begun = Record::of(entry).is_some();
        if has_begun {
            self.counters().pass(Transition::WakeLocal);
        } else {
            self.scheduler.discard(entry);
        }
        has_begun && self.abandon(entry)
    }

    pub(super) fn drop_queued(&self) {
        let global = || self.scheduler.global.take_one();
        while let Some(entry) = self.take_own().or_else(global) {
            match self.work_of(entry) {
                Work::Started(_) => {
                    let _ = self.abandon(entry);
                }
                Work::Fresh(_) | Work::Placed(_) => self.scheduler.discard(entry),
            }
        }
    }

    /// The caller holds `entry`, which does not wait. False: its machine runs it on.
    fn abandon(&self, entry: &'static Entry) -> bool {
        let Some(record) = Record::of(entry) else { return false };
        if returns_to_stack(entry) {
            return false;
        }
        // Whoever waits for this machine sees that it is not stuck.
        self.counters().pass(Transition::Tick);
        record.abandoned.set(true);
        let coroutine = record.coroutine.clone();
        self.execute(Work::Started(record));
        if coroutine.has_ended() {
            return true; // it has ended after all
        }
        self.scheduler.departures.leave_behind([coroutine]);
        // SAFETY: it is this machine's, and does not run.
        let joiner = unsafe { abandon_body(entry) };
        if let Some(runnable) = joiner.and_then(|ticket| ticket.wake()) {
            self.ready(runnable, false);
        }
        true
    }

    /// Wakes those of other runtimes whose sockets this machine has polled; they find another one.
    pub(super) fn hand_over_sockets(&self) {
        if self.migrates() && self.retired.get() {
            return; // they are the others' as well
        }
        let home = self.home_of_coroutines();
        home.end_tenancy();
        let mut waiting = Vec::new();
        netpoll::evacuate(home, &mut waiting);
        self.ready_all(&mut waiting);
    }

    /// How many started coroutines live here, and on no other machine.
    pub(super) fn tenants(&self) -> usize {
        if self.migrates() { 0 } else { self.station.load.live() }
    }
}
