//! Blocking-style I/O on non-blocking sources: the face that `gopark-net` stands on.
mod source;

pub use source::{Direction, Source};
