//! Who starts fresh coroutines when a machine is stuck: replace, do not rob.
//!
//! A machine whose coroutine blocks the thread, or computes for long, keeps everything that belongs to those that
//! live on it; they wait. But its duty to start fresh coroutines goes to another machine: one that was a spare
//! before and still has its thread, or a new one. When the stuck one comes back, and it is one of those that the
//! runtime began with, it is on duty again at once; so there is one too many, and the next spare that notices
//! gives its duty up. Spares that nothing lives on any more retire.
//!
//! | call | by whom | duty |
//! |---|---|---|
//! | `relieve` | monitor | stuck one: Active => Relieved; substitute: Passive or Gone => Active |
//! | `take_back` | monitor, if the substitute gets no thread | the reverse |
//! | `review_duty` | a worker, at its next schedule | Relieved => Active, surplus + 1 |
//! | `review_duty` | a spare | Relieved => Passive; with surplus: Active => Passive, surplus - 1 |
//! | `retire` | a spare that nothing lives on | Passive => Gone |
//!
//! All of it under one lock: nobody comes here while nothing is stuck, except a machine that looks at its own duty
//! and at the surplus, without the lock.
//!
//! **Invariant:** machines on duty, less the surplus, are as many as the runtime has workers.
//!
//! *Rejected:* taking the processor away from a running machine by `membarrier`. It works, and costs the other
//! operations nothing; but a machine's timers, sockets and started coroutines cannot follow, and fresh ones can be
//! stolen anyway.

use std::io;
use std::sync::Arc;

use super::duty::Duty;
use super::machine::Machine;
use super::scheduler::Scheduler;
use super::station::Station;
use crate::coroutine::home::Home;

/// What came of a relief.
pub(super) enum Relief {
    /// Somebody is on duty in its place, or it is not needed.
    Done,
    /// This machine is, and needs a thread.
    NeedsThread(Arc<Station>),
    /// As many machines as may be are stuck.
    NobodyLeft,
}

impl Scheduler {
    /// Puts somebody on duty for a stuck machine.
    ///
    /// # Errors
    /// No descriptors for another machine.
    pub(super) fn relieve(&self, stuck: &Station) -> io::Result<Relief> {
        let _one_at_a_time = self.duties.lock();
        // While the runtime closes, those that are bound to no machine can still come to their ends elsewhere.
        let too_late = if self.config.migrates { self.is_leaving() } else { self.is_stopping() };
        if stuck.duty.get() != Duty::Active || too_late {
            return Ok(Relief::Done);
        }
        let surplus = self.duties.surplus();
        if surplus > 0 {
            self.duties.set_surplus(surplus - 1);
            stuck.tell_relieved();
            return Ok(Relief::Done);
        }
        let relief = match self.substitute()? {
            Some(station) if station.duty.get() == Duty::Passive => {
                station.duty.set(Duty::Active);
                // The fence of `notify` stands between; it looks at its duty when it is back.
                station.home.call();
                Relief::Done
            }
            Some(station) => {
                station.duty.set(Duty::Active);
                Relief::NeedsThread(station)
            }
            None => return Ok(Relief::NobodyLeft),
        };
        stuck.tell_relieved();
        Ok(relief)
    }

    /// A spare that is not stuck itself, or the number of one that has retired, or a new one.
    fn substitute(&self) -> io::Result<Option<Arc<Station>>> {
        let with = |duty: Duty| {
            let mut spares = self.stations.iter().skip(self.config.workers);
            spares.find(|spare| spare.duty.get() == duty && !spare.home.is_stalled()).cloned()
        };
        if let Some(spare) = with(Duty::Passive).or_else(|| with(Duty::Gone)) {
            return Ok(Some(spare));
        }
        if !self.stations.has_room() {
            return Ok(None);
        }
        let station = Arc::new(Station::new(Home::acquire(self.id)?, self.stations.len(), Duty::Gone));
        self.stations.add(station.clone());
        Ok(Some(station))
    }

    /// The substitute has got no thread.
    pub(super) fn take_back(&self, stuck: &Station, substitute: &Station) {
        let _one_at_a_time = self.duties.lock();
        substitute.duty.set(Duty::Gone);
        if stuck.duty.get() == Duty::Relieved {
            stuck.duty.set(Duty::Active);
        } else {
            // It came back meanwhile, and there was no one too many after all.
            self.duties.set_surplus(self.duties.surplus().saturating_sub(1));
        }
    }
}

impl Machine {
    /// Whether this machine starts fresh coroutines now. Asked at every schedule: two loads of words that hardly
    /// ever change.
    #[inline]
    pub(super) fn is_on_duty(&self) -> bool {
        match self.station.duty.get() {
            Duty::Active if !self.is_spare || self.scheduler.duties.surplus() == 0 => true,
            Duty::Passive => false,
            _ => self.review_duty(),
        }
    }

    #[cold]
    fn review_duty(&self) -> bool {
        let duties = &self.scheduler.duties;
        let duty = {
            let _one_at_a_time = duties.lock();
            let surplus = duties.surplus();
            let (duty, surplus) = match self.station.duty.get() {
                Duty::Relieved if !self.is_spare => (Duty::Active, surplus + 1),
                Duty::Active if self.is_spare && surplus > 0 => (Duty::Passive, surplus - 1),
                Duty::Relieved => (Duty::Passive, surplus),
                duty => (duty, surplus),
            };
            duties.set_surplus(surplus);
            self.station.duty.set(duty);
            duty
        };
        self.home().set_stalled(false);
        if duty != Duty::Active {
            self.give_fresh_away();
        }
        duty == Duty::Active
    }

    /// A spare leaves for good, if nothing lives on it and nobody has put it on duty.
    pub(super) fn retire(&self) -> bool {
        let _one_at_a_time = self.scheduler.duties.lock();
        let station = &self.station;
        let may =
            station.duty.get() == Duty::Passive && self.tenants() == 0 && station.placed.close_if_empty();
        if may {
            station.duty.set(Duty::Gone);
        }
        may
    }
}
