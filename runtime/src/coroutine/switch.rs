//! The context switch: corosensei, and nothing else of it is used elsewhere.
//!
//! A switch costs what its mispredicted returns cost: it is left by a return and resumed by a call, so each frame between the user's
//! code and the switch is two of them (design.md, "Performance"). So [`Yielder`] is called from inlined functions only.
#![allow(unsafe_code)]

use std::mem::ManuallyDrop;
use std::num::NonZeroUsize;

use corosensei::CoroutineResult;
use corosensei::stack::{Stack, StackPointer};

use crate::lockfree::status::Wait;

/// Why a coroutine leaves its stack for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suspend {
    /// It could go on at once.
    Yield,
    /// It waits.
    Wait(Wait),
    /// Its runtime has stopped, and it has taken itself out of everything that it waited for: it is never resumed
    /// again.
    Abandoned,
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

/// Runs `f` on another stack and returns here.
///
/// # Safety
/// As for [`BorrowedStack::new`]. `f` must not unwind.
pub(crate) unsafe fn on_stack<R>(stack: BorrowedStack, f: impl FnOnce() -> R) -> R {
    corosensei::on_stack(stack, f)
}
