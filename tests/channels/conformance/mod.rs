//! What both crossbeam's channels and ours do. The root of the test says which of the two `crate::subject` is.

mod capacities;
mod errors;
mod handles;
mod iterating;
mod lengths;
mod receiving;
mod sending;
mod timeouts;
