//! What the protocols of this folder use of the runtime. The loom models put another file in its place.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

pub(crate) use super::spin::{Guard, Lock};
pub(crate) use crate::coroutine::awaits::{Awaited, Awaits};
pub(crate) use crate::coroutine::entry::{Claimed, Ticket};
pub(crate) use crate::lockfree::status::Wait;
pub(crate) use crate::park::cancellation::{Caller, check};
pub(crate) use crate::park::sections;
pub(crate) use crate::park::waiter::Waiter;
pub(crate) use crate::sched::ready::hand_on;
pub(crate) use crate::sys::clock::{self, NEVER, Nanos};
pub(crate) use crate::sys::random;
