//! What stops a coroutine: a cancellation, or the end of its time. Fallible calls honour it, infallible ones do not.

use std::time::Duration;

use super::suspension::let_others_run_if_asked;
use super::waiter::Waiter;
use super::yielding::yield_now;
use super::{ambient, sections};
use crate::coroutine::ambient::Ambient;
use crate::coroutine::awaits::Awaits;
use crate::coroutine::cancelled::Reason;
use crate::coroutine::handle::Coroutine;
use crate::coroutine::record::{self, Record};
use crate::lockfree::status::Wait;
use crate::sched::ready::ready;
use crate::sys::clock;

/// Whether the running coroutine was cancelled, or is past its ambient deadline, and which. It goes on: its calls that
/// can fail do so, and it is expected to come to an end. On a plain thread deadlines and contexts count. Inside
/// [`shield`](crate::face::shield) `None`.
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
    Caller::current().stopped()
}

/// After so many refusals in a row each further one takes [`PAUSE`].
const PATIENCE: u16 = 100;

const PAUSE: Duration = Duration::from_millis(1);

/// Who is inside a fallible call: asked once who it is, at the beginning.
#[derive(Clone, Copy)]
pub(crate) struct Caller(Option<&'static Record>);

/// What a fallible call asks before it does anything, and before it waits.
///
/// # Errors
/// The coroutine was cancelled, or is past its ambient deadline. Each such failure lets others run, and after 100 of
/// them each takes a millisecond: a loop that overlooks errors keeps nobody from anything, and does not burn a core.
#[inline]
pub(crate) fn check() -> Result<(), Reason> {
    Caller::enter().map(|_| ())
}

impl Caller {
    #[inline]
    fn current() -> Caller {
        Caller(record::current())
    }

    /// # Errors
    /// As [`check`].
    #[inline]
    pub(crate) fn enter() -> Result<Caller, Reason> {
        let caller = Caller::current();
        match caller.stopped() {
            None => Ok(caller),
            Some(reason) => Err(caller.refuse(reason)),
        }
    }

    /// It did not have to wait: others may have to run.
    #[inline]
    pub(crate) fn leave(self) {
        if let Some(record) = self.0 {
            let_others_run_if_asked(record);
        }
    }

    /// Whether it is outside of all sections of `no_park`.
    #[inline]
    pub(crate) fn may_wait(self) -> bool {
        self.0.is_none_or(|record| record.no_park.get() == 0)
    }

    /// # Panics
    /// It does: the caller must not wait.
    #[cold]
    pub(crate) fn refuse_to_wait(self) -> ! {
        self.0.into_iter().for_each(sections::check);
        unreachable!("it may wait")
    }

    /// As one who waits.
    ///
    /// # Panics
    /// As [`Waiter::current`].
    #[inline]
    pub(crate) fn waiter(self) -> Waiter {
        Waiter::of(self.0)
    }

    #[inline]
    fn stopped(self) -> Option<Reason> {
        let Some(record) = self.0 else { return ambient::of_thread(|ambient| reason(false, ambient)) };
        let cancelled = record.entry().status.is_cancelled();
        if cancelled || record.ambient.is_bounded() { reason(cancelled, &record.ambient) } else { None }
    }

    #[cold]
    fn refuse(self, reason: Reason) -> Reason {
        let refusals = match self.0 {
            Some(record) => record.ambient.count_refusal(),
            None => ambient::of_thread(Ambient::count_refusal),
        };
        if self.0.is_some_and(|record| record.no_park.get() != 0) || std::thread::panicking() {
            // Nobody else may run on this thread now.
        } else if refusals > PATIENCE {
            Waiter::current().wait(Awaits::PAUSE, Wait::Plain, clock::after(PAUSE), || ());
        } else {
            yield_now();
        }
        reason
    }
}

fn reason(cancelled: bool, ambient: &Ambient) -> Option<Reason> {
    if cancelled && ambient.is_open() {
        return Some(Reason::Cancelled);
    }
    if ambient.is_bounded() { ambient.reason() } else { None }
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
