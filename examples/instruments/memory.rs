//! How much memory a process takes, as the kernel counts it.

use std::fs;
use std::io;

/// What this process takes at one moment.
///
/// The resident set alone flatters whatever is spread over much address space, as stacks are: each page needs an
/// entry in a page table, and a table of 4096 bytes serves only 2 MiB of addresses. So both are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// Bytes of physical memory that are mapped in.
    pub resident: u64,
    /// Bytes of page tables.
    pub page_tables: u64,
}

impl Memory {
    /// Reads it from /proc. With many gigabytes mapped this takes the kernel some hundred milliseconds.
    ///
    /// # Errors
    /// /proc is not mounted.
    pub fn now() -> io::Result<Memory> {
        let status = fs::read_to_string("/proc/self/status")?;
        // The sum over all mappings is exact. VmRSS is not (each CPU keeps up to some dozen pages in a counter of its
        // own), but there are kernels built without the other.
        let rollup = fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
        let resident = kilobytes(&rollup, "Rss").or_else(|| kilobytes(&status, "VmRSS"));
        let page_tables = kilobytes(&status, "VmPTE");
        Ok(Memory { resident: resident.unwrap_or(0), page_tables: page_tables.unwrap_or(0) })
    }

    /// What has been added since `earlier`.
    pub fn since(self, earlier: Memory) -> Memory {
        Memory {
            resident: self.resident.saturating_sub(earlier.resident),
            page_tables: self.page_tables.saturating_sub(earlier.page_tables),
        }
    }

    /// The share of each of `count`.
    pub fn divided_by(self, count: usize) -> Memory {
        let count = count.max(1) as u64;
        Memory { resident: self.resident / count, page_tables: self.page_tables / count }
    }

    /// Both together.
    pub fn total(self) -> u64 {
        self.resident + self.page_tables
    }

    /// How many mappings the process has; `vm.max_map_count` limits them, to 65,530 unless someone has changed it.
    ///
    /// # Errors
    /// /proc is not mounted.
    pub fn mappings() -> io::Result<usize> {
        Ok(fs::read_to_string("/proc/self/maps")?.lines().count())
    }
}

/// Bytes that the machine can still give to programs without swapping; `None` if the kernel does not say.
pub fn available() -> Option<u64> {
    kilobytes(&fs::read_to_string("/proc/meminfo").ok()?, "MemAvailable")
}

/// The field `name` of lines like `VmRSS:      5124 kB`, in bytes.
fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let number: u64 = value.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    Some(number * 1024)
}

#[cfg(test)]
mod tests {
    use super::{Memory, kilobytes};

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let text = "VmRSSx:\t1 kB\nVmRSS:\t   12 kB\nThreads:\t3\n";
        assert_eq!(kilobytes(text, "VmRSS"), Some(12 * 1024));
        assert_eq!(kilobytes(text, "Threads"), None);
        assert_eq!(kilobytes(text, "Rss"), None);
    }

    #[test]
    fn touched_pages_are_counted() {
        let before = Memory::now().unwrap();
        let touched = vec![1_u8; 32 << 20];
        let added = Memory::now().unwrap().since(before);
        assert!(added.resident >= 30 << 20, "{added:?} for {} bytes", touched.len());
        assert!(Memory::mappings().unwrap() > 0);
    }
}
