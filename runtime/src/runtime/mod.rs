//! Runtimes: starting machines, running programs on them, stopping them.

mod builder;
mod instance;
mod metrics;
mod worker;

pub use builder::Builder;
pub use instance::{Runtime, run};
pub use metrics::{MachineMetrics, Metrics, metrics};
