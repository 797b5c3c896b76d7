//! From events to intervals, arrows and spans: all tracks, and what goes from one to another.

use std::collections::{BTreeSet, HashMap};
use std::io;

use super::Counts;
use super::coroutines::Coroutines;
use super::marks::{End, MONITOR, Marks, OTHERS};
use super::records::Args;
use super::sorted::Sorted;
use super::track::Track;
use crate::sys::clock::Nanos;
use crate::trace::event::{Event, MachineName};
use crate::trace::merge::Next;
use crate::trace::statics::Statics;

pub(super) struct Timeline<'a> {
    marks: Marks<'a>,
    tracks: HashMap<Option<MachineName>, Track>,
    coroutines: Coroutines,
    counts: Counts,
}

impl<'a> Timeline<'a> {
    pub(super) fn new(
        lines: &'a mut Sorted,
        statics: &'a Statics,
        names: &'a HashMap<u64, Box<str>>,
        begin: Nanos,
        machines: &BTreeSet<Option<MachineName>>,
    ) -> io::Result<Timeline<'a>> {
        let mut marks = Marks::new(lines, statics, names, begin);
        let program = std::env::current_exe().ok();
        let program = program.as_ref().and_then(|path| path.file_name()).unwrap_or_default();
        marks.title("process_name", 0, program.to_string_lossy().into_owned())?;
        let first_runtime = machines.iter().flatten().map(|machine| machine.runtime).min();
        let mut tracks = HashMap::new();
        for (tid, &machine) in (1..).zip(machines) {
            let (tid, title) = match machine {
                None => (OTHERS, "other threads".to_owned()),
                Some(MachineName { runtime, number }) if Some(runtime) == first_runtime => {
                    (tid, format!("worker {number}"))
                }
                Some(MachineName { runtime, number }) => {
                    (tid, format!("worker {number} of runtime {runtime}"))
                }
            };
            marks.title("thread_name", tid, title)?;
            marks.sort_index(tid)?;
            tracks.insert(machine, Track::new(tid, begin));
        }
        if machines.contains(&None) {
            marks.title("thread_name", MONITOR, "monitor".to_owned())?;
            marks.sort_index(MONITOR)?;
        }
        Ok(Timeline { marks, tracks, coroutines: Coroutines::default(), counts: Counts::default() })
    }

    /// What comes next, of `machine`.
    pub(super) fn tell(&mut self, machine: Option<MachineName>, next: Next) -> io::Result<()> {
        let Timeline { marks, tracks, coroutines, counts } = self;
        let track = tracks.get_mut(&machine).expect("all machines are known from the beginning");
        match next {
            Next::Lost(count) => {
                counts.lost += count;
                let at = End { tid: track.tid, time: track.last };
                track.close(marks, track.last, "events lost")?;
                track.untold = false;
                marks.instant("events lost", at, Args { count: Some(count), ..Args::default() })
            }
            Next::Event(time, event) => {
                counts.events += 1;
                if !matches!(event, Event::ParkSkipped { .. }) {
                    track.flush(marks)?;
                }
                let told = track.tell(marks, coroutines, time, event);
                track.last = time;
                track.untold = false;
                told
            }
        }
    }

    /// Nothing more has happened until `end`.
    pub(super) fn finish(mut self, end: Nanos) -> io::Result<Counts> {
        for track in self.tracks.values_mut() {
            track.close(&mut self.marks, end.max(track.last), "the trace ends")?;
        }
        self.coroutines.finish(&mut self.marks, end)?;
        Ok(self.counts)
    }
}
