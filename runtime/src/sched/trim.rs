//! Giving back the memory of stacks that are not in use: of free slots, and below the stack pointers of
//! coroutines that wait.
//!
//! A backtrace leaves six touched pages behind, a TLS handshake five, for as long as the connection lives. A
//! machine notes each coroutine that waits, once (trim_list.rs), and when it has been idle for 50 ms it returns the pages that
//! those who still wait do not need, 64 stacks to a system call. A busy machine does a batch now and then. An
//! idle machine wakes once for this, and not again until coroutines have run.
#![allow(unsafe_code)]

use std::sync::atomic::Ordering;

use super::machine::Machine;
use crate::coroutine::record::Record;
use crate::coroutine::switch_depth;
use crate::stack;
use crate::sys::clock::{self, Nanos};
use crate::sys::memory::{self, ADVISE_BATCH, Pages};
use crate::trace::{Event, Transition};

/// How often a busy machine trims a batch.
const BUSY_INTERVAL: Nanos = 100_000_000;

/// How long a machine must have slept before it spends time on trimming stacks.
pub(super) const TRIM_AFTER: Nanos = 50_000_000;

impl Machine {
    /// Notes a coroutine that is about to wait.
    #[inline]
    pub(super) fn list_for_trim(&self, record: &'static Record) {
        if !record.trim_listed.replace(true) {
            record.trim_note.set(self.to_trim.borrow_mut().push(record));
        }
    }

    /// It has ended.
    #[inline]
    pub(super) fn unlist_for_trim(&self, record: &Record) {
        if record.trim_listed.get() {
            self.to_trim.borrow_mut().remove(record.trim_note.get(), |other, note| other.trim_note.set(note));
        }
    }

    pub(super) fn has_stacks_to_trim(&self) -> bool {
        // Those that nobody has are everybody's to trim.
        !self.to_trim.borrow().is_empty() || stack::has_excess()
    }

    /// A batch now and then, in passing.
    pub(super) fn trim_some(&self, now: Nanos) {
        if now.saturating_sub(self.look.last_trim.get()) < BUSY_INTERVAL {
            return;
        }
        self.look.last_trim.set(now);
        // The front: those who have waited longest, most likely.
        self.trim_parked();
        self.trim_free();
    }

    /// Everything, until there is something better to do.
    pub(super) fn trim_idle(&self) {
        while self.home().inbox.is_empty() && !self.scheduler.is_stopping() {
            let more_parked = self.trim_parked();
            let more_free = self.trim_free();
            if !more_parked && !more_free {
                return;
            }
            self.fire_timers(clock::now());
            self.poll_in_passing();
            if self.has_ready() {
                return;
            }
        }
    }

    /// For metrics; a machine looks around at every 61st schedule, or before it sleeps.
    pub(super) fn tell_stacks_cached(&self) {
        let cached = self.supply(|supplies| supplies.stacks.len());
        self.station.stacks_cached.store(cached, Ordering::Relaxed);
    }

    fn trim_free(&self) -> bool {
        let count = stack::trim_free();
        self.count_trimmed(count as u64);
        count > 0
    }

    /// One batch. Returns whether there are more.
    fn trim_parked(&self) -> bool {
        let mut list = self.to_trim.borrow_mut();
        let oldest = std::iter::from_fn(|| list.pop()).take(ADVISE_BATCH);
        let pages: Vec<Pages> = oldest.filter_map(unused_pages).collect();
        let more = !list.is_empty();
        drop(list);
        // SAFETY: the pages lie below the stack pointers of coroutines of this machine, which therefore do not
        // run; nobody else touches a coroutine's stack below its stack pointer.
        unsafe { memory::discard(&pages) };
        self.count_trimmed(pages.len() as u64);
        more
    }

    fn count_trimmed(&self, stacks: u64) {
        self.counters().pass_many(Transition::Trim, stacks);
        if stacks > 0 {
            self.note(|| Event::Trim { stacks });
        }
    }
}

/// Below the stack pointer of a coroutine of the calling machine that does not run. Before they go, they tell how deep its
/// stack has been used.
fn unused_pages(record: &'static Record) -> Option<Pages> {
    record.trim_listed.set(false);
    // It may stand on a larger stack that it has borrowed; then its own is used up to where it left.
    let slot = stack::slot_at(record.stack_pointer())?;
    let unused = slot.pages_below(record.stack_pointer(), switch_depth::in_use())?;
    stack::is_used_deeper(slot, unused).then_some(unused)
}
