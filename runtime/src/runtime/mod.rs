//! Runtimes: starting machines, running programs on them, stopping them.

mod builder;
mod instance;
mod metrics;
mod run;
mod schedtrace;
mod shutdown;
mod stall_report;

pub use builder::Builder;
pub use instance::Runtime;
#[cfg(feature = "prometheus")]
pub use metrics::prometheus_of;
pub use metrics::{MachineMetrics, Metrics, metrics};
pub use run::run;
pub use shutdown::{Abandoned, Shutdown};
