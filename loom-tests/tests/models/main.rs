//! Loom models of the lock-free protocols: on the production files, which must pass, and on mutants of them, which
//! must fail. See the library's documentation for where what is.
#![allow(
    clippy::duplicate_mod,
    reason = "a model is compiled beside the production files and again beside each mutant that it must notice"
)]

mod atomic;
mod production;

include!(concat!(env!("OUT_DIR"), "/mutants.rs"));
