//! Knowing that coroutines wait, and letting threads wait.

use crate::eventually::eventually;
use gopark::runtime::Runtime;
use std::sync::mpsc::Receiver;

/// Waits that have begun in `runtime`.
fn parks(runtime: &Runtime) -> u64 {
    runtime.metrics().machines.iter().map(|machine| machine.parks).sum()
}

/// Returns when so many waits have begun in `runtime`.
#[track_caller]
pub(crate) fn until_parked(runtime: &Runtime, waits: u64) {
    eventually("all of them wait", || parks(runtime) >= waits);
}

/// Returns when so many coroutines have started in `runtime`.
#[track_caller]
pub(crate) fn until_started(runtime: &Runtime, count: u64) {
    let started = || runtime.metrics().machines.iter().map(|machine| machine.started).sum::<u64>();
    eventually("all of them start", || started() >= count);
}

/// Blocks the thread until the sender is dropped.
pub(crate) fn until_gone(sender: &Receiver<()>) {
    assert!(sender.recv().is_err(), "nothing is sent");
}
