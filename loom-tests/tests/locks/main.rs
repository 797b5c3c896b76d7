//! Loom models of the locks: on the production files, which must pass, and on mutants of them, which must fail. As in
//! `tests/models`.
#![allow(
    clippy::duplicate_mod,
    reason = "a model is compiled beside the production files and again beside each mutant that it must notice"
)]

mod atomic;
mod production;

include!(concat!(env!("OUT_DIR"), "/mutants_of_locks.rs"));
