//! The threads of this process, as the kernel sees them. For tests in a process of their own.

use std::collections::BTreeMap;
use std::fs;

/// How many there are.
pub(crate) fn count() -> usize {
    fs::read_dir("/proc/self/task").expect("Linux").count()
}

/// How often each has been switched to, by name and number.
pub(crate) fn switches() -> BTreeMap<String, u64> {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux");
    let ids = tasks.map(|task| task.expect("a thread").file_name().to_string_lossy().into_owned());
    ids.filter_map(|id| {
        // A thread may end between the listing and the reading.
        let status = fs::read_to_string(format!("/proc/self/task/{id}/status")).ok()?;
        let name = status.lines().find_map(|line| line.strip_prefix("Name:\t"))?;
        let counts = status.lines().filter(|line| line.contains("voluntary_ctxt_switches"));
        let sum = counts.filter_map(|line| line.split_whitespace().last()?.parse::<u64>().ok()).sum();
        Some((format!("{name} ({id})"), sum))
    })
    .collect()
}
