//! Making coroutines, and waiting for their end.

mod builder;
mod entered;
mod handle;
mod held;
mod make;
mod seat;
pub(crate) mod threads;

pub(crate) use builder::NO_RUNTIME;
pub(crate) use builder::spawn_static;
pub use builder::{Builder, go, no_coroutine};
pub use entered::EnterGuard;
pub(crate) use entered::{current_scheduler, enter};
pub use handle::JoinHandle;
pub use held::{Held, Starter};
pub(crate) use make::{Plan, join_as, spawn_in};
pub(crate) use seat::Seat;
