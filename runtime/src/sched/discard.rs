//! Fresh coroutines that go to nobody in particular, or to nobody at all.

use super::migrate::returns_to_stack;
use super::note::note_elsewhere;
use super::noted::spawned;
use super::processor::Processor;
use super::ready::{drop_fresh, give_up};
use super::scheduler::Scheduler;
use super::station::Station;
use crate::coroutine::entry::Entry;
use crate::coroutine::record::Record;
use crate::trace::{Event, Transition};

impl Scheduler {
    /// A thread without a machine hands over a fresh coroutine. It is counted first: so it never seems to have ended
    /// before it was spawned.
    pub(crate) fn inject(&self, entry: &'static Entry) {
        self.pass_outside(Transition::Spawn, || spawned(entry));
        self.hand_in([entry]);
        self.call_for_injected();
    }

    /// Puts coroutines that the caller holds into the global queue; drops them if the runtime has stopped.
    pub(super) fn hand_in(&self, entries: impl IntoIterator<Item = &'static Entry>) {
        for entry in entries {
            if !self.global.push(entry) {
                self.let_go(entry);
            }
        }
    }

    /// One that the caller has taken out of a queue, and nobody will run any more.
    pub(super) fn let_go(&self, entry: &'static Entry) {
        match Record::of(entry).filter(|_| self.config.migrates) {
            Some(record) => self.forsake(record),
            None => self.discard(entry),
        }
    }

    /// The same for one that has started, away from the machines.
    #[cold]
    fn forsake(&self, record: &'static Record) {
        if returns_to_stack(record.entry()) {
            return;
        }
        self.pass_outside(Transition::Abandon, || Event::Abandon { id: record.coroutine.id() });
        self.departures.leave_behind([record.coroutine.clone()]);
        give_up(record.entry());
    }

    /// Moves what others can run from a stuck machine to where all machines look. `hands` are the caller's, and empty.
    pub(super) fn carry_over(&self, stuck: &Station, hands: &Processor) {
        while let Some(first) = stuck.processor.steal_into(hands) {
            let rest = std::iter::from_fn(|| hands.take(true));
            self.hand_in(std::iter::once(first).chain(rest));
        }
        while let Some(entry) = stuck.backlog.take_one() {
            self.hand_in([entry]);
        }
        let next = stuck.processor.peek_next();
        if !next.is_null() {
            self.hand_in(stuck.processor.steal_next(next));
        }
        while let Some(entry) = stuck.placed.take_one() {
            stuck.load.recall();
            self.hand_in([entry]);
        }
    }

    /// Drops the closure of a fresh coroutine; join answers `Cancelled`. The caller holds it, and has taken it out of
    /// whatever it was in.
    #[cold]
    pub(crate) fn discard(&self, entry: &'static Entry) {
        note_elsewhere(|| Event::Discard { id: entry.id() });
        drop_fresh(entry);
        self.outside.pass_shared(Transition::Discard);
        self.departures.tell();
    }
}
