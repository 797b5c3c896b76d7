//! What the protocol of channels uses of the runtime. The loom models put another file in its place.

pub(super) use super::ends::Ends;
pub(super) use crate::park::waiter::Waiter;
pub(super) use crate::park::yielding::yield_now;
pub(super) use crate::wait::event::{Ended, Event, wait_as};
pub(super) use crate::wait::list::{Node, Partner, State, WaitList};
pub(super) use crate::wait::rt::{
    AtomicBool, Awaited, Awaits, Claimed, Guard, Lock, NEVER, Nanos, Ordering, Ticket, clock, hand_on,
};
