//! Address space: reserving, opening, guarding and giving back pages.
#![allow(unsafe_code)]

use std::io;
use std::ptr;

/// `MADV_GUARD_INSTALL`, Linux 6.13: a guard without a mapping of its own (`madvise(2)`).
const MADV_GUARD_INSTALL: libc::c_int = 102;

/// A page of the supported targets. (Larger pages on some aarch64 kernels are refused at start.)
pub(crate) const PAGE: usize = 4096;

fn check(result: libc::c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Reserves `len` bytes of address space that nobody can touch and that cost nothing.
pub(crate) fn reserve(len: usize) -> io::Result<usize> {
    // SAFETY: a new private anonymous mapping at an address of the kernel's choice aliases nothing.
    let address = unsafe {
        libc::mmap(
            ptr::null_mut(),
            len,
            libc::PROT_NONE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    if address == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(address as usize) }
}

/// Gives a reservation of [`reserve`] back.
///
/// # Safety
/// Nothing may use the range any more.
pub(crate) unsafe fn release(address: usize, len: usize) {
    // SAFETY: the caller's promise. A failure leaves the range reserved, which harms nobody.
    unsafe { libc::munmap(address as *mut libc::c_void, len) };
}

/// Makes reserved pages readable and writable; they stay untouched, and free, until first use.
///
/// # Safety
/// The range lies in a reservation of [`reserve`].
pub(crate) unsafe fn open(address: usize, len: usize) -> io::Result<()> {
    // SAFETY: the caller's promise; more access cannot break what already has access.
    check(unsafe { libc::mprotect(address as *mut libc::c_void, len, libc::PROT_READ | libc::PROT_WRITE) })
}

/// Makes pages fault on every access, within their mapping: 0.5 us each in a batch, alone 0.8 us.
///
/// # Safety
/// The ranges lie in a reservation of [`reserve`], are open, and nothing in them is in use.
pub(crate) unsafe fn install_guards(ranges: &[Pages]) -> io::Result<()> {
    // SAFETY: the caller's promise. Those that have a guard keep it.
    unsafe { advise(ranges, MADV_GUARD_INSTALL) }
}

/// Keeps transparent huge pages away: one touched page of a stack must not become two megabytes.
///
/// # Safety
/// The range lies in a reservation of [`reserve`].
pub(crate) unsafe fn forbid_huge_pages(address: usize, len: usize) {
    // Without CONFIG_TRANSPARENT_HUGEPAGE this fails with EINVAL, and there is nothing to forbid.
    // SAFETY: the advice changes no content.
    unsafe { libc::madvise(address as *mut libc::c_void, len, libc::MADV_NOHUGEPAGE) };
}

/// A range of whole pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pages {
    pub(crate) address: usize,
    pub(crate) len: usize,
}

/// How many ranges one call deals with at best.
pub(crate) const ADVISE_BATCH: usize = 64;

/// Drops the content of `ranges` and returns their memory to the kernel: 1 us each in a batch, because the
/// other CPUs are told once (alone: 2 to 19 us each).
///
/// # Safety
/// The ranges lie in a reservation of [`reserve`], are open, and nobody needs their content or touches them
/// until the call returns.
pub(crate) unsafe fn discard(ranges: &[Pages]) {
    // SAFETY: the caller's promise. A failure keeps the memory, no more.
    let _ = unsafe { advise(ranges, libc::MADV_DONTNEED) };
}

/// Gives one advice for all of `ranges`, in batches where the kernel takes them so, else one by one.
///
/// # Errors
/// The first one; the others are advised all the same.
///
/// # Safety
/// The ranges lie in a reservation of [`reserve`], and what the advice does to them, be it twice, is what the caller may do.
unsafe fn advise(ranges: &[Pages], advice: libc::c_int) -> io::Result<()> {
    let mut advised = Ok(());
    for batch in ranges.chunks(ADVISE_BATCH) {
        // SAFETY: the caller's promise.
        if unsafe { advise_at_once(batch, advice) } {
            continue;
        }
        for range in batch {
            // SAFETY: the caller's promise.
            let one = unsafe { libc::madvise(range.address as *mut libc::c_void, range.len, advice) };
            advised = advised.and(check(one));
        }
    }
    advised
}

/// The same for at most [`ADVISE_BATCH`] ranges, in one call. False: not for all of them, or for none.
///
/// # Safety
/// As for `advise`.
unsafe fn advise_at_once(ranges: &[Pages], advice: libc::c_int) -> bool {
    // Of Linux 6.14; any advice for oneself is of Linux 6.13.
    const PIDFD_SELF: libc::c_long = -10000;
    let mut vectors = [libc::iovec { iov_base: ptr::null_mut(), iov_len: 0 }; ADVISE_BATCH];
    for (vector, range) in vectors.iter_mut().zip(ranges) {
        *vector = libc::iovec { iov_base: range.address as *mut libc::c_void, iov_len: range.len };
    }
    // SAFETY: the vectors describe ranges of which the caller has promised that.
    let advised = unsafe {
        libc::syscall(libc::SYS_process_madvise, PIDFD_SELF, vectors.as_ptr(), ranges.len(), advice, 0)
    };
    let wanted: usize = ranges.iter().map(|range| range.len).sum();
    advised == wanted as libc::c_long
}

/// Whether the page at `address` is in memory; `None` where that cannot be told. Not for one in swap space.
pub(crate) fn is_touched(address: usize) -> Option<bool> {
    let mut residence = 0;
    // SAFETY: it reads no memory of ours and writes the one byte that belongs to one page.
    let answered = unsafe { libc::mincore(address as *mut libc::c_void, PAGE, &raw mut residence) };
    (answered == 0).then_some(residence & 1 != 0)
}

/// How many mappings the kernel grants a process (`vm.max_map_count`).
pub(crate) fn max_mappings() -> usize {
    const KERNEL_DEFAULT: usize = 65_530;
    let text = std::fs::read_to_string("/proc/sys/vm/max_map_count").unwrap_or_default();
    text.trim().parse().unwrap_or(KERNEL_DEFAULT)
}
