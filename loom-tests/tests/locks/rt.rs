//! The same names as in `runtime/src/sync/rt.rs`: waiting is a loom thread that sleeps.

pub(crate) use gopark_loom_tests::lock::Lock;
pub(crate) use gopark_loom_tests::waiting::{
    Claimed, NEVER, Nanos, SOON, Ticket, Wait, Waiter, abandoned, hand_on, now, reset,
};
pub(crate) use loom::sync::atomic::{AtomicU8, Ordering};

pub(crate) use super::awaits::{Awaited, Awaits};
pub(crate) use super::list::{Node, State, WaitList};

pub(crate) fn random_below(bound: Nanos) -> Nanos {
    bound
}

pub(crate) struct Spinning;

impl Spinning {
    pub(crate) const fn new() -> Spinning {
        Spinning
    }

    pub(crate) fn once(&mut self) -> bool {
        false
    }
}

/// Nobody looks from outside here.
pub(crate) struct Holder;

impl Holder {
    pub(crate) const fn nobody() -> Holder {
        Holder
    }

    pub(crate) fn is_here(&self) {}

    pub(crate) fn is_gone(&self) {}

    pub(crate) fn is_here_if(&self, taken: bool) -> bool {
        taken
    }
}
