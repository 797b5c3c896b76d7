//! gopark.
#![forbid(unsafe_code)]
pub use gopark_net as net;
