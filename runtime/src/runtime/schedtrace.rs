//! A line about the scheduler every so many milliseconds, as Go prints with `GODEBUG=schedtrace=1000`.
//!
//! ```text
//! SCHED 2003ms: workers=2 idle=1 machines=3 searching=0 spare=0 stuck=1 live=1004 started=1002 waiting=990 ready=10
//!     timers=40 global=0 [4 0 0] ticks=[70011 64002 13] homed=[500 502 0]    (one line)
//! ```
//! | field | Go's | meaning |
//! |---|---|---|
//! | `2003ms` | the same | since the runtime was built; the first line comes at once |
//! | `workers`, `idle` | `gomaxprocs`, `idleprocs` | threads that may run coroutines at a time; those of them that have nothing to run |
//! | `machines` | `threads` | threads, spares included |
//! | `searching` | `spinningthreads` | those that look for work of others: one at most, so there is no `needspinning` |
//! | `spare`, `stuck` | `idlethreads` | those that are not needed at present; those that others have replaced |
//! | `live`, `started` | | coroutines that have not ended; those of them that have begun |
//! | `waiting`, `ready` | | those of these that wait; that could go on |
//! | `timers` | | that are armed |
//! | `global`, `[..]` | `runqueue`, `[..]` | fresh coroutines (where started ones move, ready ones too) in the global queue, and of each thread |
//! | `ticks` | `schedticks` | looks for something to run, of each thread |
//! | `homed` | | coroutines that live on each thread; where started ones move, that have begun there and not ended there |
//!
//! Printing takes some microseconds, and no lock that a worker needs for long. Go's `scheddetail` has no counterpart here:
//! [`Metrics`](super::metrics::Metrics) tells of each thread.

use std::fmt;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::metrics::States;
use crate::sched::duty::Duty;
use crate::sched::scheduler::Scheduler;
use crate::trace::Transition;

/// Ends the printing when it is dropped.
pub(super) struct Schedtrace {
    stop: Option<Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Schedtrace {
    /// # Errors
    /// No thread.
    pub(super) fn start(scheduler: &Arc<Scheduler>, interval: Duration) -> io::Result<Schedtrace> {
        let (stop, stopped) = channel();
        let scheduler = Arc::downgrade(scheduler);
        let thread = thread::Builder::new()
            .name("gopark-sched".to_owned())
            .spawn(move || print_until(&stopped, &scheduler, interval))?;
        Ok(Schedtrace { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Schedtrace {
    fn drop(&mut self) {
        drop(self.stop.take());
        // It does not panic.
        let _ = self.thread.take().map(thread::JoinHandle::join);
    }
}

fn print_until(stopped: &Receiver<()>, scheduler: &Weak<Scheduler>, interval: Duration) {
    let begun = Instant::now();
    loop {
        let Some(running) = scheduler.upgrade() else { return };
        // Not eprintln!: it panics where stderr is closed.
        let _ = writeln!(io::stderr(), "{}", Line { scheduler: &running, since: begun.elapsed() });
        drop(running);
        if stopped.recv_timeout(interval) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

struct Line<'a> {
    scheduler: &'a Scheduler,
    since: Duration,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheduler = self.scheduler;
        let stations: Vec<_> = scheduler.stations.iter().collect();
        let states = States::of(scheduler);
        let with = |duty: Duty| stations.iter().filter(|station| station.duty.get() == duty).count();
        write!(
            f,
            "SCHED {}ms: workers={} idle={} machines={} searching={} spare={} stuck={} live={} started={} waiting={} \
             ready={} timers={} global={} [",
            self.since.as_millis(),
            scheduler.config.workers,
            scheduler.idle.count(),
            stations.len() - with(Duty::Gone),
            u8::from(scheduler.idle.has_searcher()),
            with(Duty::Passive),
            with(Duty::Relieved),
            scheduler.unfinished(),
            scheduler.live(),
            states.waiting,
            states.ready,
            scheduler.timers_armed(),
            scheduler.global.len(),
        )?;
        list(f, stations.iter().map(|station| station.queued()))?;
        f.write_str("] ticks=[")?;
        list(f, stations.iter().map(|station| station.counters.count(Transition::Tick)))?;
        f.write_str("] homed=[")?;
        list(f, stations.iter().map(|station| station.load.live()))?;
        f.write_str("]")
    }
}

fn list(f: &mut fmt::Formatter<'_>, numbers: impl Iterator<Item = impl fmt::Display>) -> fmt::Result {
    for (index, number) in numbers.enumerate() {
        write!(f, "{}{number}", if index > 0 { " " } else { "" })?;
    }
    Ok(())
}
