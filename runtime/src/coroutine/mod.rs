//! What a coroutine is made of.
//!
//! | part | where | lives | who touches it |
//! |---|---|---|---|
//! | [`Entry`](entry::Entry) | side table, 64 bytes | for ever; tenants change | wakers, handles, its machine |
//! | [`Body`](body) | heap | until it has ended and its handle is gone | the starter, the joiner |
//! | [`Record`](record::Record) | top of its stack's slot | while it is started | its machine, itself |
//!
//! **Invariant:** nothing here queues a coroutine. Ending a wait yields a [`Runnable`](entry::Runnable), and the
//! scheduler, two floors up, is the only one who takes them.

pub(crate) mod ambient;
pub(crate) mod awaits;
pub(crate) mod birth;
pub(crate) mod body;
pub(crate) mod cancelled;
pub(crate) mod entry;
pub(crate) mod glimpse;
pub(crate) mod handle;
pub(crate) mod home;
pub(crate) mod local;
pub(crate) mod locals;
pub(crate) mod overflow;
pub(crate) mod record;
mod rooms;
mod seen;
pub(crate) mod start;
pub(crate) mod switch;
pub(crate) mod switch_depth;
