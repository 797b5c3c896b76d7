//! Sleeping.

use std::time::{Duration, Instant};

use crate::coroutine::awaits::{Awaited, Awaits};
use crate::coroutine::cancelled::Cancelled;
use crate::coroutine::record;
use crate::lockfree::status::Wait;
use crate::park::cancellation::check;
use crate::park::suspension::preemption_point;
use crate::park::waiter::Waiter;
use crate::sys::clock::{self, NEVER, Nanos};

/// Waits for `duration`, never less. Parks the coroutine; on a plain thread it is `std::thread::sleep`.
///
/// Costs about 150 ns besides the switch; a million may sleep at once, 40 bytes each. Not affected by
/// cancellation.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// gopark_runtime::face::run(|| {
///     let start = Instant::now();
///     gopark_runtime::face::time::sleep(Duration::from_millis(2));
///     assert!(start.elapsed() >= Duration::from_millis(2));
/// });
/// ```
pub fn sleep(duration: Duration) {
    match record::current() {
        Some(_) => sleep_to(clock::after(duration)),
        None => std::thread::sleep(duration),
    }
}

/// Waits until `instant`; not at all if it has passed.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// let until = Instant::now() + Duration::from_millis(2);
/// gopark_runtime::face::run(move || gopark_runtime::face::time::sleep_until(until));
/// assert!(Instant::now() >= until);
/// ```
pub fn sleep_until(instant: Instant) {
    match record::current() {
        Some(_) => sleep_to(clock::at(instant)),
        None => std::thread::sleep(instant.saturating_duration_since(Instant::now())),
    }
}

/// As [`sleep`], for a coroutine that may be cancelled meanwhile.
///
/// # Errors
/// The coroutine was cancelled, or its ambient deadline passed, before or while it slept.
///
/// ```
/// use std::time::Duration;
///
/// # use gopark_runtime::face as gopark;
/// gopark::run(|| {
///     let sleeper = gopark::go(|| gopark::time::try_sleep(Duration::from_secs(3600)));
///     sleeper.cancel();
///     assert_eq!(sleeper.join().unwrap(), Err(gopark::Cancelled));
/// });
/// ```
pub fn try_sleep(duration: Duration) -> Result<(), Cancelled> {
    let deadline = clock::after(duration);
    loop {
        check().map_err(|_| Cancelled)?;
        if clock::now() >= deadline {
            preemption_point();
            return Ok(());
        }
        Waiter::current().wait_fallibly(until(deadline), deadline.min(NEVER - 1), || ());
    }
}

fn until(deadline: Nanos) -> Awaits {
    Awaits::new(Awaited::Time, deadline)
}

#[inline(always)]
fn sleep_to(deadline: Nanos) {
    if clock::now() >= deadline {
        preemption_point();
    }
    while clock::now() < deadline {
        Waiter::current().wait(until(deadline), Wait::Plain, deadline.min(NEVER - 1), || ());
    }
}
