//! Room for one more task: taken at once, or waited for.

use std::time::Duration;

use gopark_runtime::face::of_places::lend;
use gopark_runtime::face::sync::{Permit, Semaphore};

use crate::shared::{Shared, State};

/// Why a task is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Full,
    Closed,
    /// The oldest in the queue has waited too long.
    Overloaded,
}

impl Shared {
    /// Room for one more task, now. Tells its slot.
    pub(crate) fn reserve(&self) -> Result<usize, Refusal> {
        let mut state = self.lock();
        let slot = self.reserve_in(&mut state);
        state.counts.rejected += u64::from(slot == Err(Refusal::Full));
        slot
    }

    fn reserve_in(&self, state: &mut State) -> Result<usize, Refusal> {
        let refusal = if state.is_closed {
            Refusal::Closed
        } else if self.is_overloaded(state) {
            Refusal::Overloaded
        } else if state.places.reserve() {
            return Ok(state.open_slot());
        } else {
            return Err(Refusal::Full); // counted by who is not content with that
        };
        state.counts.rejected += 1;
        Err(refusal)
    }

    fn is_overloaded(&self, state: &State) -> bool {
        state.places.queued().front().is_some_and(|oldest| self.is_late(oldest))
    }

    /// The same, and waits for it; `None`: for as long as it takes. [`Refusal::Full`]: the time was over, or the caller is
    /// cancelled or past its deadline. Lends the caller's place meanwhile.
    pub(crate) fn reserve_within(&self, timeout: Option<Duration>) -> Result<usize, Refusal> {
        {
            let mut state = self.lock();
            match self.reserve_in(&mut state) {
                Err(Refusal::Full) => state.places.block(),
                outcome => return outcome,
            }
        }
        let gives_up = GivesUp(self);
        let admitted = {
            let _lent = lend(0);
            self.room.acquire_timeout(timeout.unwrap_or(Duration::MAX))
        };
        std::mem::forget(gives_up);
        let mut state = self.lock();
        if !takes(admitted.ok(), &self.room, || state.places.unblock()) {
            state.counts.rejected += 1;
            return Err(Refusal::Full);
        }
        if state.is_closed {
            state.places.cancel_reservation();
            state.counts.rejected += 1;
            self.settle(state);
            return Err(Refusal::Closed);
        }
        Ok(state.open_slot())
    }
}

/// Has one who has waited take its permit: the one that it comes with, or that was given in the last moment. False: it gives
/// up.
///
/// Called with the lock held, under which permits are given, each to one who is counted until then. So who cannot be taken off
/// the count any more has a permit, even if there seems to be none: while another one is about to take its own, `try_acquire`
/// takes none.
pub(crate) fn takes(
    permit: Option<Permit<'_>>,
    permits: &Semaphore,
    mut gives_up: impl FnMut() -> bool,
) -> bool {
    let mut permit = permit.or_else(|| permits.try_acquire());
    while permit.is_none() {
        if gives_up() {
            return false;
        }
        std::thread::yield_now();
        permit = permits.try_acquire();
    }
    permit.into_iter().for_each(Permit::forget);
    true
}

/// Waits for room no more: the wait has panicked.
struct GivesUp<'a>(&'a Shared);

impl Drop for GivesUp<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if takes(None, &self.0.room, || state.places.unblock()) {
            state.places.cancel_reservation();
            self.0.settle(state);
        }
    }
}
