//! The context switch: corosensei, and nothing else of it is used elsewhere.
//!
//! A switch costs what its mispredicted returns cost, 6 to 9 ns for each frame between the user's code and the
//! switch. So [`Yielder`] is called from inlined functions only.
#![allow(unsafe_code)]

use std::mem::ManuallyDrop;
use std::num::NonZeroUsize;

use corosensei::CoroutineResult;
use corosensei::stack::{Stack, StackPointer};

/// Why a coroutine leaves its stack for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suspend {
    /// It could go on at once.
    Yield,
    /// It waits for a ticket.
    Wait,
    /// It waits for the user's token.
    WaitUser,
}

/// The other end of a switch, as the coroutine has it.
pub(crate) type Yielder = corosensei::Yielder<(), Suspend>;

/// Memory for a stack that somebody else owns.
#[derive(Debug)]
pub(crate) struct BorrowedStack {
    base: StackPointer,
    limit: StackPointer,
}

impl BorrowedStack {
    /// # Safety
    /// `limit..base` is the stack part of a slot, guard included, that the caller owns for as long as anything
    /// runs on it; `base` is a multiple of 64.
    pub(crate) unsafe fn new(base: usize, limit: usize) -> BorrowedStack {
        debug_assert!(base.is_multiple_of(64) && limit < base);
        // Addresses of a reservation are not zero; `|1` would only hide a mistake.
        let nonzero = |address| NonZeroUsize::new(address).expect("a slot's address");
        BorrowedStack { base: nonzero(base), limit: nonzero(limit) }
    }
}

// SAFETY: by the contract of `new` the range has a guard at its bottom and more than a page above it.
unsafe impl Stack for BorrowedStack {
    #[inline]
    fn base(&self) -> StackPointer {
        self.base
    }

    #[inline]
    fn limit(&self) -> StackPointer {
        self.limit
    }
}

/// A coroutine's saved context.
pub(crate) struct Switch {
    // Never dropped: its drop would unwind a suspended stack by force, and we never do that.
    inner: ManuallyDrop<Inner>,
}

type Inner = corosensei::Coroutine<(), Suspend, (), BorrowedStack>;

impl Switch {
    /// Prepares `main` to run on `stack` at the first `resume`. `main` must not unwind.
    #[inline]
    pub(crate) fn new<F>(stack: BorrowedStack, main: F) -> Switch
    where
        F: FnOnce(&Yielder) + 'static,
    {
        Switch { inner: ManuallyDrop::new(Inner::with_stack(stack, |yielder, ()| main(yielder))) }
    }

    /// Runs the coroutine until it suspends (and why) or ends (`None`).
    #[inline]
    pub(crate) fn resume(&mut self) -> Option<Suspend> {
        match self.inner.resume(()) {
            CoroutineResult::Yield(why) => Some(why),
            CoroutineResult::Return(()) => None,
        }
    }
}

/// The stack pointer, now.
#[inline(always)]
pub(crate) fn stack_pointer() -> usize {
    let sp: usize;
    // SAFETY: reads one register.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::asm!("mov {}, rsp", out(reg) sp, options(nomem, nostack, preserves_flags));
    }
    // SAFETY: reads one register.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        std::arch::asm!("mov {}, sp", out(reg) sp, options(nomem, nostack, preserves_flags));
    }
    sp
}

/// Runs `f` on another stack and returns here.
///
/// # Safety
/// As for [`BorrowedStack::new`]. `f` must not unwind.
pub(crate) unsafe fn on_stack<R>(stack: BorrowedStack, f: impl FnOnce() -> R) -> R {
    corosensei::on_stack(stack, f)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::{BorrowedStack, Suspend, Switch, stack_pointer};
    use crate::stack::{self, SWITCH_FRAMES, SizeClass};

    /// What lies below the stack pointer that a coroutine notes before it suspends is not trimmed as far as
    /// `SWITCH_FRAMES`: more than that must not be in use.
    #[test]
    fn the_frames_of_a_switch_are_small() {
        const UNTOUCHED: u8 = 0xa5;
        let class = SizeClass::for_size(64 << 10).unwrap();
        stack::claim(class, 1).unwrap();
        let mut slots = Vec::new();
        stack::take(class, 1, &mut slots);
        let slot = slots.pop().unwrap();
        let (floor, base) = (slot.floor(), slot.ceiling());
        // SAFETY: the slot is ours, and nothing runs on it yet.
        let stack = unsafe {
            std::ptr::write_bytes(floor as *mut u8, UNTOUCHED, base - floor);
            BorrowedStack::new(base, slot.bottom())
        };
        let noted = Rc::new(Cell::new(0));
        let notes = noted.clone();
        let mut switch = Switch::new(stack, move |yielder| {
            notes.set(stack_pointer());
            yielder.suspend(Suspend::Wait);
        });
        assert_eq!(switch.resume(), Some(Suspend::Wait));
        // SAFETY: our memory, and nothing runs on it while it is suspended.
        let bytes = unsafe { std::slice::from_raw_parts(floor as *const u8, base - floor) };
        let lowest = floor + bytes.iter().position(|&byte| byte != UNTOUCHED).unwrap();
        let depth = noted.get().saturating_sub(lowest);
        assert!(depth > 0 && depth <= SWITCH_FRAMES / 2, "{depth} bytes");
        assert_eq!(switch.resume(), None);
        stack::put_back(class, [slot]);
        stack::release_claims(class, 1);
    }
}
