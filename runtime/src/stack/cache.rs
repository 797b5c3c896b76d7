//! The free slots and claims that one machine keeps for itself, so that a spawn takes no lock.

use std::io;

use super::arena::Slot;
use super::class::{CLASSES, SizeClass};
use super::depot;

/// Claims that move between a machine and the depot at a time.
const CLAIM_BATCH: u32 = 64;

/// One machine's own.
#[derive(Debug)]
pub(crate) struct StackCache {
    slots: [Vec<Slot>; CLASSES],
    claims: [u32; CLASSES],
    limits: [usize; CLASSES],
}

impl StackCache {
    pub(crate) fn new() -> io::Result<StackCache> {
        depot::add_cache()?;
        let mut limits = [0; CLASSES];
        SizeClass::all().for_each(|class| limits[class.index()] = depot::cache_limit(class));
        Ok(StackCache { slots: Default::default(), claims: [0; CLASSES], limits })
    }

    /// Promises one stack: it is released with [`release`](StackCache::release), by any machine.
    #[inline]
    pub(crate) fn claim(&mut self, class: SizeClass) -> io::Result<()> {
        let in_advance = if self.limits[class.index()] == 0 { 0 } else { CLAIM_BATCH };
        let claims = &mut self.claims[class.index()];
        if *claims == 0 {
            // A batch, or, where there is no room for one, just this one.
            match depot::claim(class, in_advance + 1) {
                Ok(()) => *claims = in_advance + 1,
                Err(_) => {
                    depot::claim(class, 1)?;
                    *claims = 1;
                }
            }
        }
        *claims -= 1;
        Ok(())
    }

    /// Gives one promise back.
    #[inline]
    pub(crate) fn release(&mut self, class: SizeClass) {
        let keep = if self.limits[class.index()] == 0 { 0 } else { CLAIM_BATCH };
        let claims = &mut self.claims[class.index()];
        *claims += 1;
        if *claims > 2 * keep {
            let excess = *claims - keep;
            *claims = keep;
            depot::release_claims(class, excess);
        }
    }

    /// A slot for somebody who holds a claim.
    #[inline]
    pub(crate) fn take(&mut self, class: SizeClass) -> Slot {
        let slots = &mut self.slots[class.index()];
        if let Some(slot) = slots.pop() {
            return slot;
        }
        depot::take(class, (self.limits[class.index()] / 2).max(1), slots);
        slots.pop().expect("take brings one at least")
    }

    /// How many slots it holds.
    pub(crate) fn len(&self) -> usize {
        self.slots.iter().map(Vec::len).sum()
    }

    /// The slot of a coroutine that has ended.
    #[inline]
    pub(crate) fn put(&mut self, slot: Slot) {
        let class = slot.class();
        let slots = &mut self.slots[class.index()];
        slots.push(slot);
        let limit = self.limits[class.index()];
        if slots.len() > limit {
            // The older half goes; the hot end stays.
            let excess = slots.len() - limit / 2;
            depot::put_back(class, slots.drain(..excess));
        }
    }
}

impl Drop for StackCache {
    fn drop(&mut self) {
        for class in SizeClass::all() {
            depot::put_back(class, self.slots[class.index()].drain(..));
            depot::release_claims(class, std::mem::take(&mut self.claims[class.index()]));
        }
        depot::remove_cache();
    }
}
