//! Making coroutines, and waiting for their end.

mod builder;
mod entered;
mod handle;
mod make;
mod seat;

pub(crate) use builder::NO_RUNTIME;
pub(crate) use builder::spawn_static;
pub use builder::{Builder, go};
pub use entered::EnterGuard;
pub(crate) use entered::{current_scheduler, enter};
pub use handle::JoinHandle;
pub(crate) use make::{Plan, join_as, spawn_in};
pub(crate) use seat::Seat;
