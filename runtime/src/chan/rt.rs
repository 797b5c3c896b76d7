//! What the protocol of channels uses of the runtime.

pub(super) use crate::wait::event::{Ended, Event, wait_as};
pub(super) use crate::wait::list::{Node, Partner, State, WaitList};
pub(super) use crate::wait::rt::{AtomicBool, Claimed, Guard, Lock, Ordering, Ticket, hand_on};
