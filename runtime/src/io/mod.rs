//! Blocking-style I/O on descriptors that must not block: what `gopark-net` stands on.

mod on_thread;
mod source;

pub use source::{Direction, Source};
