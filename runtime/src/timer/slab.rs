//! The slots of the armed timers, and the list of those that are vacant.
//!
//! Memory comes back from the end of the slab. Only below an armed slot vacant ones stay, because keys cannot be told
//! of a move.
//!
//! # Invariants
//!
//! Numbered among those in `queue.rs`.
//!
//! 4. A key opens a slot only if it carries the stamp of the insertion. Stamps are the queue's, not the slot's, so
//!    that a slot can be given back and come again without meeting its old keys.
//! 5. A vacant slot bears no stamp (`NONE`) and is in the list of vacant slots, linked both ways, so that the end of
//!    the slab can be cut off without a search.

/// How many vacant slots one call cuts off at most: some 70 us at a million. Tests shrink it.
const CUT: usize = if cfg!(test) { 4 } else { 8192 };

/// No slot, no stamp: the end of the list of vacant slots, and what stands in a vacant slot for both stamps.
pub(super) const NONE: u32 = u32::MAX;

pub(super) struct Slot<T> {
    pub(super) payload: T,
    /// Armed: when to fire. Vacant: the slots before and after it in their list, or `NONE`; see `links`.
    pub(super) deadline: u64,
    /// The stamp of the insertion; the key carries it too.
    pub(super) generation: u32,
    /// The stamp of the one heap entry that counts.
    pub(super) stamp: u32,
}

/// The slots. See the head of this file.
pub(super) struct Slab<T: Copy> {
    /// Others read them and shrink their room; they are filled, emptied and cut off by the calls below, for 5.
    pub(super) slots: Vec<Slot<T>>,
    /// Head of the list of vacant slots, or `NONE`.
    pub(super) vacant: u32,
    /// How many are armed.
    pub(super) live: usize,
}

impl<T: Copy> Slab<T> {
    pub(super) const fn new() -> Self {
        Self { slots: Vec::new(), vacant: NONE, live: 0 }
    }

    /// The slot that was armed with this generation, if it still is.
    #[inline]
    pub(super) fn tenant(&mut self, slot: u32, generation: u32) -> Option<&mut Slot<T>> {
        self.slots.get_mut(slot as usize).filter(|slot| slot.generation == generation)
    }

    /// The deadline of an armed slot, if it bears this stamp.
    #[inline]
    pub(super) fn deadline_of(&self, slot: u32, stamp: u32) -> Option<u64> {
        self.slots.get(slot as usize).filter(|slot| slot.stamp == stamp).map(|slot| slot.deadline)
    }

    #[inline]
    pub(super) fn restamp(&mut self, slot: u32, stamp: u32) {
        self.slots[slot as usize].stamp = stamp;
    }

    /// Arms a slot and returns its number.
    #[inline]
    pub(super) fn occupy(&mut self, tenant: Slot<T>) -> u32 {
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

    /// Disarms an armed slot and gives its payload back.
    pub(super) fn vacate(&mut self, slot: u32) -> T {
        self.live -= 1;
        let vacated = &mut self.slots[slot as usize];
        (vacated.generation, vacated.stamp) = (NONE, NONE);
        let payload = vacated.payload;
        self.link(slot, self.vacant);
        self.link(NONE, slot);
        payload
    }

    /// Drops all slots at once.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.slots.clear();
        (self.vacant, self.live) = (NONE, 0);
    }

    /// Whether there is something to cut.
    #[inline]
    pub(super) fn ends_vacant(&self) -> bool {
        self.slots.last().is_some_and(|last| last.stamp == NONE)
    }

    /// Cuts vacant slots off the end of the slab.
    pub(super) fn cut(&mut self) {
        let tail = self.slots.iter().rev().take(CUT).take_while(|slot| slot.stamp == NONE).count();
        for index in (self.slots.len() - tail..self.slots.len()).rev() {
            self.unlink(index as u32);
        }
        self.slots.truncate(self.slots.len() - tail);
    }

    fn unlink(&mut self, slot: u32) {
        let (previous, next) = self.links(slot);
        self.link(previous, next);
    }

    /// The vacant slots before and after a vacant one.
    pub(super) fn links(&self, slot: u32) -> (u32, u32) {
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
}
