//! Those who wait for a pool, and not for one of its jobs: for room, or until it is idle. As in `pool/src/shared.rs`.

use gopark_loom_tests::waiting::{Nanos, Wait};
use loom::thread;

use super::places::Places;
use super::pool::{END, Pool, State};
use super::semaphore_word::Permits;

#[derive(Debug, PartialEq)]
pub(crate) enum Refusal {
    Full,
    Closed,
}

impl Pool {
    /// As there, but that who has a place lends it by itself.
    pub(crate) fn reserve_within(&self, deadline: Nanos) -> Result<(), Refusal> {
        {
            let mut state = self.state.lock();
            if state.is_closed {
                return Err(Refusal::Closed);
            }
            let before = state.book.load(&state.places);
            if state.places.reserve() {
                state.book.reserved += 1;
                state.book.is_bounded(&state.places, &before);
                self.unlock(state);
                return Ok(());
            }
            state.places.block();
            state.book.blocked += 1;
            self.unlock(state);
        }
        let admitted = acquire(&self.room, deadline);
        self.admitted(admitted)
    }

    /// The second half: the wait is over, with a permit or without one.
    pub(crate) fn admitted(&self, admitted: bool) -> Result<(), Refusal> {
        let mut state = self.state.lock();
        if !takes(admitted, &self.room, || state.gives_up()) {
            self.unlock(state);
            return Err(Refusal::Full);
        }
        if state.is_closed {
            state.book.reserved -= 1;
            state.step(Places::cancel_reservation);
            self.settle(state);
            return Err(Refusal::Closed);
        }
        self.unlock(state);
        Ok(())
    }

    /// Without a job, after all.
    pub(crate) fn cancel_reservation(&self) {
        let mut state = self.state.lock();
        state.book.reserved -= 1;
        state.step(Places::cancel_reservation);
        self.settle(state);
    }

    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.is_closed = true;
        let told = state.places.admit_all();
        assert_eq!(told, state.book.blocked, "all are told");
        state.admit(told);
        if told > 0 {
            self.room.put(told);
        }
        self.unlock(state);
    }

    /// What is queued does not begin any more.
    pub(crate) fn drop_queued(&self) {
        let mut state = self.state.lock();
        let queued = state.places.empty();
        queued.into_iter().for_each(|job| state.book.drop(job));
        self.settle(state);
    }

    /// Those that are not to begin any more are dropped now, whosever turn it is.
    pub(crate) fn let_go(&self) {
        let mut state = self.state.lock();
        let doomed = state.dead.clone();
        let dead = state.places.sweep(|job| doomed.contains(job));
        dead.into_iter().for_each(|job| state.book.drop(job));
        self.settle(state);
    }

    /// Waits until no job is left. False: `deadline` came first.
    pub(crate) fn wait_until_idle(&self, deadline: Nanos) -> bool {
        {
            let mut state = self.state.lock();
            if state.places.is_idle(END) {
                return true;
            }
            state.closers += 1;
        }
        let told = acquire(&self.idle, deadline);
        let mut state = self.state.lock();
        takes(told, &self.idle, || {
            let waits = state.closers > 0;
            state.closers -= usize::from(waits);
            waits
        })
    }
}

impl State {
    fn gives_up(&mut self) -> bool {
        let gives_up = self.places.unblock();
        self.book.blocked -= usize::from(gives_up);
        gives_up
    }
}

/// Has one who has waited take its permit, if it has not; false: it gives up.
fn takes(has_it: bool, permits: &Permits, mut gives_up: impl FnMut() -> bool) -> bool {
    let mut takes = has_it || permits.try_take(1);
    while !takes {
        if gives_up() {
            return false;
        }
        thread::yield_now();
        takes = permits.try_take(1);
    }
    true
}

/// As `Semaphore::acquire_timeout`.
pub(crate) fn acquire(permits: &Permits, deadline: Nanos) -> bool {
    permits.try_take(1) || permits.take_contended(1, Wait::Open, deadline, || false)
}
