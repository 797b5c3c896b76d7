//! What is under way of each coroutine: a wake-up that has not led to a run, spans that have not ended.

use std::collections::HashMap;
use std::io;

use super::marks::{End, Marks};
use super::records::Args;
use crate::sys::clock::Nanos;
use crate::trace::event::Name;

/// Why a coroutine is about to run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cause {
    pub(super) name: &'static str,
    pub(super) by: By,
    pub(super) via: Option<&'static str>,
    pub(super) from: End,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum By {
    Coroutine(u64),
    Whom(&'static str),
}

#[derive(Default)]
pub(super) struct Coroutines {
    /// Those that were woken or spawned, and have not run since.
    pub(super) woken: HashMap<u64, Cause>,
    /// The spans of each that have begun, and on which track.
    spans: HashMap<u64, Vec<(Name, u32)>>,
}

impl Coroutines {
    pub(super) fn begin_span(
        &mut self,
        marks: &mut Marks<'_>,
        id: u64,
        name: Name,
        at: End,
    ) -> io::Result<()> {
        self.spans.entry(id).or_default().push((name, at.tid));
        marks.span(name, 'b', id, at)
    }

    /// One whose begin is not in the trace has lasted since before.
    pub(super) fn end_span(&mut self, marks: &mut Marks<'_>, id: u64, name: Name, at: End) -> io::Result<()> {
        let spans = self.spans.entry(id).or_default();
        match spans.iter().rposition(|(begun, _)| *begun == name) {
            Some(which) => drop(spans.remove(which)),
            None => marks.span(name, 'b', id, End { time: marks.begin, ..at })?,
        }
        if spans.is_empty() {
            self.spans.remove(&id);
        }
        marks.span(name, 'e', id, at)
    }

    /// The trace ends.
    pub(super) fn finish(self, marks: &mut Marks<'_>, end: Nanos) -> io::Result<()> {
        for (id, spans) in self.spans {
            // The last one that began ends first.
            for (name, tid) in spans.into_iter().rev() {
                marks.span(name, 'e', id, End { tid, time: end })?;
            }
        }
        for (id, cause) in self.woken {
            let args = Args { coroutine: Some(id), via: cause.via, ..Args::default() };
            marks.instant("has not run since", cause.from, args)?;
        }
        Ok(())
    }
}
