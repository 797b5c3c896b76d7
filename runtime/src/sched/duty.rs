//! Whether a machine starts fresh coroutines.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use parking_lot::{Mutex, MutexGuard};

/// A machine's part in starting fresh coroutines. As many machines as there are workers are on duty at any time;
/// who may change it, and when, stands in relief.rs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Duty {
    /// On duty: starts fresh coroutines.
    Active,
    /// Was stuck, so that another machine is on duty in its place. It does not know yet.
    Relieved,
    /// Runs those that live on it, and starts none.
    Passive,
    /// Has no thread.
    Gone,
}

/// A machine's duty, for all to see. Changed under the lock of relief.rs only.
#[derive(Debug)]
pub(crate) struct DutyCell(AtomicU8);

impl DutyCell {
    pub(super) fn new(duty: Duty) -> DutyCell {
        DutyCell(AtomicU8::new(duty as u8))
    }

    // Relaxed: a machine that sees a change late starts one coroutine more, or looks once in vain.
    #[inline]
    pub(crate) fn get(&self) -> Duty {
        match self.0.load(Ordering::Relaxed) {
            0 => Duty::Active,
            1 => Duty::Relieved,
            2 => Duty::Passive,
            _ => Duty::Gone,
        }
    }

    pub(super) fn set(&self, duty: Duty) {
        self.0.store(duty as u8, Ordering::Relaxed);
    }
}

/// What all machines of a runtime know of their duties.
#[derive(Debug, Default)]
pub(crate) struct Duties {
    lock: Mutex<()>,
    surplus: AtomicUsize,
}

impl Duties {
    /// Whoever changes a duty, or the surplus, holds this.
    pub(super) fn lock(&self) -> MutexGuard<'_, ()> {
        self.lock.lock()
    }

    /// How many too many are on duty.
    #[inline]
    pub(super) fn surplus(&self) -> usize {
        self.surplus.load(Ordering::Relaxed)
    }

    pub(super) fn set_surplus(&self, surplus: usize) {
        self.surplus.store(surplus, Ordering::Relaxed);
    }
}
