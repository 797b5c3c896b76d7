//! The netpoller: sockets that coroutines wait for, watched by epoll, one instance for each machine.
//!
//! **Invariant:** it knows tickets and returns runnables; it queues nothing and knows no scheduler.

mod crowd;
mod watch;

pub(crate) use crate::sys::epoll::Interest;
pub(crate) use watch::{Side, Watch, evacuate, poll};
