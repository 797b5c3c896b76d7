//! A stack overflow is named and ends the process.
//!
//! It cannot become a panic: unwinding needs stack, and the code that ran out of it may be anywhere.
#![allow(unsafe_code)]

use std::fmt::{self, Write};
use std::io;

use super::record::Record;
use crate::stack::slot_at;
use crate::sys::fault::{self, Fault};

/// From now on an overflow of a coroutine's stack is reported. The thread needs a signal stack besides.
pub(crate) fn report_overflows() -> io::Result<()> {
    fault::install(inspect)
}

/// In a signal handler: no allocation, no lock, no panic.
fn inspect(fault: Fault) {
    let Some(slot) = slot_at(fault.address) else { return };
    let in_guard = fault.address < slot.floor();
    // A wild pointer may hit somebody else's guard; an overflow has its stack pointer in, or just above or
    // below, the guard that it hits.
    let near = fault.stack_pointer.abs_diff(fault.address) < 2 * slot.class().guard();
    if !in_guard || !near {
        return;
    }
    let mut text = Text { bytes: [0; 1024], len: 0 };
    // SAFETY: the faulting thread runs on this slot's stack, so the slot is in use by this thread.
    let described = match unsafe { Record::on_slot(slot) } {
        Some(record) => write!(text, "\n{}", record.coroutine.describe()),
        None => write!(text, "\na thread inside stack::grow"),
    };
    let size = slot.class().size() >> 10;
    let guard = slot.class().guard() >> 10;
    let _ = described.and(write!(
        text,
        " has overflowed its stack of {size} KiB ({guard} KiB of it guard).\nGive it more with \
         coroutine::Builder::stack_size, all of them with runtime::Builder::stack_size or GOPARK_STACK={}, or \
         run the deep part inside stack::grow.\n",
        slot.class().size() * 4
    ));
    // SAFETY: write(2) and abort(3) are async-signal-safe; the buffer is live.
    unsafe {
        libc::write(libc::STDERR_FILENO, text.bytes.as_ptr().cast(), text.len);
        libc::abort();
    }
}

/// A text of bounded length; what does not fit is cut.
struct Text {
    bytes: [u8; 1024],
    len: usize,
}

impl Write for Text {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let room = self.bytes.len() - self.len;
        let taken = s.len().min(room);
        self.bytes[self.len..self.len + taken].copy_from_slice(&s.as_bytes()[..taken]);
        self.len += taken;
        Ok(())
    }
}
