//! The same names as in `runtime/src/wait/rt.rs` and `runtime/src/chan/rt.rs`: waiting is a loom thread that sleeps.

pub(crate) use gopark_loom_tests::lock::{Guard, Lock};
pub(crate) use gopark_loom_tests::waiting::{
    Caller, Claimed, NEVER, Nanos, Ticket, Wait, Waiter, check, hand_on,
};
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU8, Ordering};
pub(crate) use loom::thread::yield_now;

pub(crate) use super::awaits::{Awaited, Awaits};
pub(crate) use super::event::{Ended, Event, wait_as};
pub(crate) use super::list::{Node, Partner, State, WaitList};

/// Small, so that a model can fill it.
pub(crate) const LEAST_PLACES: usize = 2;
pub(crate) const MOST_PLACES: usize = 2;
pub(crate) const OPENS_AT: usize = 1;

pub(crate) mod clock {
    pub(crate) use gopark_loom_tests::waiting::{NEVER, Nanos, now};

    pub(crate) fn is_past(deadline: Nanos) -> bool {
        deadline != NEVER && now() >= deadline
    }
}

pub(crate) mod random {
    /// The models say where a `select!` begins by the order of its arms.
    pub(crate) fn below(_: u64) -> u64 {
        0
    }
}

pub(crate) mod sections {
    pub(crate) fn is_inside() -> bool {
        false
    }
}

/// Handles are not modelled.
pub(crate) struct Ends;

impl Ends {
    pub(crate) fn new(_: Option<usize>, _: bool) -> Ends {
        Ends
    }
}
