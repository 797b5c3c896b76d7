//! How busy a runtime is.

use gopark::runtime::Runtime;

pub(crate) use crate::parked::{parks, until_parked};

/// Looks of `runtime` for sockets that are ready.
pub(crate) fn polls(runtime: &Runtime) -> u64 {
    runtime.metrics().machines.iter().map(|machine| machine.polls).sum()
}
