//! What a machine, or another thread in its place, has to tell a trace: while nobody records, a load and a branch.

use super::machine::Machine;
use super::noted::run_begin;
use super::scheduler::Scheduler;
use crate::coroutine::record::Record;
use crate::trace::{self, Event, Transition};

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

    /// `record` has the thread.
    #[inline(always)]
    pub(super) fn note_run(&self, record: &Record) {
        if trace::is_on() {
            self.record_run(record);
        }
    }

    #[cold]
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
