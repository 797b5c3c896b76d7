//! What coroutines do now, derived from what has happened to them: nobody keeps a list, or a count that all threads change.
//!
//! ```text
//!   fresh    = spawned - started - discarded
//!   started  = started - finished - abandoned
//!   waiting  = parks - wakes, where a wake is counted by the machine (or the keeper) that queues the coroutine
//!   running  : a machine says which coroutine has its thread
//!   ready    = started - waiting - running
//! ```
//! Under the default policy the same machine counts all of it, but the spawns and discards, for those that live on it.
//!
//! Each counter is read once, the one that reduces before the one that it reduces: so a coroutine that goes on meanwhile is
//! told in one state too many, and no difference falls below zero but that of `ready`.

use std::iter;

use crate::sched::scheduler::Scheduler;
use crate::sched::station::Station;
use crate::trace::{Counters, Transition};

/// How many do what.
#[derive(Debug, Default)]
pub(crate) struct States {
    pub(crate) fresh: u64,
    /// Those below.
    pub(crate) started: u64,
    pub(crate) ready: u64,
    pub(crate) running: u64,
    pub(crate) waiting: u64,
}

impl States {
    /// Of all coroutines of a runtime.
    pub(crate) fn of(scheduler: &Scheduler) -> States {
        let counters = || {
            let machines = scheduler.stations.iter().map(|station| &station.counters);
            machines.chain(iter::once(&scheduler.outside))
        };
        let total = |transition| counters().map(|counters| counters.count(transition)).sum::<u64>();
        let begun = total(Transition::Start) + total(Transition::Discard);
        let fresh = total(Transition::Spawn).saturating_sub(begun);
        let running = scheduler.stations.iter().filter(|station| station.glance.running().is_some()).count();
        States { fresh, ..States::derive(total, running as u64) }
    }

    /// Of those that live on one machine. Nobody does where they move.
    pub(super) fn on(station: &Station, scheduler: &Scheduler) -> States {
        if scheduler.config.migrates {
            return States::default();
        }
        let running = u64::from(station.glance.running().is_some());
        States::derive(|transition| Counters::count(&station.counters, transition), running)
    }

    fn derive(count: impl Fn(Transition) -> u64, running: u64) -> States {
        use Transition::{Abandon, Drain, Finish, Park, Start, TakeIn, WakeLocal};
        let wakes = count(WakeLocal) + count(Drain) + count(TakeIn);
        let waiting = count(Park).saturating_sub(wakes);
        let gone = count(Finish) + count(Abandon);
        let started = count(Start).saturating_sub(gone);
        States { fresh: 0, started, ready: started.saturating_sub(waiting + running), running, waiting }
    }
}
