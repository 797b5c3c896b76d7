//! The run queue against lists, with std's atomics: one thread, long random sequences, and rings of two sizes.
//! The interleavings are the business of the models.
#![allow(
    clippy::duplicate_mod,
    reason = "the queue and its test are compiled once for each size of the ring"
)]

mod as_shipped;
mod small;
