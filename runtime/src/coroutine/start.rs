//! From fresh to started: a coroutine gets its stack, and what happens on it from first to last.
#![allow(unsafe_code)]

use std::ptr::NonNull;

use super::body::Fresh;
use super::entry::Entry;
use super::record::Record;
use crate::stack::{SizeClass, Slot};

/// Gives a fresh coroutine its stack; the first `resume` runs its closure, and then, still on that stack,
/// `before_done`, which is told whether it has panicked. Only after that can a joiner know of the end.
///
/// # Safety
/// The caller is the machine that will be its home, holds the coroutine, and owns the slot that `slot_of` gives.
#[inline(always)]
pub(crate) unsafe fn start(
    entry: &'static Entry,
    machine: NonNull<()>,
    slot_of: impl FnOnce(SizeClass) -> Slot,
    before_done: fn(&Record, bool),
) -> &'static Record {
    // SAFETY: the caller holds the coroutine, and it is fresh: this is the one time.
    let fresh = unsafe { Fresh::of(entry) };
    let slot = slot_of(fresh.class());
    let (coroutine, birth) = (fresh.coroutine(), fresh.birth());
    // SAFETY: the caller's promises.
    unsafe { Record::place(slot, coroutine, birth, machine, move |record| live(record, fresh, before_done)) }
}

/// Everything that happens on a coroutine's stack. Must not unwind.
fn live(record: &'static Record, fresh: Fresh, before_done: fn(&Record, bool)) {
    let ended = fresh.start(&record.coroutine, record.given(), &|panicked| {
        if let Some(locals) = record.locals.get() {
            locals.destroy();
        }
        before_done(record, panicked);
    });
    record.set_ended(ended);
}
