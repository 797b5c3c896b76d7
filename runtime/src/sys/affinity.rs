//! Pinning the calling thread to a CPU.

use std::io;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Binds the calling thread to the `nth` of the CPUs that it may run on (counted round).
pub(crate) fn pin_to_nth_cpu(nth: usize) -> io::Result<()> {
    let allowed = sched_getaffinity(None)?;
    let cpus: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|&cpu| allowed.is_set(cpu)).collect();
    if cpus.is_empty() {
        return Ok(());
    }
    let mut one = CpuSet::new();
    one.set(cpus[nth % cpus.len()]);
    sched_setaffinity(None, &one)?;
    Ok(())
}
