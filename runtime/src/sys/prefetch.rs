//! Asking the CPU for memory before it is needed.
#![allow(unsafe_code)]

/// A line of the caches, as the processors have them that this is for.
pub(crate) const LINE: usize = 64;

/// Has the line that `address` lies on fetched, if it can be: a hint, which never faults (Intel SDM, PREFETCHh; Arm ARM,
/// PRFM).
#[inline(always)]
pub(crate) fn prefetch(address: usize) {
    // SAFETY: reads nothing that the program could see, whatever the address.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::without_provenance(address));
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        std::arch::asm!("prfm pldl1keep, [{}]", in(reg) address, options(nostack, preserves_flags, readonly));
    }
}
