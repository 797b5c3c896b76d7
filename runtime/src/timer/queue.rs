//! The timers of one machine: a 4-ary min-heap of small entries (`heap.rs`) over a slab of slots (`slab.rs`).
//!
//! ```text
//!   heap   [ 10 s | 10 s | 30 s | 30 s | .. ]     Entry: deadline, stamp, slot     16 bytes
//!              |      |      `--> dead: no slot bears this stamp any more
//!              |      `---------> slot 7, due 40 s: was rearmed, sinks to 40 s when it surfaces
//!              `----------------> slot 3, due 10 s: true
//!   slots  [ .. | payload, 10 s, generation, stamp | vacant | .. ]                 16 bytes + payload
//! ```
//!
//! Nearly every timer of a server is a timeout that is cancelled or pushed back and never fires. So these two are
//! one visit to a slot and leave the heap alone; the heap hears of it when the entry surfaces, as with Go's
//! `timerDeleted` and `timerModifiedLater` (runtime/time.go, 1.14 to 1.22: `cleantimers`, `adjusttimers`).
//! Go sweeps the dead in one pass (`clearDeletedTimers`); here it goes by stretches, because one pass over a million
//! held the lock for 40 ms, four times what counts as a stall.
//!
//! # Invariants
//!
//! 1. An entry *counts* if its slot bears its stamp, else it is dead. Exactly one entry counts per armed timer.
//! 2. That entry is at or before the timer's deadline. So nothing surfaces late, and since only an entry that
//!    agrees with its slot fires, nothing fires early.
//! 3. A stamp is drawn for an insertion and for a rearm to an earlier instant; it orders equal deadlines. A rearm to a
//!    later instant keeps its stamp and thereby its turn.
//!
//! 4 and 5 are about keys and vacant slots, and stand in `slab.rs`; 7 is the order of the heap, in `heap.rs`.
//!
//! 6. Dead entries outnumber the live ones by at most `SLACK` and the little that dies during a round of the sweep,
//!    and no vector keeps over four times the room it needs; after a mass cancel the calls that follow see to it.
//!
//! Stamps have 32 bits and wrap. A dead entry whose slot draws its stamp again, exactly 2^32 later, fires nothing
//! (2), it sinks or dies with the timer; a key kept that long would be believed. Equal deadlines keep their order if
//! they were stamped less than 2^31 apart.
//!
//! # Cost
//!
//! Bytes per armed timer: 40 with a payload of one word, 56 with as many dead entries as live ones. Nanoseconds, at
//! random deadlines (Xeon, 2.5 GHz, 1 MiB of L2): the mean of calls in a row and the 99th percentile of single ones:
//!
//! | | 1,000 armed | 1,000,000 armed |
//! |---|---|---|
//! | `insert`, O(log n), mostly O(1) | 20, p99 70 | 55, p99 200 |
//! | `cancel`, O(1) amortised | 28, p99 55 | 113, p99 480 |
//! | `rearm` later, O(1) | 4, p99 12 | 35, p99 420 |
//! | `rearm` earlier, O(log n) | 26, p99 56 | 110, p99 510 |
//! | `expire`, O(log n) per timer | 62, p99 110 | 500, p99 1070 |
//! | `next_deadline`; per entry to settle | 7; 53 | 7; 630 |
//!
//! At a million cache misses count: one for the slot, two or three for the lower levels of the heap. The longest
//! pauses are copies of a vector that grows, 10 to 25 ms at a million, and an `expire` before which many timers of
//! one instant were moved later: all of them surface in it.
//!
//! # Rejected
//!
//! - A hierarchical wheel (Linux, tokio): O(1), but it owes that to buckets of a millisecond and more without an
//!   order inside. Exact order needs a heap for the nearest bucket anyway, and cascading moves a whole bucket: of a
//!   million timeouts of 30 s about 130,000 lie in one of 4 s.
//! - The old stamp on a rearm to an earlier instant: both entries count, and only a pass over all could part them.
//! - An exact `next_deadline`: nothing it settles is wasted, but of a million timers that each connection moves once
//!   a second, one call settled so many that it took 320 ms. Go sleeps until a bound as well.

use std::num::NonZeroU64;

use super::heap::{Entry, Heap};
use super::slab::{NONE, Slab, Slot};

/// How many dead entries, and how much unused room, are not worth the work. Tests shrink the sizes, not the logic.
const SLACK: usize = if cfg!(test) { 4 } else { 64 };

/// How many entries that do not hold one `next_deadline` deals with; each costs as much as a firing.
const PATIENCE: usize = if cfg!(test) { 2 } else { 8 };

/// How many heap entries one call sweeps at most: some 20 us at a million timers.
const STRETCH: usize = if cfg!(test) { 4 } else { 512 };

/// Names one armed timer of one queue; harmless once that timer has fired or was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimerKey {
    slot: u32,
    generation: u32,
}

impl TimerKey {
    /// As a number, inverted: the generation is never `NONE`, so that is not 0.
    #[inline]
    pub(crate) fn to_bits(self) -> NonZeroU64 {
        let inverted = !(u64::from(self.generation) << 32 | u64::from(self.slot));
        NonZeroU64::new(inverted).expect("no timer has the stamp of a vacant slot")
    }

    /// The reverse.
    #[inline]
    pub(crate) fn from_bits(bits: NonZeroU64) -> TimerKey {
        let bits = !bits.get();
        TimerKey { slot: bits as u32, generation: (bits >> 32) as u32 }
    }
}

/// The timers of one machine. See the head of this file.
pub(crate) struct TimerQueue<T: Copy> {
    heap: Heap,
    slab: Slab<T>,
    /// The next stamp.
    stamp: u32,
    /// The sweep has seen the heap from here on; it works towards the front.
    broom: usize,
}

// The head of this file promises 40 bytes for an armed timer with a payload of one word.
const _: () = assert!(size_of::<Entry>() + size_of::<Slot<u64>>() == 40);

impl<T: Copy> TimerQueue<T> {
    pub(crate) const fn new() -> Self {
        Self { heap: Heap::new(), slab: Slab::new(), stamp: 0, broom: 0 }
    }

    /// The number of armed timers.
    pub(crate) fn len(&self) -> usize {
        self.slab.live
    }

    /// Arms a timer.
    pub(crate) fn insert(&mut self, deadline_ns: u64, payload: T) -> TimerKey {
        let stamp = self.next_stamp();
        let slot = self.slab.occupy(Slot { payload, deadline: deadline_ns, generation: stamp, stamp });
        self.heap.push(Entry { deadline: deadline_ns, stamp, slot });
        TimerKey { slot, generation: stamp }
    }

    /// Moves an armed timer, and gives it another payload. False if it has fired or was cancelled.
    #[inline]
    pub(crate) fn renew(&mut self, key: TimerKey, deadline_ns: u64, payload: T) -> bool {
        let Some(slot) = self.slab.tenant(key.slot, key.generation) else { return false };
        slot.payload = payload;
        self.rearm(key, deadline_ns)
    }

    /// Whether a timer has neither fired nor been cancelled.
    #[inline]
    pub(crate) fn is_armed(&mut self, key: TimerKey) -> bool {
        self.slab.tenant(key.slot, key.generation).is_some()
    }

    /// Moves an armed timer. False if it has fired or was cancelled.
    #[inline]
    fn rearm(&mut self, key: TimerKey, deadline_ns: u64) -> bool {
        let Some(slot) = self.slab.tenant(key.slot, key.generation) else { return false };
        let earlier = deadline_ns < slot.deadline;
        slot.deadline = deadline_ns;
        if earlier {
            self.replace_entry(key.slot, deadline_ns);
        }
        true
    }

    /// Disarms a timer and gives its payload back. `None` if it has fired or was cancelled before.
    #[inline]
    pub(crate) fn cancel(&mut self, key: TimerKey) -> Option<T> {
        self.slab.tenant(key.slot, key.generation)?;
        let payload = self.slab.vacate(key.slot);
        self.tidy();
        Some(payload)
    }

    /// The earliest deadline, or an instant before it if `PATIENCE` entries or more ahead of it are dead or early.
    /// Never after it; and after an `expire` short of its limit always after that `now_ns`. So whoever sleeps until
    /// then at worst wakes for nothing, and never twice for the same entry.
    pub(crate) fn next_deadline(&mut self) -> Option<u64> {
        for _ in 0..PATIENCE {
            let top = *self.heap.entries.first()?;
            if self.holds(top) {
                break;
            }
        }
        // Machines ask before they sleep: a good time to catch up after a mass cancel.
        self.tidy();
        self.heap.entries.first().map(|top| top.deadline)
    }

    /// Hands the deadlines and payloads of at most `limit` timers whose deadline is not after `now_ns` to `fire`, in the
    /// order of their deadlines and then of their stamps. Returns how many; `limit` means that there may be more.
    pub(crate) fn expire(&mut self, now_ns: u64, limit: usize, mut fire: impl FnMut(u64, T)) -> usize {
        let mut count = 0;
        while count < limit
            && let Some(due) = self.settle(now_ns)
        {
            fire(due.deadline, self.slab.vacate(due.slot));
            self.heap.remove(0);
            count += 1;
        }
        self.tidy();
        count
    }

    /// The deadline of the timer whose entry this is; `None` if the entry is dead.
    #[inline]
    fn deadline_of(&self, entry: Entry) -> Option<u64> {
        self.slab.deadline_of(entry.slot, entry.stamp)
    }

    /// The first entry that holds, unless it lies after `until`.
    fn settle(&mut self, until: u64) -> Option<Entry> {
        loop {
            let top = *self.heap.entries.first().filter(|top| top.deadline <= until)?;
            if self.holds(top) {
                return Some(top);
            }
        }
    }

    /// Whether the top agrees with its slot. If it does not, it goes or sinks.
    fn holds(&mut self, top: Entry) -> bool {
        let Some(deadline) = self.deadline_of(top) else {
            self.heap.remove(0);
            return false;
        };
        if deadline != top.deadline {
            self.heap.move_first(deadline);
        }
        deadline == top.deadline
    }

    /// For a timer that moved ahead of its entry: the old one dies of its stamp.
    fn replace_entry(&mut self, slot: u32, deadline: u64) {
        let stamp = self.next_stamp();
        self.slab.restamp(slot, stamp);
        self.heap.push(Entry { deadline, stamp, slot });
        self.tidy();
    }

    #[inline]
    fn next_stamp(&mut self) -> u32 {
        let stamp = self.stamp;
        self.stamp = if stamp == NONE - 1 { 0 } else { stamp + 1 };
        stamp
    }

    /// Restores invariant 6, or works towards it: each call does a bounded part.
    #[inline]
    fn tidy(&mut self) {
        if self.slab.live == 0 {
            self.heap.entries.clear();
            self.slab.clear();
        }
        if self.heap.entries.len() > 2 * self.slab.live + SLACK {
            self.sweep();
        }
        if self.slab.ends_vacant() {
            self.slab.cut();
        }
        give_back(&mut self.heap.entries);
        give_back(&mut self.slab.slots);
    }

    /// Removes the dead from the next stretch of the heap. Backwards, because the entry that fills a gap is the
    /// last one, which this round has then seen already.
    #[cold]
    fn sweep(&mut self) {
        for _ in 0..STRETCH.min(self.heap.entries.len()) {
            self.broom = match self.broom.min(self.heap.entries.len()) {
                0 => self.heap.entries.len() - 1,
                broom => broom - 1,
            };
            if self.deadline_of(self.heap.entries[self.broom]).is_none() {
                self.heap.remove(self.broom);
            }
        }
    }
}

/// Returns memory that a mass of former timers needed. The distance between the two factors makes each copy pay
/// for itself: as many elements as are copied went or came since the last one.
#[inline]
fn give_back<E>(elements: &mut Vec<E>) {
    if elements.capacity() > 4 * (elements.len() + SLACK) {
        elements.shrink_to(2 * (elements.len() + SLACK));
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
