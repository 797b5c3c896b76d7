//! The mutex that users see: `lock_api`'s, over the word.
#![allow(unsafe_code)]

use std::time::{Duration, Instant};

use lock_api::GuardSend;

use super::mutex_word::RawMutex;
use crate::park::suspension::preemption_point;
use crate::sys::clock;

/// A value that one at a time may use, be it a coroutine or a plain thread. Who waits for it leaves its worker to others.
///
/// The names, the guards and the rules are `parking_lot`'s: no poisoning (a panic gives the lock back), guards that can
/// be narrowed ([`MappedMutexGuard`]) or own a share of the lock ([`ArcMutexGuard`]), and `new` is `const`. A guard may
/// be held across a wait, and dropped by another coroutine or thread.
///
/// It is fair in the end: as a rule who runs takes the lock before who has to be resumed, but about every half
/// millisecond it is handed to the one who has waited longest. `unlock_fair` does so at once.
///
/// A free one is taken in one atomic instruction and given back in one, together 14 to 17 ns; it has 56 bytes besides
/// its value. Giving it back never switches, `try_lock` neither.
///
/// `lock` does not care for cancellation. The timed calls (`try_lock_for`, `try_lock_until`) wait until their time is
/// over and not longer; they do not care for it either.
///
/// # Panics
/// Calls that have to wait panic inside [`no_park`](crate::face::coroutine::no_park). Who locks it twice waits for
/// ever.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::sync::Mutex;
/// use std::sync::Arc;
///
/// gopark::run(|| {
///     let count = Arc::new(Mutex::new(0));
///     let adders: Vec<_> = (0..10)
///         .map(|_| {
///             let count = count.clone();
///             gopark::go(move || *count.lock() += 1)
///         })
///         .collect();
///     adders.into_iter().for_each(|adder| adder.join().unwrap());
///     assert_eq!(*count.lock(), 10);
/// });
/// ```
pub type Mutex<T> = lock_api::Mutex<RawMutex, T>;

/// Holds a [`Mutex`] until it is dropped.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let count = gopark::sync::Mutex::new(1);
/// let mut guard = count.lock();
/// *guard += 1;
/// assert!(count.try_lock_for(std::time::Duration::from_millis(1)).is_none());
/// drop(guard);
/// assert_eq!(count.into_inner(), 2);
/// ```
pub type MutexGuard<'a, T> = lock_api::MutexGuard<'a, RawMutex, T>;

/// Holds a [`Mutex`] and shows a part of its value.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::sync::{Mutex, MutexGuard};
///
/// let pair = Mutex::new((1, "one"));
/// let mut name = MutexGuard::map(pair.lock(), |pair| &mut pair.1);
/// *name = "two";
/// assert!(pair.is_locked());
/// drop(name);
/// assert_eq!(pair.into_inner(), (1, "two"));
/// ```
pub type MappedMutexGuard<'a, T> = lock_api::MappedMutexGuard<'a, RawMutex, T>;

/// Holds a [`Mutex`] and a share of it: `Mutex::lock_arc`.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::sync::Mutex;
/// use std::sync::Arc;
///
/// let shared = Arc::new(Mutex::new(1));
/// gopark::run(|| {
///     let mut guard = shared.lock_arc(); // borrows nothing, so it can be sent
///     gopark::go(move || *guard += 1).join().unwrap();
///     assert_eq!(*shared.lock(), 2);
/// });
/// ```
pub type ArcMutexGuard<T> = lock_api::ArcMutexGuard<RawMutex, T>;

// SAFETY: one at a time holds it (mutex_word.rs, invariant 1), whichever thread gives it back.
unsafe impl lock_api::RawMutex for RawMutex {
    const INIT: RawMutex = RawMutex::new();
    type GuardMarker = GuardSend;

    #[inline]
    fn lock(&self) {
        preemption_point();
        self.take();
    }

    #[inline]
    fn try_lock(&self) -> bool {
        self.try_take()
    }

    #[inline]
    unsafe fn unlock(&self) {
        self.give_back();
    }

    #[inline]
    fn is_locked(&self) -> bool {
        self.is_taken()
    }
}

// SAFETY: as above; who is handed the lock holds it.
unsafe impl lock_api::RawMutexFair for RawMutex {
    #[inline]
    unsafe fn unlock_fair(&self) {
        self.hand_over();
    }
}

// SAFETY: as above.
unsafe impl lock_api::RawMutexTimed for RawMutex {
    type Duration = Duration;
    type Instant = Instant;

    fn try_lock_for(&self, timeout: Duration) -> bool {
        preemption_point();
        self.take_until(clock::after(timeout))
    }

    fn try_lock_until(&self, timeout: Instant) -> bool {
        preemption_point();
        self.take_until(clock::at(timeout))
    }
}
