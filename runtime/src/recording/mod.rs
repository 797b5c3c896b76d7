//! Traces as user code and the environment ask for them.

mod calls;
mod session;
mod span;

pub use calls::{flight_recorder, snapshot, start, stop};
pub(crate) use session::Session;
pub use span::{Span, span};
