//! What the handles of a pool and its tasks share: the places under a lock, who has them, and who waits for room.
//!
//! The lock is held for some tens of nanoseconds and never across a wait, a start, or code of the user's.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use gopark_runtime::face::coroutine::Coroutine;
use gopark_runtime::face::of_places::{Held, Holds, Lender, Starter, holding_place};
use gopark_runtime::face::sync::Semaphore;
use parking_lot::{Mutex, MutexGuard};
use slab::Slab;

use crate::group::{Group, new_target};
use crate::places::{Places, Target};
use crate::stats::{Counts, Ending};

/// A pool.
pub(crate) struct Shared {
    state: Mutex<State>,
    /// Reservations for submitters that wait. Raised under the lock, so that who gives up knows whether it was given one.
    pub(crate) room: Semaphore,
    /// Raised for each that waits until nothing is left, under the lock.
    pub(crate) idle: Semaphore,
    /// What they wait for.
    pub(crate) end: Target,
    pub(crate) name: Option<Arc<Box<str>>>,
    pub(crate) max_queue_age: Option<Duration>,
    /// Where tasks run that come from threads without a runtime.
    home: Option<Starter>,
    /// Tells the reporter by its drop that the pool is gone.
    _alive: Option<SyncSender<Infallible>>,
}

pub(crate) struct State {
    pub(crate) places: Places<Job>,
    pub(crate) tasks: Slab<Task>,
    pub(crate) counts: Counts,
    pub(crate) is_closed: bool,
    /// Tasks that have not begun are not to.
    pub(crate) is_cancelling: bool,
    /// Who waits until nothing is left.
    pub(crate) closers: usize,
    /// Those whose tasks were queued, and which so tell of their ends.
    runtimes: Vec<u64>,
}

/// A task that is to begin.
pub(crate) struct Job {
    pub(crate) held: Held,
    starter: Starter,
    slot: usize,
    /// Since when it waits, if it is not to wait for long.
    since: Option<Instant>,
}

/// A task from its reservation to its end.
pub(crate) struct Task {
    pub(crate) phase: Phase,
    /// From when it is queued.
    pub(crate) coroutine: Option<Coroutine>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Reserved,
    Queued,
    Placed,
}

impl Shared {
    pub(crate) fn new(
        workers: usize,
        queue: usize,
        name: Option<String>,
        max_queue_age: Option<Duration>,
        home: Option<Starter>,
        alive: Option<SyncSender<Infallible>>,
    ) -> Shared {
        let state = State {
            places: Places::new(workers, queue),
            tasks: Slab::new(),
            counts: Counts::default(),
            is_closed: false,
            is_cancelling: false,
            closers: 0,
            runtimes: Vec::new(),
        };
        Shared {
            state: Mutex::new(state),
            room: Semaphore::new(0),
            idle: Semaphore::new(0),
            end: new_target(),
            name: name.map(|name| Arc::new(name.into_boxed_str())),
            max_queue_age,
            home,
            _alive: alive,
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Where a task of the caller's is to run.
    #[track_caller]
    pub(crate) fn starter(&self) -> Starter {
        Starter::try_current().or_else(|| self.home.clone()).unwrap_or_else(Starter::current)
    }

    /// It has waited for longer than tasks are to wait.
    pub(crate) fn is_late(&self, job: &Job) -> bool {
        self.max_queue_age.zip(job.since).is_some_and(|(limit, since)| since.elapsed() > limit)
    }

    /// A task that [`reserve`](Shared::reserve) has made room for. It begins now, or when it is its turn.
    pub(crate) fn enter(self: &Arc<Shared>, held: Held, starter: Starter, slot: usize) {
        // The time of its birth is that of its machine, which may be a while ago.
        let since = self.max_queue_age.map(|_| Instant::now());
        let job = Job { held, starter, slot, since };
        let mut state = self.lock();
        state.counts.submitted += 1;
        if state.is_cancelling {
            drop(state);
            return drop(job); // its reservation goes with it
        }
        let coroutine = Some(job.held.coroutine());
        if let Some(job) = state.places.enter(job) {
            state.tasks[slot] = Task { phase: Phase::Placed, coroutine };
            drop(state);
            return job.start();
        }
        state.tasks[slot] = Task { phase: Phase::Queued, coroutine };
        let new = state.runtime_of_last();
        drop(state);
        if let Some(starter) = new {
            let holder: Arc<dyn Holds> = self.clone();
            if !starter.add_holder(Arc::downgrade(&holder)) {
                self.let_go();
            }
        }
    }

    /// A task is over; `id` is its coroutine's, if it has begun.
    pub(crate) fn leave(&self, slot: usize, id: u64, group: Option<&Group>, ending: Ending) {
        let mut state = self.lock();
        let task = state.tasks.remove(slot);
        *state.counts.of(ending) += 1;
        let group = group.and_then(Group::leave);
        match task.phase {
            Phase::Reserved => state.places.cancel_reservation(),
            Phase::Queued => {} // it was taken out of the queue
            Phase::Placed => state.places.leave([id, group.map_or(0, Group::target)]),
        }
        group.into_iter().for_each(Group::tell);
        self.settle(state);
    }

    /// Everybody who is queued or has begun.
    pub(crate) fn ids(&self) -> Vec<u64> {
        let state = self.lock();
        state.tasks.iter().filter_map(|(_, task)| Some(task.coroutine.as_ref()?.id())).collect()
    }

    pub(crate) fn resize(&self, workers: usize) {
        let mut state = self.lock();
        state.places.resize(workers);
        self.settle(state);
    }

    /// Starts whoever can be started, and tells those who wait for room, or for the end.
    pub(crate) fn settle<'a>(&'a self, mut state: MutexGuard<'a, State>) {
        let mut dead = Vec::new();
        loop {
            dead.append(&mut state.places.skip(|job| job.is_dead() || self.is_late(job)));
            let job = state.places.next();
            if let Some(job) = &job {
                state.tasks[job.slot].phase = Phase::Placed;
            }
            let admitted = state.places.admit();
            if admitted > 0 {
                self.room.add_permits(admitted);
            }
            if state.closers > 0 && state.places.is_idle(self.end) {
                self.idle.add_permits(std::mem::take(&mut state.closers));
            }
            drop(state);
            let Some(job) = job else { break };
            job.start();
            state = self.lock();
        }
        drop(dead); // last: its destructors may wait, and for those who have begun
    }
}

impl Holds for Shared {
    /// Those who run there may never end, so that it would never be the turn of those who wait.
    fn let_go(&self) {
        let mut state = self.lock();
        let dead = state.places.sweep(Job::is_dead);
        self.settle(state);
        drop(dead);
    }
}

impl Lender for Shared {
    fn lend(&self, target: u64) -> u64 {
        let mut state = self.lock();
        let loan = state.places.lend(target);
        // What is dropped here may wait in its destructors: there is nothing more to lend.
        holding_place(None, || self.settle(state));
        loan
    }

    fn take_back(&self, loan: u64) {
        self.lock().places.take_back(loan);
    }
}

impl State {
    /// That of the task that was queued last, if it is the first one of that.
    fn runtime_of_last(&mut self) -> Option<Starter> {
        let starter = &self.places.queued().back()?.starter;
        if self.runtimes.contains(&starter.id()) {
            return None;
        }
        self.runtimes.push(starter.id());
        Some(starter.clone())
    }

    pub(crate) fn open_slot(&mut self) -> usize {
        self.tasks.insert(Task { phase: Phase::Reserved, coroutine: None })
    }
}

impl Job {
    /// Nobody wants it any more, or its runtime stops.
    fn is_dead(&self) -> bool {
        self.held.is_cancelled() || self.starter.is_stopping()
    }

    /// If it cannot be started, it is dropped, and its place comes back.
    fn start(self) {
        self.starter.start(self.held);
    }
}
