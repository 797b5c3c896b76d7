//! What the protocols of this folder use of the runtime.

pub(crate) use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) use super::spin::{Guard, Lock};
pub(crate) use crate::coroutine::entry::{Claimed, Ticket};
pub(crate) use crate::sched::ready::hand_on;
