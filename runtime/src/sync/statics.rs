//! `const` constructors. Kept apart from the protocols because loom's atomics have none.

use super::atomic::AtomicUsize;
use super::listeners::{self, Listeners};
use super::mutex_word::{self, RawMutex};
use super::once_word::{self, OnceWord};
use super::rt::{Holder, Lock, WaitList};
use super::rwlock_word::{self, RawRwLock};
use super::semaphore_word::{ONE, Permits};

impl RawMutex {
    pub(super) const fn new() -> RawMutex {
        RawMutex {
            word: AtomicUsize::new(mutex_word::FREE),
            holder: Holder::nobody(),
            queue: Lock::new(mutex_word::Queue { waiters: WaitList::new(), fair_at: 0 }),
        }
    }
}

impl RawRwLock {
    pub(super) const fn new() -> RawRwLock {
        RawRwLock {
            word: AtomicUsize::new(rwlock_word::FREE),
            holder: Holder::nobody(),
            queue: Lock::new(rwlock_word::Queue::new()),
        }
    }
}

impl Listeners {
    pub(super) const fn new() -> Listeners {
        Listeners { has_any: AtomicUsize::new(0), queue: Lock::new(listeners::Queue::new()) }
    }
}

impl Permits {
    pub(super) const fn new(many: usize) -> Permits {
        Permits { word: AtomicUsize::new(many * ONE), waiters: Lock::new(WaitList::new()) }
    }
}

impl OnceWord {
    pub(super) const fn new() -> OnceWord {
        OnceWord {
            word: AtomicUsize::new(once_word::NEW),
            holder: Holder::nobody(),
            queue: Lock::new(once_word::Queue::new()),
        }
    }
}

// What the documentation says.
const _: () = assert!(size_of::<RawMutex>() == 56 && size_of::<RawRwLock>() == 96);
