//! Waiting for what comes a moment later, without saying when.

use std::time::{Duration, Instant};

/// A thousand times what any of these takes on an idle machine.
const AT_MOST: Duration = Duration::from_secs(30);

/// Returns when `condition` holds. In a coroutine the looks are taken by a coroutine that sleeps in between, on a
/// plain thread the worker threads are left alone.
#[track_caller]
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < AT_MOST, "still not after {AT_MOST:?}: {what}");
        gopark::time::sleep(Duration::from_millis(5));
    }
}
