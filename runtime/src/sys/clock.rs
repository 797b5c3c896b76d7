//! Monotonic time in nanoseconds, the unit of every deadline inside the runtime.

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

/// The deadline that `instant` stands for; one in the past is now.
pub(crate) fn at(instant: Instant) -> Nanos {
    after(instant.saturating_duration_since(Instant::now()))
}
