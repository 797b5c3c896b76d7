//! How many wait.

use crate::eventually::eventually;
use gopark::runtime::Runtime;

/// Waits that have begun in `runtime`.
pub(crate) fn parks(runtime: &Runtime) -> u64 {
    runtime.metrics().machines.iter().map(|machine| machine.parks).sum()
}

/// Returns when so many waits have begun in `runtime`.
#[track_caller]
pub(crate) fn until_parked(runtime: &Runtime, waits: u64) {
    eventually("all of them wait", || parks(runtime) >= waits);
}
