//! What the process has of the kernel's: threads, descriptors, mappings.

use std::fs;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Footprint {
    pub(crate) threads: usize,
    pub(crate) descriptors: usize,
    pub(crate) mappings: usize,
}

impl Footprint {
    pub(crate) fn now() -> Footprint {
        let entries = |folder: &str| fs::read_dir(folder).expect("a folder of the kernel's").count();
        Footprint {
            threads: entries("/proc/self/task"),
            // One of them is that of the listing.
            descriptors: entries("/proc/self/fd") - 1,
            mappings: fs::read_to_string("/proc/self/maps").expect("the kernel's list").lines().count(),
        }
    }
}
