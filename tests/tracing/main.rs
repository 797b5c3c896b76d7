//! The feature `tracing`: a coroutine's spans are its own, whoever runs on its thread meanwhile.
//!
//! `cargo test --features tracing --test tracing`

#[path = "../harness/homed.rs"]
mod homed;
#[path = "../harness/migrating.rs"]
mod migrating;

mod kept;
mod sight;
