//! Calls that block: made on helper threads, so that the worker goes on.

mod call;
mod job;
mod threads;

pub use call::blocking;
pub(crate) use call::blocking_if_possible;
