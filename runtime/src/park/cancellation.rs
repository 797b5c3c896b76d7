//! Cancelled coroutines: fallible calls honour it, infallible ones do not.

use std::time::Duration;

use super::suspension::let_others_run_if_asked;
use super::waiter::Waiter;
use super::yielding::yield_now;
use crate::coroutine::cancelled::{Cancelled, Reason};
use crate::coroutine::handle::Coroutine;
use crate::coroutine::record::{self, Record};
use crate::lockfree::status::Wait;
use crate::sched::ready::ready;
use crate::sys::clock;

/// Whether the running coroutine was cancelled, and why. `None` on a plain thread. A cancelled coroutine goes on: its
/// calls on sockets fail, and it is expected to come to an end.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// gopark::run(|| {
///     let worker = gopark::go(|| {
///         while gopark::coroutine::cancelled().is_none() {
///             gopark::yield_now();
///         }
///     });
///     worker.cancel();
///     worker.join().unwrap();
/// });
/// ```
pub fn cancelled() -> Option<Reason> {
    record::current().is_some_and(is_cancelled).then_some(Reason::Cancelled)
}

#[inline]
fn is_cancelled(record: &Record) -> bool {
    record.entry().status.is_cancelled()
}

/// After so many refusals each further one takes [`PAUSE`].
const PATIENCE: u32 = 100;

const PAUSE: Duration = Duration::from_millis(1);

/// What a fallible call asks before it does anything, and before it waits.
///
/// # Errors
/// The coroutine was cancelled. Each such failure lets others run, and after 100 of them each takes a millisecond: a
/// loop that overlooks errors keeps nobody from anything, and does not burn a core.
#[inline]
pub(crate) fn check_cancelled() -> Result<(), Cancelled> {
    match record::current() {
        Some(record) if is_cancelled(record) => Err(refuse(record)),
        _ => Ok(()),
    }
}

/// Who is inside a fallible call that may wait: asked once who it is, at the beginning.
#[derive(Clone, Copy)]
pub(crate) struct Caller(Option<&'static Record>);

impl Caller {
    /// # Errors
    /// As [`check_cancelled`].
    #[inline]
    pub(crate) fn enter() -> Result<Caller, Cancelled> {
        let caller = record::current();
        match caller {
            Some(record) if is_cancelled(record) => Err(refuse(record)),
            _ => Ok(Caller(caller)),
        }
    }

    /// It did not have to wait: others may have to run.
    #[inline]
    pub(crate) fn leave(self) {
        if let Some(record) = self.0 {
            let_others_run_if_asked(record);
        }
    }
}

#[cold]
fn refuse(record: &'static Record) -> Cancelled {
    let refusals = record.refusals.get().saturating_add(1);
    record.refusals.set(refusals);
    if record.no_park.get() != 0 || std::thread::panicking() {
        // Nobody else may run on this thread now.
    } else if refusals > PATIENCE {
        Waiter::current().wait(Wait::Plain, clock::after(PAUSE), || ());
    } else {
        yield_now();
    }
    Cancelled
}

impl Coroutine {
    /// Cancels it, once and for good. Wakes it if it waits in a call that can fail. Does nothing after its end.
    pub(crate) fn cancel(&self) {
        let id = self.id();
        if let Some(runnable) = self.entry().cancel_if(|entry| entry.id() == id) {
            ready(runnable);
        }
    }
}
