//! `blocking`, as users see it.

use super::job;
use crate::coroutine::record;
use crate::park::waiter::Waiter;
use crate::sched::machine::Machine;

/// Runs `f` on a helper thread and returns its result. The calling coroutine is parked meanwhile; the others of
/// its worker thread go on. For what blocks a thread: files, C libraries, locks of std, long computations.
///
/// `f` may borrow from the caller, who neither returns nor unwinds before `f` has ended. It runs outside any
/// coroutine, on a plain thread: the caller's runtime is current there, so `go` and `metrics` work, but
/// coroutine-locals are the helper thread's, and a wait inside blocks that thread. `blocking` inside `f`, or on
/// any plain thread, calls its closure in place.
///
/// Helper threads belong to the process. They are made when they are needed, 512 at most, and end after ten
/// seconds without work. Further calls wait in line: so calls must not wait for each other in such numbers. If the
/// system has no thread to give and there is none yet, `f` runs in place, on the worker thread.
///
/// # Cost
/// Besides `f` two hand-overs between threads: 3 us while these are awake, 10 to 25 us where they have to be woken, and
/// some 100 us more for a call that makes a thread. On a plain thread nothing.
///
/// # Errors
/// None. Not affected by cancellation: it returns when `f` has ended, and not before.
///
/// # Panics
/// With `f`'s panic. Inside [`no_park`](crate::face::coroutine::no_park), before anything of `f` has run.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let path = String::from("/proc/thread-self/comm");
/// let name = gopark::run(|| gopark::blocking(|| std::fs::read_to_string(&path)))?;
/// assert_eq!(name, "gopark-blocking\n");
/// # std::io::Result::Ok(())
/// ```
pub fn blocking<F, T>(f: F) -> T
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    let Some(machine) = Machine::current() else { return f() };
    // First: it panics where this call must not wait, and after the hand-over that would be too late.
    let waiter = Waiter::current();
    // A reference of its own: when the caller goes on, the machine may have gone (sched/migrate.rs).
    let scheduler = machine.scheduler.clone();
    job::run_elsewhere(waiter, &scheduler, f)
}

/// The same for a caller that keeps its thread if it must: inside `no_park`.
pub(crate) fn blocking_if_possible<F, T>(f: F) -> T
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    let may_wait_elsewhere = record::current().is_some_and(|record| record.no_park.get() == 0);
    if may_wait_elsewhere { blocking(f) } else { f() }
}
