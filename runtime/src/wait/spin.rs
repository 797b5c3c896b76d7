//! The lock of a channel: held for some ten instructions at a time, and never across anything that waits.
//!
//! Taking it costs one locked instruction, and giving it back none, which is why it is not one of `parking_lot`'s: a
//! message passes it twice, and 27 ns are all that a message may cost.

#![allow(unsafe_code)]

use std::thread;

use lock_api::{GuardSend, RawMutex};

use crate::lockfree::spin_flag::SpinFlag;

/// Data behind it.
pub(crate) type Lock<T> = lock_api::Mutex<Spin, T>;

/// Who has it.
pub(crate) type Guard<'a, T> = lock_api::MutexGuard<'a, Spin, T>;

/// Between two looks, which double from one. Each look takes the lock's cache line away from the holder, who otherwise
/// goes through its next calls at full speed: it is better for both if one waits for a while. Then the thread lets others
/// run: the holder, whose thread was interrupted, may be one of them.
const MOST_PAUSES: u32 = 128;

pub(crate) struct Spin(SpinFlag);

// SAFETY: `try_take` succeeds for one caller until `give_back` (spin_flag.rs).
unsafe impl RawMutex for Spin {
    const INIT: Spin = Spin(SpinFlag::new());
    type GuardMarker = GuardSend;

    #[inline]
    fn lock(&self) {
        if !self.0.try_take() {
            self.lock_contended();
        }
    }

    #[inline]
    fn try_lock(&self) -> bool {
        self.0.try_take()
    }

    #[inline]
    unsafe fn unlock(&self) {
        self.0.give_back();
    }
}

impl Spin {
    #[cold]
    fn lock_contended(&self) {
        let mut pauses = 1;
        loop {
            for _ in 0..pauses {
                std::hint::spin_loop();
            }
            if !self.0.is_taken() && self.0.try_take() {
                return;
            }
            if pauses < MOST_PAUSES { pauses *= 2 } else { thread::yield_now() }
        }
    }
}
