//! One track: which interval is open on it, and what the next event makes of it.
//!
//! One interval is open at a time: a run, a look at epoll, a sleep, timers that are due. Each is closed: by its end, by the
//! next begin if its end was lost, or by the end of the trace. One whose begin is not in the trace began before it.

use std::io;

use super::coroutines::{By, Cause, Coroutines};
use super::marks::{End, MONITOR, Marks, OTHERS};
use super::records::Args;
use crate::sys::clock::Nanos;
use crate::trace::event::{Event, MachineName, Site, Why};

pub(super) struct Track {
    pub(super) tid: u32,
    open: Option<Open>,
    /// A run whose end may still be explained by the next event.
    closed: Option<(Open, Nanos, &'static str)>,
    /// Of its last event.
    pub(super) last: Nanos,
    /// Nothing has been told of it.
    pub(super) untold: bool,
    /// The next run is a coroutine's first.
    first: bool,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    what: What,
    since: Nanos,
    preempted: bool,
    panicked: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Run { id: u64, site: Site, first: bool },
    Poll { sleeps: bool },
    Timers,
}

impl Track {
    pub(super) fn new(tid: u32, begin: Nanos) -> Track {
        Track { tid, open: None, closed: None, last: begin, untold: true, first: false }
    }

    pub(super) fn tell(
        &mut self,
        marks: &mut Marks<'_>,
        coroutines: &mut Coroutines,
        time: Nanos,
        event: Event,
    ) -> io::Result<()> {
        let at = End { tid: self.tid, time };
        let of = |id: u64| Args { coroutine: Some(id), ..Args::default() };
        let count = |count: u64| Args { count: Some(count), ..Args::default() };
        let monitor = End { tid: MONITOR, time };
        match event {
            Event::Spawn { id, .. } => {
                let cause = self.cause("spawn", None, at);
                self.show_cause(marks, &cause, id)?;
                coroutines.woken.insert(id, cause);
                Ok(())
            }
            Event::Wake { id, inbox } => {
                let cause = self.cause("wake", Some(if inbox { "inbox" } else { "local" }), at);
                self.show_cause(marks, &cause, id)?;
                coroutines.woken.insert(id, cause);
                Ok(())
            }
            Event::Start { .. } => {
                self.first = true;
                Ok(())
            }
            Event::RunBegin { id, site } => {
                let first = std::mem::take(&mut self.first);
                self.begin(marks, What::Run { id, site, first }, time)?;
                let Some(Cause { name, by, via, from }) = coroutines.woken.remove(&id) else { return Ok(()) };
                let by = match by {
                    By::Coroutine(id) => marks.name_of(id),
                    By::Whom(whom) => whom.into(),
                };
                marks.arrow(name, from, at, Args { by: Some(by), via, ..of(id) })
            }
            Event::RunEnd { id, why } => {
                let is_this =
                    |open: &Open| matches!(open.what, What::Run { id: running, .. } if running == id);
                if !self.open.as_ref().is_some_and(is_this) {
                    self.begin_before(marks, What::Run { id, site: Site(0), first: false }, time)?;
                }
                self.closed = self.open.take().map(|open| (open, time, open.ended(why)));
                Ok(())
            }
            Event::ParkSkipped { .. } => {
                if let Some((_, _, why)) = &mut self.closed {
                    *why = "park skipped";
                }
                self.flush(marks)
            }
            Event::Preempted { .. } => {
                self.open.iter_mut().for_each(|open| open.preempted = true);
                Ok(())
            }
            Event::Panicked { .. } => {
                self.open.iter_mut().for_each(|open| open.panicked = true);
                Ok(())
            }
            Event::PollBegin { sleeps } => self.begin(marks, What::Poll { sleeps }, time),
            Event::PollEnd { events } => {
                if !self.open.is_some_and(|open| matches!(open.what, What::Poll { .. })) {
                    self.begin_before(marks, What::Poll { sleeps: true }, time)?;
                }
                self.end(marks, time, count(events))
            }
            Event::TimersBegin => self.begin(marks, What::Timers, time),
            Event::TimersEnd { fired } => {
                if !self.open.is_some_and(|open| open.what == What::Timers) {
                    self.begin_before(marks, What::Timers, time)?;
                }
                self.end(marks, time, count(fired))
            }
            Event::Steal { from, count: stolen } => {
                let args = Args { machine: Some(format!("worker {from}")), ..count(stolen) };
                marks.instant("steal", at, args)
            }
            Event::Place { id, to } => {
                marks.instant("place", at, Args { machine: Some(format!("worker {to}")), ..of(id) })
            }
            Event::Migrate { id } => marks.instant("migrate", at, of(id)),
            Event::Stall { id, at } => {
                marks.instant("stall", monitor, Args { machine: Some(at.title()), ..of(id) })
            }
            Event::StallEnd { at } => {
                let args = Args { machine: Some(at.title()), ..Args::default() };
                marks.instant("stall is over", monitor, args)
            }
            Event::Replace { by } => {
                let args = Args { machine: Some(by.title()), ..Args::default() };
                marks.instant("replacement", monitor, args)
            }
            Event::Trim { stacks } => marks.instant("trim", at, count(stacks)),
            Event::Discard { id } => {
                coroutines.woken.remove(&id);
                marks.instant("discard", at, of(id))
            }
            Event::Abandon { id } => {
                coroutines.woken.remove(&id);
                marks.instant("abandon", at, of(id))
            }
            Event::SpanBegin { id, name } => coroutines.begin_span(marks, id, name, at),
            Event::SpanEnd { id, name } => coroutines.end_span(marks, id, name, at),
        }
    }

    fn cause(&self, name: &'static str, via: Option<&'static str>, from: End) -> Cause {
        let by = match self.open.map(|open| open.what) {
            Some(What::Run { id, .. }) => By::Coroutine(id),
            Some(What::Poll { .. }) => By::Whom("poller"),
            Some(What::Timers) => By::Whom("timers"),
            None if self.tid == OTHERS => By::Whom("another thread"),
            None => By::Whom("scheduler"),
        };
        Cause { name, by, via, from }
    }

    /// An arrow begins in an interval: one of no length, if there is no other.
    fn show_cause(&self, marks: &mut Marks<'_>, cause: &Cause, id: u64) -> io::Result<()> {
        if self.open.is_some() {
            return Ok(());
        }
        let args = Args { coroutine: Some(id), ..Args::default() };
        marks.interval(cause.name.into(), "scheduler", cause.from, cause.from.time, args)
    }

    fn begin(&mut self, marks: &mut Marks<'_>, what: What, time: Nanos) -> io::Result<()> {
        self.close(marks, time, "events lost")?;
        self.open = Some(Open { what, since: time, preempted: false, panicked: false });
        Ok(())
    }

    /// What ends at `time` and has no begin here: it has lasted since before the trace, or the begin was lost.
    fn begin_before(&mut self, marks: &mut Marks<'_>, what: What, time: Nanos) -> io::Result<()> {
        let since = if self.untold { marks.begin.min(time) } else { time };
        self.begin(marks, what, since.max(self.last.min(time)))
    }

    fn end(&mut self, marks: &mut Marks<'_>, time: Nanos, args: Args<'_>) -> io::Result<()> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let name = match open.what {
            What::Poll { sleeps: true } => "sleep",
            What::Poll { sleeps: false } => "poll",
            What::Timers => "timers",
            What::Run { .. } => unreachable!("runs have an end of their own"),
        };
        marks.interval(name.into(), "scheduler", End { tid: self.tid, time: open.since }, time, args)
    }

    /// Whatever is open ends here, for want of a better end.
    pub(super) fn close(&mut self, marks: &mut Marks<'_>, time: Nanos, why: &'static str) -> io::Result<()> {
        self.flush(marks)?;
        match self.open {
            None => Ok(()),
            Some(open) if matches!(open.what, What::Run { .. }) => {
                self.closed = self.open.take().map(|open| (open, time, why));
                self.flush(marks)
            }
            Some(_) => self.end(marks, time, Args { why: Some(why), ..Args::default() }),
        }
    }

    /// Writes a run whose end is known.
    pub(super) fn flush(&mut self, marks: &mut Marks<'_>) -> io::Result<()> {
        let Some((open, end, why)) = self.closed.take() else { return Ok(()) };
        let What::Run { id, site, first } = open.what else { return Ok(()) };
        let args = Args {
            coroutine: Some(id),
            spawned_at: marks.site(site),
            why: Some(why),
            first: first.then_some(true),
            ..Args::default()
        };
        let name = marks.name_of(id);
        marks.interval(name, "run", End { tid: self.tid, time: open.since }, end, args)
    }
}

impl Open {
    fn ended(&self, why: Why) -> &'static str {
        match why {
            Why::Yield if self.preempted => "preempted",
            Why::Yield => "yield",
            Why::Park => "park",
            Why::Finished if self.panicked => "panicked",
            Why::Finished => "finished",
            Why::Abandoned => "abandoned",
            Why::Blocked => "blocked on its stack",
        }
    }
}

impl MachineName {
    fn title(self) -> String {
        format!("worker {} of runtime {}", self.number, self.runtime)
    }
}
