//! Pinning the calling thread to a CPU.

use std::io;
use std::sync::OnceLock;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Where the first thread that was pinned might run before.
static BEFORE: OnceLock<CpuSet> = OnceLock::new();

/// Binds the calling thread to the `nth` of the CPUs that it may run on (counted round).
pub(crate) fn pin_to_nth_cpu(nth: usize) -> io::Result<()> {
    let allowed = sched_getaffinity(None)?;
    let cpus: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|&cpu| allowed.is_set(cpu)).collect();
    if cpus.is_empty() {
        return Ok(());
    }
    BEFORE.get_or_init(|| allowed);
    let mut one = CpuSet::new();
    one.set(cpus[nth % cpus.len()]);
    sched_setaffinity(None, &one)?;
    Ok(())
}

/// Lets the calling thread, which may have been made by a pinned one, run where threads did before any was pinned.
pub(crate) fn unpin() -> io::Result<()> {
    match BEFORE.get() {
        Some(before) => Ok(sched_setaffinity(None, before)?),
        None => Ok(()),
    }
}
