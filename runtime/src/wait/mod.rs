//! One abstraction under all waiting: what may happen is tried, announced, and taken back.
//!
//! An [`Event`](event::Event) is something that may happen for who waits: a value comes, a partner takes one, a socket
//! is ready. `event::wait` waits for one, and `event::select` for the first of several. Who makes it happen finds the
//! waiter in a [`WaitList`](list::WaitList), through a node that lies on the waiter's stack.
//!
//! Channels and locks are built on this folder and reach it as `rt`, so that a model can put another one in its place.

pub(crate) mod event;
pub(crate) mod list;
pub(crate) mod rt;
mod spin;
