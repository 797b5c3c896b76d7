//! A bounded pool of coroutines.
//!
//! Users take the crate `gopark`, which has this one as `gopark::pool`.
#![forbid(unsafe_code)]

mod builder;
mod close;
mod each;
mod errors;
mod group;
mod leaks;
mod places;
mod pool;
mod reporter;
mod room;
mod scope;
mod shared;
mod stats;
mod submit;
mod task;
mod try_scope;

pub use builder::Builder;
pub use close::Closed;
pub use errors::{SubmitTimeoutError, TrySubmitError};
pub use pool::Pool;
pub use scope::Scope;
pub use stats::Stats;
pub use try_scope::TryScope;
