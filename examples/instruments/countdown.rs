//! Waiting for many coroutines at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gopark::coroutine::{Coroutine, current, park_timeout};

/// How often someone who waits has a look, to show how far things are.
const LOOK: Duration = Duration::from_millis(50);

/// Counts arrivals down to zero, and then wakes the coroutine that made it.
///
/// One atomic and one `unpark`, whatever the number of those who arrive: joining a million handles one by one
/// would park and wake the main coroutine up to a million times.
pub struct Countdown {
    left: AtomicUsize,
    waiter: Coroutine,
}

impl Countdown {
    /// Expects `arrivals`; the calling coroutine is the one that will wait.
    ///
    /// # Panics
    /// On a plain thread.
    pub fn new(arrivals: usize) -> Countdown {
        let waiter = current().expect("a countdown is waited for in a coroutine");
        Countdown { left: AtomicUsize::new(arrivals), waiter }
    }

    /// One has arrived.
    pub fn arrive(&self) {
        // Release, and Acquire in `left`: what was done before arriving is seen by whoever has waited for it.
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.waiter.unpark();
        }
    }

    /// How many are still expected.
    pub fn left(&self) -> usize {
        self.left.load(Ordering::Acquire)
    }

    /// Waits for all of them. Meanwhile `look` is shown twenty times a second how many are left.
    pub fn wait(&self, mut look: impl FnMut(usize)) {
        // A park may end early: by its timeout, or by an unpark that was meant for an earlier one.
        loop {
            match self.left() {
                0 => return,
                left => look(left),
            }
            park_timeout(LOOK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Countdown;
    use std::sync::Arc;

    #[test]
    fn the_last_arrival_ends_the_wait() {
        gopark::run(|| {
            let all = Arc::new(Countdown::new(100));
            for _ in 0..100 {
                let all = all.clone();
                gopark::go(move || all.arrive());
            }
            all.wait(|left| assert!(left <= 100));
            assert_eq!(all.left(), 0);
        });
    }

    #[test]
    fn nobody_is_not_waited_for() {
        gopark::run(|| Countdown::new(0).wait(|_| unreachable!()));
    }
}
