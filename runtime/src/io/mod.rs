//! Blocking-style I/O on descriptors that must not block: what `gopark-net` stands on.

mod direction;
mod on_thread;
mod source;

pub use direction::Direction;
pub use source::Source;
