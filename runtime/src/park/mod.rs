//! Waiting: leaving the stack until somebody calls.

pub(crate) mod ambient;
pub(crate) mod cancellation;
pub(crate) mod done;
pub(crate) mod lending;
pub(crate) mod sections;
#[cfg(feature = "tracing")]
mod spans;
pub(crate) mod suspension;
mod thread;
pub(crate) mod token;
pub(crate) mod waiter;
pub(crate) mod yielding;
