//! How far below the stack pointer that a coroutine notes the frames of the switch reach.
//!
//! The coroutine notes its stack pointer just before it calls the switch, and what lies below may be trimmed while
//! it waits, but not the frames of the switch itself: 24 bytes optimised, 600 unoptimised, and more with a
//! sanitizer. No constant knows how this program was compiled, so it is measured, once a process, on a painted
//! stack.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::io;
use std::ptr;
use std::rc::Rc;
use std::sync::OnceLock;

use super::switch::{BorrowedStack, Suspend, Switch};
use crate::lockfree::status::Wait;
use crate::stack::{self, SizeClass, Slot};
use crate::sys::registers::stack_pointer;

/// Paint below the top of the stack; no switch reaches through it.
const PAINTED: usize = 16 * 1024;

const PAINT: u8 = 0xa5;

/// Added to twice the measured depth, for calls that were compiled a little differently.
const MARGIN: usize = 128;

static IN_USE: OnceLock<usize> = OnceLock::new();

/// Measures it, if that has not been done. About 5 us.
pub(crate) fn measure() -> io::Result<()> {
    if IN_USE.get().is_some() {
        return Ok(());
    }
    let class = SizeClass::for_size(4 * PAINTED)?;
    stack::claim(class, 1)?;
    let mut slots = Vec::with_capacity(1);
    stack::take(class, 1, &mut slots);
    let slot = slots[0];
    // SAFETY: the slot is ours until it is put back, and nothing runs on it.
    let depth = unsafe { depth_on(slot) };
    stack::put_back(class, slots);
    stack::release_claims(class, 1);
    IN_USE.get_or_init(|| 2 * depth + MARGIN);
    Ok(())
}

/// Bytes below a noted stack pointer that may be in use while a coroutine is suspended.
pub(crate) fn in_use() -> usize {
    *IN_USE.get().expect("measured before the first coroutine")
}

/// # Safety
/// The caller owns the slot, and nothing runs on it.
unsafe fn depth_on(slot: Slot) -> usize {
    let base = slot.ceiling();
    let painted = base - PAINTED;
    // SAFETY: the upper part of the caller's slot, which is larger than that and its guard.
    let stack = unsafe {
        ptr::write_bytes(painted as *mut u8, PAINT, PAINTED);
        BorrowedStack::new(base, slot.bottom())
    };
    let noted = Rc::new(Cell::new(0));
    let notes = noted.clone();
    let mut switch = Switch::new(stack, move |yielder| {
        notes.set(stack_pointer());
        yielder.suspend(Suspend::Wait(Wait::Plain));
    });
    switch.resume();
    // SAFETY: painted above, and nothing writes to it while the coroutine is suspended.
    let bytes = unsafe { std::slice::from_raw_parts(painted as *const u8, PAINTED) };
    let untouched = bytes.iter().take_while(|&&byte| byte == PAINT).count();
    switch.resume(); // to its end
    assert!(untouched > 0, "the frames of a switch are larger than {PAINTED} bytes");
    noted.get().saturating_sub(painted + untouched)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_frames_of_a_switch_are_small() {
        super::measure().unwrap();
        let in_use = super::in_use();
        assert!(in_use > super::MARGIN, "the switch pushes something: {in_use}");
        assert!(in_use < 4096, "{in_use} bytes");
    }
}
