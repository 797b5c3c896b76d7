//! Events as a trace has them, of those whom they are about.

use crate::coroutine::entry::Entry;
use crate::coroutine::record::Record;
use crate::trace::{Event, Site, Why};

/// A coroutine was made.
pub(super) fn spawned(entry: &Entry) -> Event {
    Event::Spawn { id: entry.id(), site: Site::of(entry.site()) }
}

/// It is about to be handed to another machine's inbox, or queued here.
pub(super) fn woken(entry: &Entry, inbox: bool) -> Event {
    Event::Wake { id: entry.id(), inbox }
}

/// It has the thread.
pub(super) fn run_begin(record: &Record) -> Event {
    Event::RunBegin { id: record.coroutine.id(), site: Site::of(record.entry().site()) }
}

/// It has it no more.
pub(super) fn run_end(record: &Record, why: Why) -> Event {
    Event::RunEnd { id: record.coroutine.id(), why }
}
