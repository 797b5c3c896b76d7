//! Making coroutines ready: to the queue of their machine, or to its inbox.
#![allow(unsafe_code)]

use super::machine::Machine;
use super::note::note_elsewhere;
use super::noted::woken;
use super::sampling::note_ready_outside;
use crate::coroutine::body::{Fresh, abandon_body};
use crate::coroutine::entry::{Claimed, Entry, Runnable};
use crate::coroutine::home::Home;
use crate::coroutine::record::Record;
use crate::stack;
use crate::trace::Transition;

/// Queues a coroutine that has been woken, whoever calls. From a coroutine of the same machine it runs next.
/// Costs 5 ns there; elsewhere a compare-and-swap, a fence and, if its machine sleeps, a system call.
#[inline]
pub(crate) fn ready(runnable: Runnable) {
    match Machine::current() {
        Some(machine) => machine.ready(runnable, true),
        None => {
            note_ready_outside(runnable.0);
            note_elsewhere(|| woken(runnable.0, true));
            let _ = hand_over(runnable.0);
        }
    }
}

/// Lets somebody know whose wait the caller has ended.
#[inline]
pub(crate) fn hand_on(claimed: Claimed) {
    if let Some(runnable) = claimed.wake() {
        ready(runnable);
    }
}

/// How far a hand-over went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HandedOver {
    ToInbox,
    /// Besides, its machine slept and was woken.
    AndWoken,
}

fn hand_over(entry: &'static Entry) -> HandedOver {
    let home = Home::of(entry).expect("only placed coroutines are handed over");
    if home.is_kept() {
        return hand_to_keeper(home, entry);
    }
    home.inbox.push(entry.as_raw(), &entry.link);
    // From here on the coroutine may run and end, and its machine leave; homes stay.
    if home.call() { HandedOver::AndWoken } else { HandedOver::ToInbox }
}

#[cold]
fn hand_to_keeper(home: &Home, entry: &'static Entry) -> HandedOver {
    match home.keeper() {
        Some(keeper) => keeper.take_in(Runnable(entry)),
        None => give_up(entry),
    }
    HandedOver::ToInbox
}

/// A coroutine that the caller holds will never run again: its runtime has stopped. Who joins it is told.
pub(super) fn give_up(entry: &'static Entry) {
    if Record::of(entry).is_none() {
        return drop_fresh(entry);
    }
    // SAFETY: it waited or was queued, and its holder does not let it run.
    let joiner = unsafe { abandon_body(entry) };
    joiner.and_then(|ticket| ticket.wake()).into_iter().for_each(ready);
}

/// Drops the closure of a fresh coroutine, which the caller holds; join answers `Cancelled`.
#[cold]
pub(crate) fn drop_fresh(entry: &'static Entry) {
    // SAFETY: fresh, and the caller holds it: once.
    let fresh = unsafe { Fresh::of(entry) };
    let class = fresh.class();
    let joiner = fresh.discard();
    entry.vacate();
    Entry::free([entry.index()]);
    stack::release_claims(class, 1);
    if let Some(runnable) = joiner.and_then(|ticket| ticket.wake()) {
        ready(runnable);
    }
}

impl Machine {
    /// Queues a coroutine that has been woken by this machine, or by a coroutine that it runs.
    #[inline]
    pub(crate) fn ready(&self, runnable: Runnable, next: bool) {
        let entry = runnable.0;
        self.sampling.note_ready(entry);
        if !self.runs(entry) {
            return self.deliver(entry);
        }
        if self.migrates() {
            self.pass(self.wake_of(entry), || woken(entry, false));
            return self.ready_to_move(entry, next);
        }
        self.pass(Transition::WakeLocal, || woken(entry, false));
        let record = Record::of(entry).expect("only started coroutines wait");
        if next { self.homed.push_next(record) } else { self.homed.push(record) }
    }

    /// What it is that such a one is woken: where all have one home, the lobby is there too.
    fn wake_of(&self, entry: &'static Entry) -> Transition {
        if Record::of(entry).is_some() { Transition::WakeLocal } else { Transition::Unseat }
    }

    /// Whether a coroutine that is ready is this machine's to queue.
    #[inline]
    fn runs(&self, entry: &Entry) -> bool {
        Home::of(entry).is_some_and(|home| home.is(self.home_of_coroutines()))
    }

    /// Hands a coroutine to the machine on which it lives, or to the runtime.
    pub(super) fn deliver(&self, entry: &'static Entry) {
        // Before the hand-over: it may run at once.
        self.note(|| woken(entry, true));
        if self.fetch_from_lobby(entry) {
            return self.counters().pass(Transition::Unseat);
        }
        let handed_over = hand_over(entry);
        self.counters().pass(Transition::WakeInbox);
        if handed_over == HandedOver::AndWoken {
            self.counters().pass(Transition::WakeMachine);
        }
    }

    /// Queues all of a list, in its order, behind what is queued.
    pub(super) fn ready_all(&self, runnables: &mut Vec<Runnable>) {
        if !self.migrates() {
            return runnables.drain(..).for_each(|runnable| self.ready(runnable, false));
        }
        let before = runnables.len();
        runnables.retain(|&Runnable(entry)| {
            self.sampling.note_ready(entry);
            let is_own = self.runs(entry);
            if is_own {
                self.pass(self.wake_of(entry), || woken(entry, false));
            } else {
                self.deliver(entry);
            }
            is_own
        });
        if before > 0 {
            self.set_aside(runnables.drain(..).map(|runnable| runnable.0));
        }
    }

    /// Moves those whom others have woken to the end of the homed queue.
    #[inline]
    pub(super) fn drain_inbox(&self) -> bool {
        if self.home().inbox.is_empty() {
            return false;
        }
        self.drain_inbox_now();
        true
    }

    fn drain_inbox_now(&self) {
        let mut next = Entry::of_pointer(self.home().inbox.drain(Entry::link_of));
        while let Some(entry) = next {
            self.counters().pass(Transition::Drain);
            next = entry.next_in_list();
            self.homed.push(Record::of(entry).expect("only started coroutines are handed over"));
        }
    }
}
