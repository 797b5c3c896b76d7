//! What the protocol of channels uses of the runtime, and its sizes. The loom models put another file in its place.

pub(super) use super::ends::Ends;
pub(super) use crate::park::waiter::Waiter;
pub(super) use crate::park::yielding::yield_now;
pub(super) use crate::wait::event::{Ended, Event, wait_as};
pub(super) use crate::wait::list::{Node, Partner, State, WaitList};
pub(super) use crate::wait::rt::{
    AtomicBool, Awaited, Awaits, Claimed, Guard, Lock, NEVER, Nanos, Ordering, Ticket, clock, hand_on,
};

/// Channels with so many places have an intake, which takes as many again.
pub(super) const LEAST_PLACES: usize = 64;
pub(super) const MOST_PLACES: usize = 1024;

/// It is opened where so many values lie ready.
pub(super) const OPENS_AT: usize = 8;
