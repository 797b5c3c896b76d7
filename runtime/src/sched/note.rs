//! What a machine, or another thread in its place, has to tell a trace: while nobody records, a load and a branch.

use super::machine::Machine;
use super::noted::{run_begin, run_end};
use super::scheduler::Scheduler;
use crate::coroutine::record::Record;
use crate::coroutine::switch::Suspend;
use crate::trace::{self, Event, Transition, Why};

impl Machine {
    /// `event`, if somebody wants to know.
    #[inline(always)]
    pub(crate) fn note(&self, event: impl FnOnce() -> Event) {
        if trace::is_on() {
            self.station.track.record(event());
        }
    }

    /// Counts `transition`, and notes what it was.
    #[inline(always)]
    pub(crate) fn pass(&self, transition: Transition, event: impl FnOnce() -> Event) {
        self.counters().pass(transition);
        self.note(event);
    }

    /// Whether somebody wants to know of the run of `record` that is about to begin. Nearly the only question that a
    /// switch asks: its end is told if its beginning was.
    #[inline(always)]
    pub(super) fn is_watched(&self, record: &Record) -> bool {
        self.sampling.is_due(self.tick(), record) | trace::is_on()
    }

    /// `record`, which is watched, is about to be resumed.
    pub(super) fn run_begins(&self, record: &Record) {
        self.sampling.begin(self.tick(), record, &self.station.timings);
        self.note_run(record);
    }

    /// It has left its stack, and is still the caller's: others could run it, and say so.
    pub(super) fn run_ends(&self, record: &Record, why: Option<Suspend>) {
        self.sampling.end(record, why, &self.station.timings);
        let why = match why {
            Some(Suspend::Yield) => Why::Yield,
            Some(Suspend::Wait(_)) => Why::Park,
            Some(Suspend::Abandoned) => Why::Abandoned,
            None => return, // how it has ended, `finish` knows
        };
        self.note(|| run_end(record, why));
    }

    /// `record` has the thread.
    pub(super) fn note_run(&self, record: &Record) {
        if trace::is_on() {
            self.record_run(record);
        }
    }

    fn record_run(&self, record: &Record) {
        if let Some(name) = record.coroutine.name() {
            trace::note_name(record.coroutine.id(), name);
        }
        self.station.track.record(run_begin(record));
    }
}

impl Scheduler {
    /// A thread that is no machine of this runtime: counts `transition`, and notes what it was.
    #[inline]
    pub(super) fn pass_outside(&self, transition: Transition, event: impl FnOnce() -> Event) {
        self.outside.pass_shared(transition);
        note_elsewhere(event);
    }
}

/// For a thread that is no machine.
#[inline]
pub(super) fn note_elsewhere(event: impl FnOnce() -> Event) {
    if trace::is_on() {
        trace::record_elsewhere(event());
    }
}
