//! What a runtime has done, and what it is doing: counts, distributions and lengths, read when somebody asks.

mod machine;
#[cfg(feature = "prometheus")]
mod prometheus;
mod states;

use crate::netpoll::Watch;
use crate::sched::duty::Duty;
use crate::sched::scheduler::Scheduler;
use crate::spawn::current_scheduler;
use crate::stack;
use crate::trace::{Histogram, Transition};

pub use machine::MachineMetrics;
#[cfg(feature = "prometheus")]
pub use prometheus::prometheus_of;
pub(super) use states::States;

/// Counts of one runtime since its start, what its coroutines do now, and figures of stacks and sockets, which all runtimes
/// of the process share.
///
/// Counts are exact. What is *now* is derived from counts and lengths that are read one after the other, while worker threads
/// go on: exact if nothing happens meanwhile, else off by what does. The first four fields of it add up to `live` less
/// `abandoned`, up to that.
///
/// Lengths of time are measured where the clock is read anyway (timers, stalls), and of one run and one wake-up in 256
/// otherwise (Go measures one goroutine in 8). Nobody has to turn that on: it costs 1 to 2 ns a run.
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
    /// Now: coroutines that have not started: queued, or, if they are to begin with an event, waiting for it.
    pub fresh: u64,
    /// Now: coroutines that have started and could go on, but for others.
    pub ready: u64,
    /// Now: coroutines that have a thread.
    pub running: u64,
    /// Now: coroutines that have started and wait. One that another thread has woken counts until its worker thread notices.
    pub waiting: u64,
    /// Times a worker thread was found stuck in one coroutine.
    pub stalls: u64,
    /// How long it was, in nanoseconds, of those that are over: as the monitor sees it, which looks every 10 ms.
    pub stall_ns: Histogram,
    /// Threads that were started in the place of a stuck one.
    pub replacements: u64,
    /// Timers that are armed.
    pub timers_armed: usize,
    /// Coroutines in the global queue.
    pub queued_global: usize,
    /// Now: worker threads that start fresh coroutines; with those that are stuck, but not replaced.
    pub machines_on_duty: usize,
    /// Now: those of them that have nothing to run, and sleep.
    pub machines_idle: usize,
    /// Now: worker threads that are stuck in a coroutine, so that others start fresh ones in their place.
    pub machines_relieved: usize,
    /// Now: worker threads that have taken the place of a stuck one, and are not needed for that any more.
    pub machines_spare: usize,
    /// Now: by how many more coroutines live on the one worker thread than on the other, of those that start fresh ones. 0
    /// where started coroutines move.
    pub homed_imbalance: usize,
    /// Spawns that came from threads that are no worker of this runtime.
    pub spawned_outside: u64,
    /// The worker threads, in the order of their numbers; the first as many as the runtime was built with, then those
    /// that had to take the place of a stuck one.
    pub machines: Vec<MachineMetrics>,
    /// Stacks of the whole process that have been made usable.
    pub stacks_opened: u64,
    /// Stacks of the whole process that coroutines have, or that workers hold ready for them.
    pub stacks_claimed: u64,
    /// Free stacks of the whole process whose memory has not been given back. Those that worker threads keep for
    /// themselves are not among them, nor among the next.
    pub stacks_hot: u64,
    /// Free stacks of the whole process without memory.
    pub stacks_cold: u64,
    /// Now: stacks of this runtime's coroutines, those of abandoned ones included, borrowed ones ([`grow`]) not.
    ///
    /// [`grow`]: crate::face::stack::grow
    pub stacks_in_use: u64,
    /// Free stacks that this runtime's worker threads keep for themselves. Told by each before it sleeps, and at least at
    /// every 61st schedule.
    pub stacks_cached: usize,
    /// The deepest use of any stack of the process that was seen, in bytes, by whole pages from its top. A stack is looked at
    /// when its memory is given back, which happens while its coroutine waits for long, and, one in 256, when its coroutine
    /// ends; a page that was used is seen however long ago. Where started coroutines move, at those ends alone. Pages that C
    /// code without stack probes has skipped end what is seen.
    pub stack_deepest_bytes: usize,
    /// Sockets and other descriptors of the whole process that the netpoller knows: those that had to wait once.
    pub sockets: usize,
}

/// The counts of the current runtime. Costs some microseconds for each worker thread; takes locks that nobody holds for
/// long.
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
        let states = States::of(scheduler);
        // Ends are read before spawns: otherwise a coroutine could end that was never counted as spawned.
        let (finished, discarded) = (scheduler.count(Finish), scheduler.count(Discard));
        let spawned = scheduler.count(Spawn);
        let machines: Vec<_> =
            scheduler.stations.iter().map(|station| MachineMetrics::of(station, scheduler)).collect();
        let with = |duty| scheduler.stations.iter().filter(move |station| station.duty.get() == duty);
        let abandoned = scheduler.count(Abandon);
        let homed: Vec<_> = with(Duty::Active).map(|station| scheduler.homed_on(station)).collect();
        Metrics {
            spawned,
            finished,
            panicked: scheduler.count(Panic),
            discarded,
            abandoned,
            live: spawned.saturating_sub(finished + discarded),
            fresh: states.fresh,
            ready: states.ready,
            running: states.running,
            waiting: states.waiting,
            stalls: scheduler.count(Stall),
            stall_ns: scheduler.stall_length.snapshot(),
            replacements: scheduler.count(Replace),
            timers_armed: scheduler.timers_armed(),
            queued_global: scheduler.global.len(),
            machines_on_duty: with(Duty::Active).count(),
            machines_idle: scheduler.idle.count(),
            machines_relieved: with(Duty::Relieved).count(),
            machines_spare: with(Duty::Passive).count(),
            homed_imbalance: homed.iter().max().unwrap_or(&0) - homed.iter().min().unwrap_or(&0),
            spawned_outside: scheduler.outside.count(Spawn),
            stacks_in_use: states.started + abandoned,
            stacks_cached: machines.iter().map(|machine| machine.stacks_cached).sum(),
            machines,
            stacks_opened: stacks.opened,
            stacks_claimed: stacks.claimed,
            stacks_hot: stacks.hot,
            stacks_cold: stacks.cold,
            stack_deepest_bytes: stack::deepest(),
            sockets: Watch::count(),
        }
    }

    /// One distribution, of all worker threads together.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let metrics = gopark::run(|| {
    ///     (0..10_000).for_each(|_| gopark::yield_now());
    ///     gopark::metrics()
    /// });
    /// let slices = metrics.merged(|machine| &machine.run_slice_ns);
    /// assert!(slices.count() >= 10, "one of 256, at random");
    /// ```
    pub fn merged(&self, of: impl Fn(&MachineMetrics) -> &Histogram) -> Histogram {
        self.machines.iter().map(of).fold(Histogram::default(), |mut all, one| {
            all.merge(one);
            all
        })
    }
}
