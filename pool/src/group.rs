//! Tasks that somebody waits for together.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use gopark_runtime::face::of_places::lend;
use gopark_runtime::face::sync::Semaphore;

use crate::places::Target;

/// Ids of coroutines do not come so far.
const GROUPS: Target = 1 << 63;

/// How many are left, with one share for whoever waits in the end.
pub(crate) struct Group {
    target: Target,
    shares: AtomicUsize,
    none_left: Semaphore,
}

/// Names something that is waited for, and is no coroutine.
pub(crate) fn new_target() -> Target {
    static NEXT: AtomicU64 = AtomicU64::new(GROUPS);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Group {
    pub(crate) fn new() -> Group {
        Group { target: new_target(), shares: AtomicUsize::new(1), none_left: Semaphore::new(0) }
    }

    /// What who waits for the group waits for.
    pub(crate) fn target(&self) -> Target {
        self.target
    }

    /// One more. Only for who has a share.
    pub(crate) fn join(&self) {
        self.shares.fetch_add(1, Ordering::Relaxed);
    }

    /// One less; the group, if it was the last one, which is to be told then.
    pub(crate) fn leave(&self) -> Option<&Group> {
        // AcqRel: the last one comes after everything that the others did.
        (self.shares.fetch_sub(1, Ordering::AcqRel) == 1).then_some(self)
    }

    /// Nobody is left.
    pub(crate) fn tell(&self) {
        self.none_left.add_permits(1);
    }

    /// Gives the last share back, and waits until nobody is left. Lends the caller's place.
    pub(crate) fn wait(&self) {
        if self.leave().is_none() {
            let _lent = lend(self.target);
            self.none_left.acquire().forget();
        }
    }
}
