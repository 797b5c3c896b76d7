//! Waiting: leaving the stack until somebody calls.

pub(crate) mod sections;
pub(crate) mod token;
pub(crate) mod waiter;
pub(crate) mod yielding;
