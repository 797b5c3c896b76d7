//! What the process takes of the machine's memory, as the kernel counts it.

use std::fs;

/// Bytes that are resident, and the page tables that say where.
pub(crate) fn resident() -> u64 {
    // /proc/self/status would be cheaper, but its count lags behind by up to 64 pages for each thread.
    kibibytes("/proc/self/smaps_rollup", "Rss:") * 1024 + kibibytes("/proc/self/status", "VmPTE:") * 1024
}

fn kibibytes(path: &str, field: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(field)).expect(field);
    line.trim().trim_end_matches(" kB").parse().expect("a number of kibibytes")
}
