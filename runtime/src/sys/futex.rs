//! Blocking a plain thread on the low half of a 64-bit word.
#![allow(unsafe_code)]

use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use super::clock::{NEVER, Nanos};

/// The address that the kernel compares: the half that holds the low 32 bits.
fn low_half(word: &AtomicU64) -> *const u32 {
    let halves = ptr::from_ref(word).cast::<u32>();
    if cfg!(target_endian = "little") { halves } else { halves.wrapping_add(1) }
}

/// Sleeps while the low half of `word` is that of `seen`, until woken or `deadline` (CLOCK_MONOTONIC). May
/// return early.
pub(crate) fn wait(word: &AtomicU64, seen: u64, deadline: Nanos) {
    if word.load(Ordering::Acquire) != seen {
        return;
    }
    let until = libc::timespec {
        tv_sec: (deadline / 1_000_000_000) as i64,
        tv_nsec: (deadline % 1_000_000_000) as i64,
    };
    let until = if deadline == NEVER { ptr::null() } else { ptr::from_ref(&until) };
    // FUTEX_WAIT_BITSET takes an absolute deadline on the monotonic clock (futex(2)).
    // SAFETY: the address is that of a live, aligned word; the kernel only reads it, atomically; `until` is
    // null or points to a timespec that outlives the call.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            low_half(word),
            libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG,
            seen as u32,
            until,
            ptr::null::<u32>(),
            libc::FUTEX_BITSET_MATCH_ANY,
        );
    }
}

/// Wakes the thread that sleeps on `word`.
pub(crate) fn wake(word: &AtomicU64) {
    // SAFETY: FUTEX_WAKE uses the address only as a key; the word is live.
    unsafe {
        libc::syscall(libc::SYS_futex, low_half(word), libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, 1);
    }
}
