//! The guard at the bottom of each slot, in one of two ways.
#![allow(unsafe_code)]

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::arena::Slot;
use crate::sys::memory::{self, PAGE, Pages};

/// Chooses the way by hand: `madvise` or `mprotect`.
const OVERRIDE: &str = "GOPARK_STACK_GUARD";

/// Mappings that the rest of the process may want.
const SPARE_MAPPINGS: usize = 1024;

/// How guards are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GuardKind {
    /// `MADV_GUARD_INSTALL`: a million guarded stacks are one mapping.
    Madvise,
    /// A mapping for each stack and one for each guard, within `vm.max_map_count`.
    Mprotect,
}

static KIND: OnceLock<GuardKind> = OnceLock::new();

/// Finds out once a process what is wished, and else what the kernel can do. The first thing to do with stacks.
pub(super) fn choose() -> io::Result<()> {
    if KIND.get().is_some() {
        return Ok(());
    }
    let kind = match std::env::var_os(OVERRIDE) {
        None if probe() => GuardKind::Madvise,
        None => GuardKind::Mprotect,
        Some(wish) if wish == "mprotect" => GuardKind::Mprotect,
        Some(wish) if wish == "madvise" => GuardKind::Madvise,
        Some(wish) => {
            let message = format!("{OVERRIDE}={} is neither madvise nor mprotect", wish.display());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
    };
    KIND.get_or_init(|| kind);
    Ok(())
}

/// How guards are made in this process.
pub(super) fn kind() -> GuardKind {
    *KIND.get().expect("nobody has stacks before `choose`")
}

/// Installs a guard on a page of its own. Refused before Linux 6.13, and on locked memory (`mlockall`).
fn probe() -> bool {
    let Ok(page) = memory::reserve(PAGE) else { return false };
    // SAFETY: the page was reserved here and nobody else knows it.
    unsafe {
        let guard = [Pages { address: page, len: PAGE }];
        let granted = memory::open(page, PAGE).and_then(|()| memory::install_guards(&guard)).is_ok();
        memory::release(page, PAGE);
        granted
    }
}

/// Slots that have mappings of their own.
static MAPPED_SLOTS: AtomicUsize = AtomicUsize::new(0);

/// Makes neighbouring slots from `first` usable, with their guards.
pub(super) fn open(first: Slot, count: u32) -> io::Result<()> {
    let size = first.class.size();
    match kind() {
        GuardKind::Madvise => {
            // SAFETY: slots that were never handed out, inside the reservation.
            unsafe { memory::open(first.bottom(), count as usize * size) }.map_err(no_memory)?;
            let bottoms = (0..count as usize).map(|i| first.bottom() + i * size);
            let guards: Vec<_> = bottoms.map(|address| Pages { address, len: first.class.guard() }).collect();
            // SAFETY: as above; the guard is the bottom of such a slot.
            unsafe { memory::install_guards(&guards) }.map_err(no_memory)?;
        }
        GuardKind::Mprotect => {
            let limit = memory::max_mappings();
            for i in 0..count as usize {
                let mapped = MAPPED_SLOTS.fetch_add(1, Ordering::Relaxed) + 1;
                // Each stack lies between two guards, which stay PROT_NONE: two mappings for a slot.
                let opened = if 2 * mapped + SPARE_MAPPINGS > limit {
                    Err(too_many_mappings(mapped - 1, limit))
                } else {
                    let floor = first.floor() + i * size;
                    // SAFETY: the part above the guard of a slot that was never handed out.
                    unsafe { memory::open(floor, size - first.class.guard()) }.map_err(|error| {
                        let by_others = error.raw_os_error() == Some(libc::ENOMEM);
                        if by_others { too_many_mappings(mapped - 1, limit) } else { error }
                    })
                };
                if let Err(error) = opened {
                    MAPPED_SLOTS.fetch_sub(1, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
    }
    Ok(())
}

/// What ENOMEM means where all stacks share a mapping.
fn no_memory(error: io::Error) -> io::Error {
    if error.raw_os_error() != Some(libc::ENOMEM) {
        return error;
    }
    let message = "no room for another stack: the kernel grants no more address space (ulimit -v, \
                   vm.overcommit_memory, vm.max_map_count)";
    io::Error::new(io::ErrorKind::OutOfMemory, message)
}

fn too_many_mappings(stacks: usize, limit: usize) -> io::Error {
    let message = format!(
        "no room for another stack: this kernel has no MADV_GUARD_INSTALL (Linux 6.13), so each stack takes two \
         memory mappings, and {stacks} stacks, with what else the process has, have used up \
         vm.max_map_count = {limit}; raise it with `sysctl -w vm.max_map_count={}`",
        (limit * 16).max(1 << 20)
    );
    io::Error::new(io::ErrorKind::OutOfMemory, message)
}
