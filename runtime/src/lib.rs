//! The runtime.
#![deny(unsafe_code)]
pub mod io;
mod timer;
