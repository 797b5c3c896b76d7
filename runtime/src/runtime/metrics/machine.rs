//! What is known of one worker thread.

use std::sync::atomic::Ordering;

use super::states::States;
use crate::sched::duty::Duty;
use crate::sched::scheduler::Scheduler;
use crate::sched::station::Station;
use crate::trace::{Histogram, Transition};

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
    /// Whether a coroutine has it now.
    pub running: bool,
    /// Coroutines that live on it: those that have started here, and those that were sent here to start. None where
    /// started ones move.
    pub homed: usize,
    /// Those of them that have started and could go on, but for others. 0 where started ones move.
    pub ready: u64,
    /// Those of them that wait. 0 where started ones move.
    pub waiting: u64,
    /// Fresh coroutines in its queue, which others may take. Where started ones move, ready ones too.
    pub queued: usize,
    /// Fresh coroutines that were sent here to start, because fewer live here.
    pub queued_placed: usize,
    /// Coroutines that it has made ready in numbers, where started ones move; others may take them.
    pub queued_backlog: usize,
    /// Free stacks that it keeps for itself, when it looked last.
    pub stacks_cached: usize,
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
    /// How long coroutines ran at a time, in nanoseconds: of one run in 256, chosen at random.
    pub run_slice_ns: Histogram,
    /// How long coroutines were ready before they ran, in nanoseconds: of one wake-up in 256, by whomever, and of one yield
    /// in 256. Where coroutines start, nothing is measured. Recorded by the worker thread that runs them.
    pub scheduling_latency_ns: Histogram,
    /// How late timers were found due, in nanoseconds: of every timer that fired. How long the coroutine then waits for its
    /// turn is in the above.
    pub timer_lateness_ns: Histogram,
    /// How many events a call of epoll brought: of every call.
    pub poll_batch: Histogram,
}

impl MachineMetrics {
    pub(super) fn of(station: &Station, scheduler: &Scheduler) -> MachineMetrics {
        let count = |of: Transition| station.counters.count(of);
        let states = States::on(station, scheduler);
        MachineMetrics {
            present: station.duty.get() != Duty::Gone,
            running: station.glance.running().is_some(),
            homed: scheduler.homed_on(station),
            ready: states.ready,
            waiting: states.waiting,
            queued: station.processor.len() + usize::from(!station.processor.peek_next().is_null()),
            queued_placed: station.placed.len(),
            queued_backlog: station.backlog.len(),
            stacks_cached: station.stacks_cached.load(Ordering::Relaxed),
            timers_armed: station.timers.len(),
            started: count(Transition::Start),
            placed: count(Transition::Place),
            ticks: count(Transition::Tick),
            steals: count(Transition::Steal),
            stolen: count(Transition::Stolen),
            parks: count(Transition::Park),
            parks_skipped: count(Transition::ParkSkipped),
            yields: count(Transition::Yield),
            wakes_local: count(Transition::WakeLocal) + count(Transition::Unseat),
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
            run_slice_ns: station.timings.run_slice.snapshot(),
            scheduling_latency_ns: station.timings.scheduling_latency.snapshot(),
            timer_lateness_ns: station.timings.timer_lateness.snapshot(),
            poll_batch: station.timings.poll_batch.snapshot(),
        }
    }
}
