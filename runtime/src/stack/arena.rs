//! The reservation, and the geometry of slots in it.
#![allow(unsafe_code)]

use std::io;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::class::{CLASSES, SizeClass};
use crate::sys::memory::{self, PAGE, Pages};

/// No user address minus this is small: before the reservation is made, `slot_at` finds nothing.
const NOWHERE: usize = 1 << (usize::BITS - 1);

/// Regions of 1 TiB: a million stacks of 1 MiB. Where that much address space is not granted (RLIMIT_AS,
/// valgrind), smaller ones, down to 4 GiB.
const REGION_SHIFTS: std::ops::RangeInclusive<u32> = 32..=40;

static BASE: AtomicUsize = AtomicUsize::new(NOWHERE);
static REGION_SHIFT: AtomicU32 = AtomicU32::new(*REGION_SHIFTS.start());

/// Number of colours, and bytes between two of them. Stack tops at equal page offsets share the sets of the
/// caches: with 16 colours, resuming 4096 coroutines in turn costs 7 instead of 33 ns.
const COLOURS: usize = 16;
const COLOUR_STEP: usize = 64;

/// A place for one stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(super) class: SizeClass,
    pub(super) index: u32,
}

/// The slot that `address` lies in.
#[inline]
pub(crate) fn slot_at(address: usize) -> Option<Slot> {
    let offset = address.wrapping_sub(BASE.load(Ordering::Relaxed));
    let shift = REGION_SHIFT.load(Ordering::Relaxed);
    let region = offset >> shift;
    if region >= CLASSES {
        return None;
    }
    let class = SizeClass::from_region(region);
    let index = (offset & ((1 << shift) - 1)) >> class.bits();
    Some(Slot { class, index: index as u32 })
}

/// The [`ceiling`](Slot::ceiling) of the slot that `address` lies in. Every suspension point asks: 15 instructions.
#[inline(always)]
pub(crate) fn ceiling_at(address: usize) -> Option<usize> {
    let offset = address.wrapping_sub(BASE.load(Ordering::Relaxed));
    let region = offset >> REGION_SHIFT.load(Ordering::Relaxed);
    if region >= CLASSES {
        return None;
    }
    let bits = SizeClass::from_region(region).bits();
    // Slots are aligned to their size. Of the index only the low bits count, which the region does not touch.
    let top = (address | ((1 << bits) - 1)) + 1;
    Some(top - colour(offset >> bits))
}

/// Bytes that stay unused above the tenant of slot number `index`.
#[inline]
fn colour(index: usize) -> usize {
    index.wrapping_mul(7) % COLOURS * COLOUR_STEP
}

impl Slot {
    pub(crate) fn class(self) -> SizeClass {
        self.class
    }

    /// The lowest address, where the guard begins.
    #[inline]
    pub(crate) fn bottom(self) -> usize {
        let region = self.class.index() << REGION_SHIFT.load(Ordering::Relaxed);
        BASE.load(Ordering::Relaxed) + region + ((self.index as usize) << self.class.bits())
    }

    /// The address below which the tenant may put things: the top, less the colour. A multiple of 64.
    #[inline]
    pub(crate) fn ceiling(self) -> usize {
        self.bottom() + self.class.size() - colour(self.index as usize)
    }

    /// The lowest address of the stack proper, above the guard.
    pub(crate) fn floor(self) -> usize {
        self.bottom() + self.class.guard()
    }

    /// The pages that hold nothing while the `in_use` bytes below `stack_pointer` are the lowest that do.
    pub(crate) fn pages_below(self, stack_pointer: usize, in_use: usize) -> Option<Pages> {
        let end = (stack_pointer - in_use) & !(PAGE - 1);
        let floor = self.floor();
        (end > floor).then(|| Pages { address: floor, len: end - floor })
    }

    /// All pages of the stack proper.
    pub(super) fn pages(self) -> Pages {
        Pages { address: self.floor(), len: self.class.size() - self.class.guard() }
    }
}

/// How many slots a class has.
pub(super) fn capacity(class: SizeClass) -> u32 {
    1 << (REGION_SHIFT.load(Ordering::Relaxed) - class.bits())
}

/// Makes the reservation, once a process.
pub(super) fn ensure_reserved() -> io::Result<()> {
    static RESERVING: Mutex<()> = Mutex::new(());
    if BASE.load(Ordering::Acquire) != NOWHERE {
        return Ok(());
    }
    let _one_at_a_time = RESERVING.lock();
    if BASE.load(Ordering::Acquire) != NOWHERE {
        return Ok(());
    }
    if rustix::param::page_size() != PAGE {
        let message = format!("pages of {} bytes; gopark knows those of {PAGE}", rustix::param::page_size());
        return Err(io::Error::new(io::ErrorKind::Unsupported, message));
    }
    // So that every slot is aligned to its size (`ceiling_at`).
    let align = SizeClass::all().map(SizeClass::size).max().unwrap_or(PAGE);
    let mut refusal = None;
    for shift in REGION_SHIFTS.rev() {
        let len = CLASSES << shift;
        match memory::reserve(len + align) {
            Ok(address) => {
                let base = address.next_multiple_of(align);
                // SAFETY: base..base + len lies in the reservation.
                unsafe { memory::forbid_huge_pages(base, len) };
                REGION_SHIFT.store(shift, Ordering::Relaxed);
                BASE.store(base, Ordering::Release);
                return Ok(());
            }
            Err(error) => refusal = Some(error),
        }
    }
    let reason = refusal.map(|error| error.to_string()).unwrap_or_default();
    let message = format!("no address space for stacks, is RLIMIT_AS (ulimit -v) set? {reason}");
    Err(io::Error::new(io::ErrorKind::OutOfMemory, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_a_slot_finds_it_again() {
        ensure_reserved().unwrap();
        for class in SizeClass::all() {
            for index in [0, 1, capacity(class) - 1] {
                let slot = Slot { class, index };
                assert_eq!(slot_at(slot.bottom()), Some(slot));
                assert_eq!(slot_at(slot.bottom() + class.size() - 1), Some(slot));
                assert_eq!(slot_at(slot.ceiling() - 1), Some(slot));
                assert_eq!(ceiling_at(slot.bottom()), Some(slot.ceiling()));
                assert_eq!(ceiling_at(slot.ceiling() - 1), Some(slot.ceiling()));
            }
        }
        let first = Slot { class: SizeClass::from_region(0), index: 0 };
        assert_eq!(slot_at(first.bottom() - 1), None);
        assert_eq!(slot_at(0), None);
        assert_eq!(slot_at(usize::MAX), None);
        assert_eq!(ceiling_at(first.bottom() - 1), None);
    }

    #[test]
    fn neighbours_have_different_colours() {
        ensure_reserved().unwrap();
        let class = SizeClass::from_region(1);
        let offset = |index| Slot { class, index }.ceiling() % PAGE;
        let colours: std::collections::HashSet<_> = (0..COLOURS as u32).map(offset).collect();
        assert_eq!(colours.len(), COLOURS);
    }
}
