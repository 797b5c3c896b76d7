//! What the protocols of channels and locks use of the runtime.

pub(crate) use super::event::Event;
pub(crate) use super::list::{Node, Partner, State, WaitList};
pub(crate) use super::spin::Lock;
pub(crate) use crate::coroutine::entry::{Claimed, Ticket};
pub(crate) use crate::sched::ready::hand_on;
pub(crate) use std::sync::atomic::{AtomicBool, Ordering};
