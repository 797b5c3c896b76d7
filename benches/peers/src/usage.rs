//! What a process takes.

use std::fs;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What this one takes.
pub struct Usage {
    /// Resident, and the page tables for it.
    pub bytes: f64,
    pub mappings: f64,
}

impl Usage {
    pub fn now() -> Usage {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let kib = |name: &str| -> f64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
        };
        let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
        Usage { bytes: (kib("VmRSS:") + kib("VmPTE:")) * 1024.0, mappings: maps.lines().count() as f64 }
    }
}

/// What it has had of the processors.
pub fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
