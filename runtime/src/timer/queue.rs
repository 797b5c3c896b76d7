//! The timers of one machine: a 4-ary min-heap of small entries over a slab of slots.
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
//! 4. A key opens a slot only if it carries the stamp of the insertion. Stamps are the queue's, not the slot's, so
//!    that a slot can be given back and come again without meeting its old keys.
//! 5. A vacant slot bears no stamp (`NONE`) and is in the list of vacant slots, linked both ways, so that the end of
//!    the slab can be cut off without a search.
//! 6. Dead entries outnumber the live ones by at most `SLACK` and the little that dies during a round of the sweep,
//!    and no vector keeps over four times the room it needs; after a mass cancel the calls that follow see to it.
//!    Only below an armed slot vacant ones stay, because keys cannot be told of a move.
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
//! - A heap that knows positions, so that cancel removes (Go before 1.14, its `timer.i`): each step of each sift
//!   writes the position into a slot somewhere else, a cache miss per level instead of one per timer.
//! - Two children (`BinaryHeap`): twice the levels. Eight: a tenth faster at a million, slower by half at a thousand.
//! - The old stamp on a rearm to an earlier instant: both entries count, and only a pass over all could part them.
//! - An exact `next_deadline`: nothing it settles is wasted, but of a million timers that each connection moves once
//!   a second, one call settled so many that it took 320 ms. Go sleeps until a bound as well.

/// Children of a heap node, as in Go. Four entries are 64 bytes, so a level costs about one cache line.
const ARITY: usize = 4;

/// How many dead entries, and how much unused room, are not worth the work. Tests shrink the sizes, not the logic.
const SLACK: usize = if cfg!(test) { 4 } else { 64 };

/// How many entries that do not hold one `next_deadline` deals with; each costs as much as a firing.
const PATIENCE: usize = if cfg!(test) { 2 } else { 8 };

/// How many heap entries one call sweeps at most: some 20 us at a million timers.
const STRETCH: usize = if cfg!(test) { 4 } else { 512 };

/// How many vacant slots one call cuts off at most: some 70 us at a million.
const CUT: usize = if cfg!(test) { 4 } else { 8192 };

/// No slot, no stamp: the end of the list of vacant slots, and what stands in a vacant slot for both stamps.
const NONE: u32 = u32::MAX;

/// Names one armed timer of one queue; harmless once that timer has fired or was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimerKey {
    slot: u32,
    generation: u32,
}

/// The timers of one machine. See the head of this file.
pub(crate) struct TimerQueue<T: Copy> {
    heap: Vec<Entry>,
    slots: Vec<Slot<T>>,
    /// Head of the list of vacant slots, or `NONE`.
    vacant: u32,
    /// The next stamp.
    stamp: u32,
    live: usize,
    /// The sweep has seen the heap from here on; it works towards the front.
    broom: usize,
}

#[derive(Clone, Copy)]
struct Entry {
    deadline: u64,
    stamp: u32,
    slot: u32,
}

impl Entry {
    /// Deadline first, then age. The difference of stamps is signed so that the order survives their wrap.
    /// Without branches: which of four children is the least is a coin toss to the predictor.
    #[inline]
    fn before(&self, other: &Entry) -> bool {
        let older = self.stamp.wrapping_sub(other.stamp).cast_signed() < 0;
        (self.deadline < other.deadline) | ((self.deadline == other.deadline) & older)
    }
}

struct Slot<T> {
    payload: T,
    /// Armed: when to fire. Vacant: the slots before and after it in their list, or `NONE`; see `links`.
    deadline: u64,
    /// The stamp of the insertion; the key carries it too.
    generation: u32,
    /// The stamp of the one heap entry that counts.
    stamp: u32,
}

// The head of this file promises 40 bytes for an armed timer with a payload of one word.
const _: () = assert!(size_of::<Entry>() + size_of::<Slot<u64>>() == 40);

impl<T: Copy> TimerQueue<T> {
    pub(crate) const fn new() -> Self {
        Self { heap: Vec::new(), slots: Vec::new(), vacant: NONE, stamp: 0, live: 0, broom: 0 }
    }

    /// The number of armed timers.
    pub(crate) fn len(&self) -> usize {
        self.live
    }

    /// Arms a timer.
    pub(crate) fn insert(&mut self, deadline_ns: u64, payload: T) -> TimerKey {
        let stamp = self.next_stamp();
        let slot = self.occupy(Slot { payload, deadline: deadline_ns, generation: stamp, stamp });
        self.push(deadline_ns, stamp, slot);
        TimerKey { slot, generation: stamp }
    }

    /// Moves an armed timer. False if it has fired or was cancelled.
    #[inline]
    #[cfg_attr(not(test), expect(dead_code, reason = "for deadlines that are moved while somebody waits"))]
    pub(crate) fn rearm(&mut self, key: TimerKey, deadline_ns: u64) -> bool {
        let Some(slot) = self.tenant(key) else { return false };
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
        let payload = self.tenant(key)?.payload;
        self.vacate(key.slot);
        self.tidy();
        Some(payload)
    }

    /// The earliest deadline, or an instant before it if `PATIENCE` entries or more ahead of it are dead or early.
    /// Never after it; and after an `expire` short of its limit always after that `now_ns`. So whoever sleeps until
    /// then at worst wakes for nothing, and never twice for the same entry.
    pub(crate) fn next_deadline(&mut self) -> Option<u64> {
        for _ in 0..PATIENCE {
            let top = *self.heap.first()?;
            if self.holds(top) {
                break;
            }
        }
        // Machines ask before they sleep: a good time to catch up after a mass cancel.
        self.tidy();
        self.heap.first().map(|top| top.deadline)
    }

    /// Appends the payloads of at most `limit` timers whose deadline is not after `now_ns`, in the order of their
    /// deadlines and then of their stamps. Returns how many; `limit` means that there may be more.
    pub(crate) fn expire(&mut self, now_ns: u64, limit: usize, fired: &mut Vec<T>) -> usize {
        let mut count = 0;
        while count < limit
            && let Some(due) = self.settle(now_ns)
        {
            fired.push(self.slots[due.slot as usize].payload);
            self.vacate(due.slot);
            self.remove_entry(0);
            count += 1;
        }
        self.tidy();
        count
    }

    #[inline]
    fn tenant(&mut self, key: TimerKey) -> Option<&mut Slot<T>> {
        self.slots.get_mut(key.slot as usize).filter(|slot| slot.generation == key.generation)
    }

    /// The deadline of the timer whose entry this is; `None` if the entry is dead.
    #[inline]
    fn deadline_of(&self, entry: Entry) -> Option<u64> {
        self.slots.get(entry.slot as usize).filter(|slot| slot.stamp == entry.stamp).map(|slot| slot.deadline)
    }

    /// The first entry that holds, unless it lies after `until`.
    fn settle(&mut self, until: u64) -> Option<Entry> {
        loop {
            let top = *self.heap.first().filter(|top| top.deadline <= until)?;
            if self.holds(top) {
                return Some(top);
            }
        }
    }

    /// Whether the top agrees with its slot. If it does not, it goes or sinks.
    fn holds(&mut self, top: Entry) -> bool {
        let Some(deadline) = self.deadline_of(top) else {
            self.remove_entry(0);
            return false;
        };
        if deadline != top.deadline {
            self.heap[0].deadline = deadline;
            self.mend(0);
        }
        deadline == top.deadline
    }

    /// For a timer that moved ahead of its entry: the old one dies of its stamp.
    fn replace_entry(&mut self, slot: u32, deadline: u64) {
        let stamp = self.next_stamp();
        self.slots[slot as usize].stamp = stamp;
        self.push(deadline, stamp, slot);
        self.tidy();
    }

    #[inline]
    fn next_stamp(&mut self) -> u32 {
        let stamp = self.stamp;
        self.stamp = if stamp == NONE - 1 { 0 } else { stamp + 1 };
        stamp
    }

    fn occupy(&mut self, tenant: Slot<T>) -> u32 {
        self.live += 1;
        if self.vacant == NONE {
            assert!(self.slots.len() < NONE as usize, "more timers on one machine than a u32 can number");
            self.slots.push(tenant);
            return self.slots.len() as u32 - 1;
        }
        let slot = self.vacant;
        self.unlink(slot);
        self.slots[slot as usize] = tenant;
        slot
    }

    fn vacate(&mut self, slot: u32) {
        self.live -= 1;
        let vacated = &mut self.slots[slot as usize];
        (vacated.generation, vacated.stamp) = (NONE, NONE);
        self.link(slot, self.vacant);
        self.link(NONE, slot);
    }

    fn unlink(&mut self, slot: u32) {
        let (previous, next) = self.links(slot);
        self.link(previous, next);
    }

    /// The vacant slots before and after a vacant one.
    fn links(&self, slot: u32) -> (u32, u32) {
        let word = self.slots[slot as usize].deadline;
        ((word >> 32) as u32, word as u32)
    }

    /// Makes two vacant slots neighbours; `NONE` stands for the head of the list and for its end.
    fn link(&mut self, previous: u32, next: u32) {
        if let Some(slot) = self.slots.get_mut(next as usize) {
            slot.deadline = u64::from(previous) << 32 | slot.deadline & u64::from(u32::MAX);
        }
        match self.slots.get_mut(previous as usize) {
            Some(slot) => slot.deadline = slot.deadline >> 32 << 32 | u64::from(next),
            None => self.vacant = next,
        }
    }

    /// Restores invariant 6, or works towards it: each call does a bounded part.
    #[inline]
    fn tidy(&mut self) {
        if self.live == 0 {
            self.heap.clear();
            self.slots.clear();
            self.vacant = NONE;
        }
        if self.heap.len() > 2 * self.live + SLACK {
            self.sweep();
        }
        if self.slots.last().is_some_and(|last| last.stamp == NONE) {
            self.cut();
        }
        give_back(&mut self.heap);
        give_back(&mut self.slots);
    }

    /// Removes the dead from the next stretch of the heap. Backwards, because the entry that fills a gap is the
    /// last one, which this round has then seen already.
    #[cold]
    fn sweep(&mut self) {
        for _ in 0..STRETCH.min(self.heap.len()) {
            self.broom = match self.broom.min(self.heap.len()) {
                0 => self.heap.len() - 1,
                broom => broom - 1,
            };
            if self.deadline_of(self.heap[self.broom]).is_none() {
                self.remove_entry(self.broom);
            }
        }
    }

    /// Cuts vacant slots off the end of the slab.
    fn cut(&mut self) {
        let tail = self.slots.iter().rev().take(CUT).take_while(|slot| slot.stamp == NONE).count();
        for index in (self.slots.len() - tail..self.slots.len()).rev() {
            self.unlink(index as u32);
        }
        self.slots.truncate(self.slots.len() - tail);
    }

    fn push(&mut self, deadline: u64, stamp: u32, slot: u32) {
        self.heap.push(Entry { deadline, stamp, slot });
        self.sift_up(self.heap.len() - 1);
    }

    fn remove_entry(&mut self, index: usize) {
        self.heap.swap_remove(index);
        if index < self.heap.len() {
            self.mend(index);
        }
    }

    fn sift_up(&mut self, mut hole: usize) {
        let heap = self.heap.as_mut_slice();
        let entry = heap[hole];
        while hole > 0 {
            let parent = (hole - 1) / ARITY;
            if !entry.before(&heap[parent]) {
                break;
            }
            heap[hole] = heap[parent];
            hole = parent;
        }
        heap[hole] = entry;
    }

    /// Puts the entry at `hole` where it belongs, below or above. It goes to the bottom first and then back up:
    /// entries that fill a gap or move later mostly belong there, and so no level asks whether to stop.
    fn mend(&mut self, mut hole: usize) {
        let heap = self.heap.as_mut_slice();
        let entry = heap[hole];
        loop {
            let first = hole * ARITY + 1;
            let least = match heap.get(first..).map(|rest| rest.first_chunk::<ARITY>()) {
                Some(Some(c)) => {
                    let left = usize::from(c[1].before(&c[0]));
                    let right = 2 + usize::from(c[3].before(&c[2]));
                    first + if c[right].before(&c[left]) { right } else { left }
                }
                // The last parent may have fewer children; a leaf has none.
                _ => match (first..heap.len()).reduce(|a, b| if heap[b].before(&heap[a]) { b } else { a }) {
                    Some(least) => least,
                    None => break,
                },
            };
            heap[hole] = heap[least];
            hole = least;
        }
        heap[hole] = entry;
        self.sift_up(hole);
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
