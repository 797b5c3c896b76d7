//! Monotonic time in nanoseconds, the unit of every deadline inside the runtime.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// An instant of `CLOCK_MONOTONIC` in nanoseconds. `u64::MAX` means never (584 years of uptime).
pub(crate) type Nanos = u64;

/// The deadline that never comes.
pub(crate) const NEVER: Nanos = u64::MAX;

/// Reads the clock: about 25 ns through the vDSO.
pub(crate) fn now() -> Nanos {
    let t = clock_gettime(ClockId::Monotonic);
    // The monotonic clock starts at boot, so both fields are small and not negative.
    t.tv_sec as u64 * 1_000_000_000 + t.tv_nsec as u64
}

/// Whether `deadline` has come. Reads the clock only if it ever will.
#[inline]
pub(crate) fn is_past(deadline: Nanos) -> bool {
    deadline != NEVER && now() >= deadline
}

/// `duration` from now; saturates at [`NEVER`].
pub(crate) fn after(duration: Duration) -> Nanos {
    now().saturating_add(u64::try_from(duration.as_nanos()).unwrap_or(NEVER))
}

/// The deadline that `instant` stands for. Does not read the clock.
pub(crate) fn at(instant: Instant) -> Nanos {
    let (origin, nanos) = *ORIGIN;
    match instant.checked_duration_since(origin) {
        Some(since) => nanos.saturating_add(u64::try_from(since.as_nanos()).unwrap_or(NEVER)),
        None => nanos.saturating_sub(u64::try_from((origin - instant).as_nanos()).unwrap_or(NEVER)),
    }
}

/// One moment on both of its names. std's has the same clock under it, but does not tell its reading.
static ORIGIN: LazyLock<(Instant, Nanos)> = LazyLock::new(|| {
    let look = || {
        let before = now();
        let instant = Instant::now();
        (now() - before, instant, before)
    };
    // A thread that was interrupted in between has missed the moment. Too late by the rest is allowed, too early not.
    let mut looks = std::iter::repeat_with(look).take(100);
    let first = looks.next().expect("there are 100");
    let (width, instant, before) = looks.fold(first, |best, look| if look.0 < best.0 { look } else { best });
    (instant, before + width)
});
