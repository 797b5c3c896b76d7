//! Loom models of channels and of waiting for one or several events: on the production files, which must pass, and on
//! mutants of them, which must fail. As in `tests/models`.
//!
//! These files know one another, and their lists wait by an `rt` of the models. So beside a mutant of one they are all
//! there anew.
#![allow(
    clippy::duplicate_mod,
    reason = "a model is compiled beside the production files and again beside each mutant that it must notice"
)]

mod goods;
mod production;
