//! One test at a time, and what several measurements say.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Keeps the other tests of this target waiting as long as it lives.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    // A test that has failed leaves nothing behind that the next could trip over.
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the processor busy, as a computation does: without any call of the runtime.
pub(crate) fn compute(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// Prints the measurements and returns the one in the middle.
pub(crate) fn median(what: &str, mut times: Vec<Duration>) -> Duration {
    times.sort();
    let middle = times[times.len() / 2];
    println!("{what}: median {middle:?} of {}, {:?} to {:?}", times.len(), times[0], times[times.len() - 1]);
    middle
}
