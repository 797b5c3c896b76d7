//! Loom models of a pool's places: on the production file, which must pass, and on mutants of it, which must fail. As in
//! `tests/models`.
#![allow(
    clippy::duplicate_mod,
    reason = "a model is compiled beside the production files and again beside each mutant that it must notice"
)]

#[path = "../locks/atomic.rs"]
mod atomic;
mod production;

include!(concat!(env!("OUT_DIR"), "/mutants_of_places.rs"));
