//! Memory mappings of the process: how many there are, how many may be, and using them up.

use std::fs;
use std::ptr;

const PAGE: usize = 4096;

/// How many the process has.
pub(crate) fn count() -> usize {
    fs::read_to_string("/proc/self/maps").unwrap().lines().count()
}

/// How many the kernel grants (`vm.max_map_count`).
pub(crate) fn limit() -> usize {
    fs::read_to_string("/proc/sys/vm/max_map_count").unwrap().trim().parse().unwrap()
}

/// Whether `MADV_GUARD_INSTALL` exists: since Linux 6.13.
pub(crate) fn kernel_has_light_guards() -> bool {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers = release.split(['.', '-']).map(|part| part.trim().parse::<u32>().unwrap_or(0));
    (numbers.next(), numbers.next()) >= (Some(6), Some(13))
}

/// Mappings that are there for nothing but their number. Dropping it gives them back.
pub(crate) struct Ballast {
    address: *mut libc::c_void,
    len: usize,
}

impl Ballast {
    /// At least `count` of them: pages whose neighbours have other permissions.
    pub(crate) fn new(count: usize) -> Ballast {
        let len = count * PAGE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a new mapping at an address of the kernel's choice aliases nothing.
        let address = unsafe { libc::mmap(ptr::null_mut(), len, libc::PROT_NONE, flags, -1, 0) };
        assert_ne!(address, libc::MAP_FAILED);
        for page in (0..count).step_by(2) {
            // SAFETY: inside the mapping above, which nobody touches.
            let split = unsafe { libc::mprotect(address.byte_add(page * PAGE), PAGE, libc::PROT_READ) };
            assert_eq!(split, 0, "{}", std::io::Error::last_os_error());
        }
        Ballast { address, len }
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        // SAFETY: mapped in `new` and known to nobody else.
        assert_eq!(unsafe { libc::munmap(self.address, self.len) }, 0);
    }
}
