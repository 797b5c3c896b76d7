//! A machine leaves.
//!
//! **Invariant:** a machine whose started coroutines have not all ended never exits: their stacks may have lent
//! out borrows of its thread-locals. Its thread blocks for good, and is counted.
#![allow(unsafe_code)]

use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::execute::Work;
use super::machine::Machine;
use crate::coroutine::body::Fresh;
use crate::coroutine::entry::Entry;
use crate::netpoll;
use crate::sys::clock::{self, Nanos};
use crate::trace::Transition;

/// What is ready when the runtime stops may run for this long.
const READY_GRACE: Nanos = 10_000_000;

/// How long machines wait for one that is busy with a coroutine.
const BUSY_GRACE: Duration = Duration::from_secs(1);

/// Counts machines as they pass a stage of their departure.
#[derive(Debug, Default)]
pub(crate) struct Departures {
    passed: Mutex<usize>,
    changed: Condvar,
}

impl Departures {
    /// One more has passed.
    pub(crate) fn pass(&self) {
        *self.passed.lock() += 1;
        self.changed.notify_all();
    }

    /// Waits until `count` have passed; false: the grace is over.
    pub(crate) fn wait_for(&self, count: usize) -> bool {
        let mut passed = self.passed.lock();
        !self.changed.wait_while_for(&mut passed, |passed| *passed < count, BUSY_GRACE).timed_out()
    }
}

impl Machine {
    /// Runs what is ready, for a short while.
    pub(super) fn finish_ready(&self) {
        let end = clock::now() + READY_GRACE;
        while clock::now() < end {
            self.drain_inbox();
            match self.homed.pop(true) {
                Some(record) => self.execute(Work::Started(record)),
                None => return,
            }
        }
    }

    /// Drops every fresh coroutine that nobody will start. All machines have stopped running coroutines, or are
    /// stuck in one.
    pub(crate) fn discard_fresh(&self) {
        self.scheduler.global.close();
        self.drain_inbox();
        loop {
            let placed = self.homed.pop_placed();
            let fresh = placed
                .inspect(|_| self.home().load.finish())
                .or_else(|| self.processor().take(true))
                .or_else(|| self.scheduler.global.take(0, |_| ()));
            let Some(entry) = fresh else { return };
            self.discard(entry);
        }
    }

    fn discard(&self, entry: &'static Entry) {
        self.counters().pass(Transition::Discard);
        // SAFETY: it came out of a queue of fresh ones, so this machine holds it.
        let fresh = unsafe { Fresh::of(entry) };
        let class = fresh.class();
        let joiner = fresh.discard();
        entry.status.vacate();
        self.supply(|supplies| {
            supplies.stacks.release(class);
            supplies.put_entry(entry);
        });
        if let Some(runnable) = joiner.and_then(|ticket| ticket.wake()) {
            self.ready(runnable, false);
        }
    }

    /// Wakes those of other runtimes whose sockets this machine has polled; they find another one.
    pub(crate) fn hand_over_sockets(&self) {
        self.home().end_tenancy();
        let mut waiting = Vec::new();
        netpoll::evacuate(self.home(), &mut waiting);
        self.ready_all(&mut waiting);
    }

    /// How many started coroutines live here.
    pub(crate) fn live(&self) -> usize {
        self.home().load.live()
    }
}
