//! The one point that every scheduling transition passes, and what is measured there.

mod buckets;
mod counters;
mod histogram;
mod recorder;

pub(crate) use counters::{Counters, Transition};
pub use histogram::Histogram;
pub(crate) use recorder::{Recorder, Timings};
