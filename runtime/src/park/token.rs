//! `park` and `unpark`, with one token for each coroutine.

use std::time::Duration;

use super::suspension::preemption_point;
use super::waiter::Waiter;
use crate::coroutine::awaits::{Awaited, Awaits};
use crate::coroutine::handle::Coroutine;
use crate::coroutine::record;
use crate::lockfree::status::Wait;
use crate::sched::ready::ready;
use crate::sys::clock::{self, NEVER, Nanos};

/// Waits until this coroutine's token is there, and takes it: as `std::thread::park`. The token is set by
/// [`Coroutine::unpark`], and no other wait consumes it. May return without a token.
///
/// On a plain thread it is `std::thread::park`, which `std::thread::Thread::unpark` ends. Not affected by
/// cancellation.
///
/// # Panics
/// Inside `no_park`, if the token is not there.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// gopark::run(|| {
///     let sleeper = gopark::go(|| gopark::coroutine::park());
///     sleeper.coroutine().unpark(); // before or after it has parked
///     sleeper.join().unwrap();
/// });
/// ```
#[inline(always)]
pub fn park() {
    park_until(NEVER, std::thread::park);
}

/// As [`park`], for `timeout` at most. Does not tell which of the two has ended it.
///
/// # Panics
/// As [`park`].
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::coroutine::{current, park_timeout};
/// use std::time::{Duration, Instant};
///
/// gopark::run(|| {
///     let (begin, hour) = (Instant::now(), Duration::from_secs(3600));
///     current().unwrap().unpark();
///     park_timeout(hour); // the token is there
///     park_timeout(Duration::from_millis(1)); // nobody sets it
///     assert!(begin.elapsed() < hour);
/// });
/// ```
pub fn park_timeout(timeout: Duration) {
    if record::current().is_some() {
        park_until(clock::after(timeout), || ());
    } else {
        std::thread::park_timeout(timeout);
    }
}

#[inline(always)]
fn park_until(deadline: Nanos, on_thread: impl FnOnce()) {
    match record::current() {
        Some(record) if record.entry().status.take_token() => preemption_point(),
        Some(_) => {
            Waiter::current().wait(Awaits::new(Awaited::Park, 0), Wait::User, deadline, || ());
        }
        None => on_thread(),
    }
}

/// The running coroutine; `None` on a plain thread.
///
/// ```
/// assert!(gopark_runtime::face::coroutine::current().is_none());
/// assert!(gopark_runtime::face::run(|| gopark_runtime::face::coroutine::current().is_some()));
/// ```
pub fn current() -> Option<Coroutine> {
    record::current().map(|record| record.coroutine.clone())
}

impl Coroutine {
    /// Sets its token: ends its present [`park`], or the next one returns at once. Does nothing after its end.
    ///
    /// From a coroutine of the same machine about 20 ns; from elsewhere up to 100 ns, and a system call if its
    /// machine sleeps. Never switches.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     let sleeper = gopark::go(|| {
    ///         gopark::coroutine::park();
    ///         "awake"
    ///     });
    ///     sleeper.coroutine().unpark();
    ///     sleeper.coroutine().unpark(); // there is one token at most
    ///     assert_eq!(sleeper.join().unwrap(), "awake");
    /// });
    /// ```
    pub fn unpark(&self) {
        if let Some(runnable) = self.entry().unpark(self.id()) {
            ready(runnable);
        }
    }
}
