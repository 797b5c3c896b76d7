//! The one point that every scheduling transition passes.

mod counters;

pub(crate) use counters::{Counters, Transition};
