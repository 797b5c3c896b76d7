//! Writing single records: intervals, instants, arrows, spans, names of tracks.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;

use super::records::{Args, Micros, Record};
use super::sorted::Sorted;
use crate::sys::clock::Nanos;
use crate::trace::event::{Name, Site, THREAD};
use crate::trace::statics::Statics;

/// The tracks of those that are no machine.
pub(super) const OTHERS: u32 = 1_000_001;
pub(super) const MONITOR: u32 = 1_000_002;

/// Where records go, and what names they need.
pub(super) struct Marks<'a> {
    lines: &'a mut Sorted,
    statics: &'a Statics,
    names: &'a HashMap<u64, Box<str>>,
    /// The time 0 of the file.
    pub(super) begin: Nanos,
    process: u32,
    arrows: u64,
}

/// One end of an arrow.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) tid: u32,
    pub(super) time: Nanos,
}

impl<'a> Marks<'a> {
    pub(super) fn new(
        lines: &'a mut Sorted,
        statics: &'a Statics,
        names: &'a HashMap<u64, Box<str>>,
        begin: Nanos,
    ) -> Marks<'a> {
        Marks { lines, statics, names, begin, process: std::process::id(), arrows: 0 }
    }

    /// As files name a coroutine, or a thread in the place of one.
    pub(super) fn name_of(&self, id: u64) -> Cow<'a, str> {
        match self.names.get(&id) {
            Some(name) => Cow::Borrowed(name),
            None if id & THREAD != 0 => format!("thread {}", id & !THREAD).into(),
            None => format!("coroutine {id}").into(),
        }
    }

    pub(super) fn site(&self, site: Site) -> Option<String> {
        self.statics.site(site).map(ToString::to_string)
    }

    fn record(&self, name: Cow<'a, str>, cat: &'static str, ph: char, at: End) -> Record<'a> {
        let (ts, pid, tid) = (Micros(at.time.saturating_sub(self.begin)), self.process, at.tid);
        Record { name, cat, ph, ts, dur: None, pid, tid, id: None, bp: None, s: None, args: Args::default() }
    }

    fn write(&mut self, record: &Record<'_>) -> io::Result<()> {
        self.lines.add(record.ts.0, |line| Ok(serde_json::to_writer(line, record)?))
    }

    /// From `from` to `until`. What was over before the trace began is left out.
    pub(super) fn interval(
        &mut self,
        name: Cow<'a, str>,
        cat: &'static str,
        from: End,
        until: Nanos,
        args: Args<'_>,
    ) -> io::Result<()> {
        if until < self.begin {
            return Ok(());
        }
        let begin = End { time: from.time.max(self.begin), ..from };
        let record = self.record(name, cat, 'X', begin);
        self.write(&Record { dur: Some(Micros(until.saturating_sub(begin.time))), args, ..record })
    }

    pub(super) fn instant(&mut self, name: &'static str, at: End, args: Args<'_>) -> io::Result<()> {
        if at.time < self.begin {
            return Ok(());
        }
        let record = self.record(name.into(), "scheduler", 'i', at);
        self.write(&Record { s: Some('t'), args, ..record })
    }

    pub(super) fn arrow(&mut self, name: &'static str, from: End, to: End, args: Args<'_>) -> io::Result<()> {
        if from.time < self.begin {
            return Ok(());
        }
        self.arrows += 1;
        let id = Some(self.arrows.to_string());
        let start = self.record(name.into(), name, 's', from);
        self.write(&Record { id: id.clone(), args, ..start })?;
        let end = self.record(name.into(), name, 'f', to);
        self.write(&Record { id, bp: Some('e'), ..end })
    }

    /// The begin (`b`) or the end (`e`) of a span of coroutine `id`.
    pub(super) fn span(&mut self, name: Name, ph: char, id: u64, at: End) -> io::Result<()> {
        let at = End { time: at.time.max(self.begin), ..at };
        let record = self.record(self.statics.name(name).into(), "span", ph, at);
        let args = Args { by: Some(self.name_of(id)), ..Args::default() };
        self.write(&Record { id: Some(format!("{id:#x}")), args, ..record })
    }

    /// What a track, or the process, is called.
    pub(super) fn title(&mut self, what: &'static str, tid: u32, name: String) -> io::Result<()> {
        let record = self.record(what.into(), "__metadata", 'M', End { tid, time: self.begin });
        self.write(&Record { args: Args { name: Some(name), ..Args::default() }, ..record })
    }

    /// Where among the others it stands.
    pub(super) fn sort_index(&mut self, tid: u32) -> io::Result<()> {
        let record =
            self.record("thread_sort_index".into(), "__metadata", 'M', End { tid, time: self.begin });
        self.write(&Record { args: Args { sort_index: Some(tid), ..Args::default() }, ..record })
    }
}
