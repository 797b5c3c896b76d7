//! Which runtime a spawn goes to.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::sched::machine::Machine;
use crate::sched::scheduler::Scheduler;

thread_local! {
    /// The runtimes that this plain thread has entered, the innermost last, each with the number of its guard.
    static ENTERED: RefCell<Vec<(u64, Arc<Scheduler>)>> = const { RefCell::new(Vec::new()) };
}

/// Keeps a runtime current on a plain thread; made by [`Runtime::enter`](crate::face::runtime::Runtime::enter).
///
/// Several may be entered: the one that was entered last is current. In a coroutine its own runtime is, all the
/// same. Guards may be dropped in any order.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let runtime = gopark::runtime::Runtime::builder().workers(1).build()?;
/// let guard = runtime.enter();
/// assert_eq!(gopark::go(|| 7).join().unwrap(), 7);
/// drop(guard);
/// assert!(std::panic::catch_unwind(|| gopark::go(|| 7)).is_err()); // no runtime is current
/// # std::io::Result::Ok(())
/// ```
#[must_use = "the runtime is current only as long as the guard lives"]
pub struct EnterGuard<'a> {
    number: u64,
    // Belongs to its thread, and to the runtime.
    marker: PhantomData<(*const (), &'a ())>,
}

impl fmt::Debug for EnterGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnterGuard").finish_non_exhaustive()
    }
}

impl Drop for EnterGuard<'_> {
    fn drop(&mut self) {
        // In whatever order guards are dropped, each takes back what it has entered.
        let _ = ENTERED.try_with(|entered| entered.borrow_mut().retain(|(number, _)| *number != self.number));
    }
}

/// Makes `scheduler` current on this thread.
pub(crate) fn enter<'a>(scheduler: &'a Arc<Scheduler>) -> EnterGuard<'a> {
    let number = ENTERED.with(|entered| {
        let mut entered = entered.borrow_mut();
        let number = entered.last().map_or(0, |(number, _)| number + 1);
        entered.push((number, scheduler.clone()));
        number
    });
    EnterGuard { number, marker: PhantomData }
}

/// The runtime of the running coroutine, or the one that this thread has entered.
pub(crate) fn current_scheduler() -> Option<Arc<Scheduler>> {
    if let Some(machine) = Machine::current() {
        return Some(machine.scheduler.clone());
    }
    ENTERED.try_with(|entered| entered.borrow().last().map(|(_, scheduler)| scheduler.clone())).ok().flatten()
}
