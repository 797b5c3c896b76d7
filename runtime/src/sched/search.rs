//! Stealing fresh coroutines from other processors. One machine of a runtime searches at a time.

use std::time::Duration;

use super::execute::Work;
use super::machine::Machine;
use super::station::Station;
use crate::coroutine::entry::Entry;
use crate::sys::clock;
use crate::trace::{Event, Transition};

/// How long a coroutine may stand in a foreign `run_next` before it is taken: its spawner most likely waits for
/// it in a moment, and then it runs there, in a warm cache. (Go sleeps 3 us for the same reason.)
const NEXT_GRACE: Duration = Duration::from_micros(3);

/// A coroutine that was somebody else's, and possibly not the only one.
pub(super) struct Stolen {
    pub(super) entry: &'static Entry,
    pub(super) from: usize,
}

impl Machine {
    /// Becomes the searcher, if there is none.
    pub(super) fn start_searching(&self) -> bool {
        let searching = self.idleness.searching.get() || self.scheduler.idle.try_search();
        self.idleness.searching.set(searching);
        searching
    }

    /// Is the searcher no more. Whatever was left behind is seen again: by `next_at_hand`, which wakes another
    /// machine if more is queued, or by the look before sleep.
    pub(super) fn stop_searching(&self) {
        if self.idleness.searching.replace(false) {
            self.scheduler.idle.stop_searching();
        }
    }

    /// Takes half of somebody's ring, or, if all rings are empty, a lonely `run_next`.
    pub(super) fn steal(&self) -> Option<Work> {
        debug_assert!(self.processor().is_empty());
        let Stolen { entry, from } =
            self.steal_from_ring().or_else(|| self.steal_from_backlog()).or_else(|| self.steal_next())?;
        let count = 1 + self.processor().len() as u64;
        self.pass(Transition::Steal, || Event::Steal { from: from as u64, count });
        self.counters().pass_many(Transition::Stolen, count);
        Some(self.work_of(entry))
    }

    fn steal_from_ring(&self) -> Option<Stolen> {
        self.victims().find_map(|victim| {
            let entry = victim.processor.steal_into(self.processor())?;
            Some(Stolen { entry, from: victim.number })
        })
    }

    fn steal_next(&self) -> Option<Stolen> {
        let seen = |victim: &'_ Station| victim.processor.peek_next();
        let (victim, entry) =
            self.victims().map(|victim| (victim, seen(victim))).find(|(_, entry)| !entry.is_null())?;
        let grace = clock::after(NEXT_GRACE);
        while clock::now() < grace {
            if victim.processor.peek_next() != entry {
                return None;
            }
            std::hint::spin_loop();
        }
        victim.processor.steal_next(entry).map(|entry| Stolen { entry, from: victim.number })
    }

    /// The other machines, from a different one each time.
    pub(super) fn victims(&self) -> impl Iterator<Item = &Station> + '_ {
        let others = self.scheduler.stations.from(self.tick() as usize);
        others.map(|station| &**station).filter(|station| station.number != self.number)
    }

    /// Whether coroutines seem to wait anywhere that any machine may take.
    pub(super) fn fresh_anywhere(&self) -> bool {
        self.scheduler.global.len() > 0
            || self.scheduler.stations.iter().any(|station| station.has_work_to_steal())
    }
}
