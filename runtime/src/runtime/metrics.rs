//! Counts of what a runtime has done.

use crate::sched::duty::Duty;
use crate::sched::scheduler::Scheduler;
use crate::sched::station::Station;
use crate::spawn::current_scheduler;
use crate::stack;
use crate::trace::Transition;

/// Counts of one runtime since its start, and of stacks, which all runtimes of the process share.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// gopark::run(|| {
///     let before = gopark::metrics();
///     gopark::go(|| "seven".parse::<u32>().unwrap()).join().unwrap_err();
///     let after = gopark::metrics();
///     assert_eq!((after.finished - before.finished, after.panicked - before.panicked), (1, 1));
/// });
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// Coroutines made.
    pub spawned: u64,
    /// Coroutines that have ended, by return or panic.
    pub finished: u64,
    /// Those of them that ended with a panic.
    pub panicked: u64,
    /// Coroutines dropped before they started, because the runtime stopped.
    pub discarded: u64,
    /// Coroutines that were left behind when the runtime stopped.
    pub abandoned: u64,
    /// Coroutines that are alive, fresh and abandoned ones included.
    pub live: u64,
    /// Times a worker thread was found stuck in one coroutine.
    pub stalls: u64,
    /// Threads that were started in the place of a stuck one.
    pub replacements: u64,
    /// Timers that are armed.
    pub timers_armed: usize,
    /// Coroutines in the global queue.
    pub queued_global: usize,
    /// Spawns that came from threads that are no worker of this runtime.
    pub spawned_outside: u64,
    /// The worker threads, in the order of their numbers; the first as many as the runtime was built with, then those
    /// that had to take the place of a stuck one.
    pub machines: Vec<MachineMetrics>,
    /// Stacks of the whole process that have been made usable.
    pub stacks_opened: u64,
    /// Stacks of the whole process that coroutines have, or that workers hold ready for them.
    pub stacks_claimed: u64,
    /// Free stacks of the whole process whose memory has not been given back.
    pub stacks_hot: u64,
}

/// Counts of one worker thread.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let machines = gopark::run(|| {
///     (0..10).for_each(|_| gopark::go(|| ()).join().unwrap());
///     gopark::metrics().machines
/// });
/// assert_eq!(machines.iter().map(|machine| machine.started).sum::<u64>(), 11); // with the main one
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MachineMetrics {
    /// Whether there is such a thread now. One that took the place of another ends when it is not needed.
    pub present: bool,
    /// Coroutines that live on it: those that have started here, and those that were sent here to start. None where
    /// started ones move.
    pub homed: usize,
    /// Timers that are armed on it. None where started coroutines move, which have theirs in common.
    pub timers_armed: usize,
    /// Coroutines started on it.
    pub started: u64,
    /// Fresh coroutines that it sent to a machine with fewer live ones.
    pub placed: u64,
    /// Looks for something to run.
    pub ticks: u64,
    /// Times it took fresh coroutines from another machine.
    pub steals: u64,
    /// How many it took.
    pub stolen: u64,
    /// Coroutines that began to wait.
    pub parks: u64,
    /// Waits that were over before they had begun.
    pub parks_skipped: u64,
    /// Times a coroutine let others run, by `yield_now` or because it was asked to.
    pub yields: u64,
    /// Coroutines that it made ready on itself.
    pub wakes_local: u64,
    /// Coroutines that it handed to another machine's inbox.
    pub wakes_inbox: u64,
    /// Sleeping machines that it woke by an eventfd.
    pub wakes_eventfd: u64,
    /// Calls of epoll.
    pub polls: u64,
    /// Events that these brought.
    pub events: u64,
    /// Timers that fired.
    pub timers_fired: u64,
    /// Times it went to sleep.
    pub sleeps: u64,
    /// Times it looked around on memory before it slept.
    pub spins: u64,
    /// Those of them that found something.
    pub spin_hits: u64,
    /// Stacks of which it gave memory back.
    pub trims: u64,
    /// Times a coroutine let others run because it had run for long.
    pub preemptions: u64,
    /// Started coroutines that it took over from another machine; none under the default policy.
    pub migrations: u64,
}

/// The counts of the current runtime. Costs about a microsecond; takes locks that nobody holds for long.
///
/// # Panics
/// Where no runtime is current.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let metrics = gopark::run(|| {
///     gopark::go(|| ()).join().unwrap();
///     gopark::metrics()
/// });
/// assert_eq!((metrics.spawned, metrics.finished), (2, 1));
/// ```
pub fn metrics() -> Metrics {
    let scheduler = current_scheduler().expect("there is no gopark runtime here to ask for metrics");
    Metrics::of(&scheduler)
}

impl Metrics {
    pub(super) fn of(scheduler: &Scheduler) -> Metrics {
        use Transition::{Abandon, Discard, Finish, Panic, Replace, Spawn, Stall};
        let stacks = stack::usage();
        // Ends are read before spawns: otherwise a coroutine could end that was never counted as spawned.
        let (finished, discarded) = (scheduler.count(Finish), scheduler.count(Discard));
        let spawned = scheduler.count(Spawn);
        let machines: Vec<_> =
            scheduler.stations.iter().map(|station| MachineMetrics::of(station, scheduler)).collect();
        Metrics {
            spawned,
            finished,
            panicked: scheduler.count(Panic),
            discarded,
            abandoned: scheduler.count(Abandon),
            live: spawned.saturating_sub(finished + discarded),
            stalls: scheduler.count(Stall),
            replacements: scheduler.count(Replace),
            timers_armed: scheduler.timers_armed(),
            queued_global: scheduler.global.len(),
            spawned_outside: scheduler.outside.count(Spawn),
            machines,
            stacks_opened: stacks.opened,
            stacks_claimed: stacks.claimed,
            stacks_hot: stacks.hot,
        }
    }
}

impl MachineMetrics {
    fn of(station: &Station, scheduler: &Scheduler) -> MachineMetrics {
        let count = |of: Transition| station.counters.count(of);
        MachineMetrics {
            present: station.duty.get() != Duty::Gone,
            homed: scheduler.homed_on(station),
            timers_armed: station.timers.len(),
            started: count(Transition::Start),
            placed: count(Transition::Place),
            ticks: count(Transition::Tick),
            steals: count(Transition::Steal),
            stolen: count(Transition::Stolen),
            parks: count(Transition::Park),
            parks_skipped: count(Transition::ParkSkipped),
            yields: count(Transition::Yield),
            wakes_local: count(Transition::WakeLocal),
            wakes_inbox: count(Transition::WakeInbox),
            wakes_eventfd: count(Transition::WakeMachine),
            polls: count(Transition::Poll),
            events: count(Transition::Event),
            timers_fired: count(Transition::Timer),
            sleeps: count(Transition::Sleep),
            spins: count(Transition::Spin),
            spin_hits: count(Transition::SpinHit),
            trims: count(Transition::Trim),
            preemptions: count(Transition::Preempt),
            migrations: count(Transition::Migrate),
        }
    }
}
