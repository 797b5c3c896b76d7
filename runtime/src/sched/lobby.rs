//! The lobby: fresh coroutines that wait for something before they begin.
//!
//! Such a one has an entry and a body, and neither a stack nor a machine: a connection that is idle costs no more than
//! that. Its home is the runtime's lobby, which has a keeper instead of a machine; who wakes it queues it like one that
//! was spawned just now, and from then on it is that.
//!
//! # How one comes in, and leaves
//! ```text
//!   RUNNING, nobody's    its ticket is published (spawn/seat.rs), then `seat`: home = lobby, commit   PARKED,OPEN
//!   PARKED,OPEN          the ticket is used, or it is cancelled          to a processor, or the global queue
//!   the runtime stops    cancelled as all are; whoever takes it out of a queue drops it
//! ```
//! It is a wait like any other (lockfree/status.rs), but for the stack that is not there to be left.
//!
//! **No one is overlooked by a runtime that stops.** It looks through all entries again and again until every coroutine
//! has ended (runtime/shutdown.rs), and who has committed looks whether it stops: one of both finds the other.

use std::sync::{Arc, Weak};

use super::duty::Duty;
use super::machine::Machine;
use super::noted::spawned;
use super::ready::ready;
use super::scheduler::Scheduler;
use crate::coroutine::entry::{Entry, Runnable, Ticket};
use crate::coroutine::home::{Home, Keeper};
use crate::coroutine::record::Record;
use crate::lockfree::atomic::fence_after_rmw;
use crate::lockfree::status::{Commit, Wait};
use crate::sys::clock::Nanos;
use crate::timer::queue::TimerKey;
use crate::trace::Transition;

/// A timer for one that waits in the lobby. Disarmed when it is dropped.
pub(crate) struct Alarm {
    scheduler: Arc<Scheduler>,
    /// Whose timers, where each machine has its own.
    station: usize,
    key: TimerKey,
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.scheduler.timers_of(self.station).disarm(self.key);
    }
}

impl Scheduler {
    /// Where they live.
    fn lobby(self: &Arc<Scheduler>) -> Option<&'static Home> {
        if let Some(commons) = &self.commons {
            return Some(commons.home);
        }
        if self.lobby.get().is_none() {
            let home = Home::acquire(self.id).ok()?;
            let keeper: Weak<Scheduler> = Arc::downgrade(self);
            home.set_keeper(keeper);
            if self.lobby.set(home).is_err() {
                home.vacate();
            }
        }
        self.lobby.get().copied()
    }

    /// Lets a fresh coroutine, which the caller holds and nobody has counted, begin when its ticket, which is out, is used; at
    /// once if `must_wait` denies it in the end, and where there are no descriptors for a lobby.
    pub(crate) fn seat(self: &Arc<Scheduler>, entry: &'static Entry, must_wait: impl FnOnce() -> bool) {
        match self.machine() {
            Some(machine) => machine.pass(Transition::Spawn, || spawned(entry)),
            None => self.pass_outside(Transition::Spawn, || spawned(entry)),
        }
        let Some(lobby) = self.lobby() else { return self.begin(entry) };
        let ticket = entry.ticket();
        lobby.settle(entry);
        match entry.status.commit(Wait::Open) {
            Commit::Woken => self.begin(entry),
            Commit::Parked => {
                fence_after_rmw();
                if !must_wait() || self.is_stopping() {
                    ticket.wake().into_iter().for_each(ready);
                }
            }
        }
    }

    /// Wakes `ticket`, of one that is about to be seated, at `deadline`, unless that has passed by then.
    pub(crate) fn set_alarm(self: &Arc<Scheduler>, ticket: Ticket, deadline: Nanos) -> Alarm {
        let station = self.machine().map_or(0, |machine| machine.number);
        let key = self.timers_of(station).arm(None, deadline, ticket);
        if self.machine().is_none() {
            // It may sleep until a later one.
            self.call_for_timer(station);
        }
        Alarm { scheduler: self.clone(), station, key }
    }

    fn begin(self: &Arc<Scheduler>, entry: &'static Entry) {
        match self.machine() {
            Some(machine) => machine.run_next(entry),
            None => self.take_in(Runnable(entry)),
        }
    }
}

impl Machine {
    /// Queues one that has been woken in the lobby of this runtime, behind what is queued. False: it is none, or this
    /// machine takes nothing fresh at present.
    pub(super) fn fetch_from_lobby(&self, entry: &'static Entry) -> bool {
        let lobby = self.scheduler.lobby.get();
        let is_ours = Record::of(entry).is_none()
            && lobby.is_some_and(|lobby| Home::of(entry).is_some_and(|home| home.is(lobby)));
        let fetched = is_ours && matches!(self.station.duty.get(), Duty::Active | Duty::Relieved);
        if fetched {
            self.processor().put(entry, |spilled| self.scheduler.hand_in(spilled));
        }
        fetched
    }
}
