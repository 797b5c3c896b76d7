//! How deep the deepest stack has been, as far as anybody has looked.
//!
//! A page that was ever touched stays until the slot is trimmed, also when the next tenant has moved in. So whoever looks at
//! the page right below the deepest place known sees whether this slot was used deeper than any other: one question to the
//! kernel, some 150 ns. It is asked of each free stack that is about to be trimmed, and at one end of a coroutine in 256; of
//! the stack of one that waits the question is first whether it was used deeper than now, and mostly that is the end of it.
//!
//! What neither sees: pages that were skipped (Rust touches every page of a frame, C code without probes may not), pages
//! that are in swap space, and a slot that nobody has looked at since.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::arena::Slot;
use crate::sys::memory::{PAGE, Pages, is_touched};

/// Bytes, in whole pages, from the top of its slot.
static DEEPEST: AtomicUsize = AtomicUsize::new(0);

/// Looks how deep `slot` has been used since it was trimmed.
pub(crate) fn note_depth(slot: Slot) {
    let Pages { address: floor, len } = slot.pages();
    let known = DEEPEST.load(Ordering::Relaxed);
    let deeper = |depth: &usize| depth + PAGE <= len && is_touched(floor + len - depth - PAGE) == Some(true);
    if deeper(&known) {
        let depth = (known..).step_by(PAGE).find(|depth| !deeper(depth)).expect("a stack ends");
        DEEPEST.fetch_max(depth, Ordering::Relaxed);
    }
}

/// The same for a slot of whose pages its tenant needs all but the `unused` lowest ones. Whether any of those may be in memory:
/// mostly the answer is no, by one question to the kernel, and no more has to be asked nor given back.
pub(crate) fn is_used_deeper(slot: Slot, unused: Pages) -> bool {
    let end = unused.address + unused.len;
    if is_touched(end - PAGE) != Some(false) {
        note_depth(slot);
        return true;
    }
    let Pages { address: floor, len } = slot.pages();
    let depth = floor + len - end;
    // The look first: it is a shared line, and hardly ever deeper.
    if depth > DEEPEST.load(Ordering::Relaxed) {
        DEEPEST.fetch_max(depth, Ordering::Relaxed);
    }
    false
}

/// The greatest depth that was seen in this process.
pub(crate) fn deepest() -> usize {
    DEEPEST.load(Ordering::Relaxed)
}
