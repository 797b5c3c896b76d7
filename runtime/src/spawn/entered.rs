//! Which runtime a spawn goes to.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::sched::machine::Machine;
use crate::sched::scheduler::Scheduler;

thread_local! {
    /// The runtimes that this plain thread has entered, the innermost last.
    static ENTERED: RefCell<Vec<Arc<Scheduler>>> = const { RefCell::new(Vec::new()) };
}

/// Keeps a runtime current on a plain thread; made by [`Runtime::enter`](crate::face::runtime::Runtime::enter).
#[must_use = "the runtime is current only as long as the guard lives"]
pub struct EnterGuard<'a> {
    depth: usize,
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
        // Guards that are dropped out of order take those inside them along.
        let _ = ENTERED.try_with(|entered| entered.borrow_mut().truncate(self.depth));
    }
}

/// Makes `scheduler` current on this thread.
pub(crate) fn enter<'a>(scheduler: &'a Arc<Scheduler>) -> EnterGuard<'a> {
    let depth = ENTERED.with(|entered| {
        let mut entered = entered.borrow_mut();
        entered.push(scheduler.clone());
        entered.len() - 1
    });
    EnterGuard { depth, marker: PhantomData }
}

/// The runtime of the running coroutine, or the one that this thread has entered.
pub(crate) fn current_scheduler() -> Option<Arc<Scheduler>> {
    if let Some(machine) = Machine::current() {
        return Some(machine.scheduler.clone());
    }
    ENTERED.try_with(|entered| entered.borrow().last().cloned()).ok().flatten()
}
