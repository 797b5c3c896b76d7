//! Stopping a runtime, and what is told about it.

use std::fmt;
use std::panic::Location;
use std::time::{Duration, Instant};

use super::instance::Runtime;
use crate::blocking::blocking_if_possible;
use crate::coroutine::handle::Coroutine;
use crate::sched::scheduler::Scheduler;
use crate::trace::Transition;

/// How long a thread that is not stuck in a coroutine may take to leave, on a machine that has too much to do.
const LEAVE_WITHIN: Duration = Duration::from_secs(10);

/// How often it is looked whether those who have not left are stuck.
const LOOK: Duration = Duration::from_millis(10);

/// What became of the coroutines that were alive when their runtime stopped.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use std::time::Duration;
///
/// let runtime = gopark::runtime::Runtime::builder().workers(1).build()?;
/// drop(runtime.spawn(|| gopark::time::try_sleep(Duration::from_secs(3600))));
/// let shutdown = runtime.shutdown(Duration::from_secs(10)); // the sleep is cancelled: it takes no time
/// assert_eq!(shutdown.finished + shutdown.cancelled, 1);
/// assert!(shutdown.abandoned.is_empty());
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Shutdown {
    /// How many came to their end within the grace.
    pub finished: usize,
    /// How many had not started, and were dropped: who joins them gets [`Cancelled`](crate::face::Cancelled).
    pub cancelled: usize,
    /// Those that did neither. They never run again. Their stacks stay for the rest of the process, and so do the
    /// threads on which they lived, because they may have lent something to others.
    pub abandoned: Vec<Abandoned>,
}

/// A coroutine that was left behind.
///
/// Its `Display` form is its number, its name, and where it was spawned.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let runtime = gopark::runtime::Runtime::builder().workers(1).build()?;
/// let current = runtime.enter();
/// drop(gopark::coroutine::Builder::new().name("deaf").spawn(gopark::coroutine::park)?);
/// while runtime.metrics().machines[0].parks == 0 {
///     std::thread::yield_now();
/// }
/// let shutdown = runtime.shutdown(std::time::Duration::ZERO);
/// assert_eq!(shutdown.abandoned[0].coroutine.name(), Some("deaf"));
/// assert!(shutdown.abandoned[0].to_string().contains("'deaf'"));
/// # drop(current);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Abandoned {
    /// Who it is.
    pub coroutine: Coroutine,
    /// Where it was spawned.
    pub spawned_at: Option<&'static Location<'static>>,
}

impl fmt::Display for Abandoned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let description = self.coroutine.describe_from(self.spawned_at).to_string();
        f.write_str(description.trim_end_matches(',')) // it is made to be gone on from
    }
}

impl Runtime {
    /// Stops the runtime, in three steps: coroutines that have not started are dropped, and the others cancelled
    /// (calls on sockets fail, see [`JoinHandle::cancel`](crate::face::coroutine::JoinHandle::cancel)); for `grace`
    /// they can come to an end; what is left then is abandoned. Returns as soon as nothing is left, and tells who was.
    ///
    /// A coroutine that is abandoned is never resumed: nothing in it is dropped. Joining it answers
    /// [`Cancelled`](crate::face::Cancelled), except for the main coroutine of a [`run`](Runtime::run) that is under
    /// way elsewhere, which goes on waiting. Wake-ups that come later do nothing.
    ///
    /// After it nothing can be spawned. A second call returns at once, with nothing to tell. From then on a runtime
    /// keeps no thread, no descriptor in use and no memory, except for what is abandoned.
    ///
    /// # Panics
    /// In a coroutine of this runtime, which cannot wait for its own end.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// # use std::time::Duration;
    /// let runtime = gopark::runtime::Runtime::builder().workers(1).build()?;
    /// let stuck = runtime.spawn(|| gopark::coroutine::park());
    /// while gopark::runtime::Runtime::metrics(&runtime).machines[0].parks == 0 {}
    /// let shutdown = runtime.shutdown(Duration::from_millis(1));
    /// assert_eq!(shutdown.abandoned.len(), 1);
    /// assert_eq!(&shutdown.abandoned[0].coroutine, stuck.coroutine());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn shutdown(&self, grace: Duration) -> Shutdown {
        assert!(!self.is_own(), "a coroutine cannot shut down the runtime that it runs on");
        blocking_if_possible(|| self.stop(grace))
    }

    fn stop(&self, grace: Duration) -> Shutdown {
        let scheduler = &self.scheduler;
        let until = Instant::now().checked_add(grace);
        let before = Ends::of(scheduler);
        if !scheduler.begin_stop() {
            return Shutdown::default();
        }
        scheduler.tell_holders();
        cancel_until(scheduler, until);
        scheduler.begin_leaving();
        let still = wait_for_threads(scheduler);
        scheduler.close_global();
        wait_for_wakers(scheduler, still.len());
        for number in still {
            scheduler.departures.leave_behind(scheduler.strand(number));
        }
        let abandoned = scheduler.departures.conclude();
        self.wait_for_monitor();
        scheduler.vacate_unused_homes();
        drop(self.session.lock().take());
        let after = Ends::of(scheduler);
        let tell = |coroutine: Coroutine| Abandoned { spawned_at: coroutine.entry().site(), coroutine };
        Shutdown {
            finished: after.finished - before.finished,
            cancelled: after.discarded - before.discarded,
            abandoned: abandoned.into_iter().map(tell).collect(),
        }
    }
}

/// Cancels everything and waits until nothing is left, or until `until`, if that is an instant that will come.
///
/// More than once: a machine that saw the runtime run when it picked up a fresh coroutine may be interrupted, and start
/// it after the others were cancelled. To rule that out would cost each start a fence; to look again costs only here.
fn cancel_until(scheduler: &Scheduler, until: Option<Instant>) {
    let mut pause = Duration::from_millis(1);
    loop {
        scheduler.cancel_all();
        let next = Instant::now() + pause;
        let look = until.map_or(next, |until| until.min(next));
        if scheduler.departures.wait_until(look, || scheduler.is_drained()) {
            return;
        }
        if until.is_some_and(|until| Instant::now() >= until) {
            return;
        }
        pause = (pause * 2).min(Duration::from_secs(1));
    }
}

/// Waits for machines to leave; returns those that do not, because each is stuck in a coroutine.
fn wait_for_threads(scheduler: &Scheduler) -> Vec<usize> {
    let begin = Instant::now();
    let mut before = Vec::new();
    loop {
        let still = scheduler.departures.wait_for_threads(LOOK);
        let ticks: Vec<_> = still.iter().map(|&number| scheduler.stuck_at(number)).collect();
        let all_stuck = ticks == before && ticks.iter().all(Option::is_some);
        if still.is_empty() || all_stuck || begin.elapsed() > LEAVE_WITHIN {
            return still;
        }
        before = ticks;
    }
}

/// Where coroutines move, one that was woken while the machines left is in its waker's hands, who gives it up in a
/// moment.
fn wait_for_wakers(scheduler: &Scheduler, stuck: usize) {
    if scheduler.commons.is_none() || stuck > 0 {
        return;
    }
    scheduler.departures.wait_for_left_behind(Instant::now() + LEAVE_WITHIN, || scheduler.live());
}

/// Ends so far.
struct Ends {
    finished: usize,
    discarded: usize,
}

impl Ends {
    fn of(scheduler: &Scheduler) -> Ends {
        let total = |of: Transition| scheduler.count(of) as usize;
        Ends { finished: total(Transition::Finish), discarded: total(Transition::Discard) }
    }
}
