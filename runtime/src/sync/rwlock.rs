//! The reader-writer lock that users see: `lock_api`'s, over the word.
#![allow(unsafe_code)]

use std::time::{Duration, Instant};

use lock_api::GuardSend;

use super::rwlock_word::{Kind, RawRwLock};
use crate::park::suspension::preemption_point;
use crate::sys::clock::{self, Nanos};

/// A value that many may read at a time, or one may change, be they coroutines or plain threads. Who waits for it leaves
/// its worker to others.
///
/// The names, the guards and the rules are `parking_lot`'s: no poisoning, guards that can be narrowed, downgraded or own a
/// share of the lock, one *upgradable* reader beside the others, and `new` is `const`. Guards may be held across a wait,
/// and dropped by another coroutine or thread.
///
/// Nobody starves: while a writer waits, new readers wait behind it; when it leaves, the readers that have waited come
/// before the next writer. So who reads already and reads again waits for a writer that waits for it:
/// `read_recursive` passes such a writer. The lock is handed to those who wait, in each case.
///
/// One that is free, or read, is taken for reading in one atomic instruction and given back in one; the same for writing. It
/// has 96 bytes besides its value. Giving it back never switches, the `try_` calls without a time neither.
///
/// Waiting for it does not care for cancellation; the timed calls wait until their time is over.
///
/// # Panics
/// Calls that have to wait panic inside [`no_park`](crate::face::coroutine::no_park).
///
/// ```
/// use gopark_runtime::face::sync::RwLock;
///
/// static NAMES: RwLock<Vec<&str>> = RwLock::new(Vec::new());
///
/// NAMES.write().push("a name");
/// let (first, second) = (NAMES.read(), NAMES.read());
/// assert_eq!(first.len(), second.len());
/// assert!(NAMES.try_write().is_none());
/// ```
pub type RwLock<T> = lock_api::RwLock<RawRwLock, T>;

/// Reads a [`RwLock`] until it is dropped.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let lock = gopark::sync::RwLock::new(1);
/// let (first, second) = (lock.read(), lock.read());
/// assert_eq!(*first + *second, 2);
/// assert!(lock.try_write_for(std::time::Duration::from_millis(1)).is_none());
/// ```
pub type RwLockReadGuard<'a, T> = lock_api::RwLockReadGuard<'a, RawRwLock, T>;

/// Writes a [`RwLock`] until it is dropped.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::sync::{RwLock, RwLockWriteGuard};
///
/// let lock = RwLock::new(1);
/// let mut writer = lock.write();
/// *writer += 1;
/// assert!(lock.try_read().is_none());
/// let reader = RwLockWriteGuard::downgrade(writer); // nobody writes in between
/// assert_eq!((*reader, *lock.read()), (2, 2));
/// ```
pub type RwLockWriteGuard<'a, T> = lock_api::RwLockWriteGuard<'a, RawRwLock, T>;

/// Reads a [`RwLock`] and may become a writer, without anybody else writing before.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::sync::{RwLock, RwLockUpgradableReadGuard};
///
/// let names = RwLock::new(vec!["a name"]);
/// let reader = names.upgradable_read();
/// assert_eq!(names.read().len(), 1); // others read meanwhile
/// if !reader.contains(&"another") {
///     RwLockUpgradableReadGuard::upgrade(reader).push("another");
/// }
/// assert_eq!(names.read().len(), 2);
/// ```
pub type RwLockUpgradableReadGuard<'a, T> = lock_api::RwLockUpgradableReadGuard<'a, RawRwLock, T>;

/// Reads a [`RwLock`] and shows a part of its value.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::sync::{RwLock, RwLockReadGuard};
///
/// let pair = RwLock::new((1, "one"));
/// let name = RwLockReadGuard::map(pair.read(), |pair| &pair.1);
/// assert_eq!((name.len(), pair.read().0), (3, 1));
/// ```
pub type MappedRwLockReadGuard<'a, T> = lock_api::MappedRwLockReadGuard<'a, RawRwLock, T>;

/// Writes a [`RwLock`] and shows a part of its value.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::sync::{RwLock, RwLockWriteGuard};
///
/// let pair = RwLock::new((1, "one"));
/// *RwLockWriteGuard::map(pair.write(), |pair| &mut pair.1) = "two";
/// assert_eq!(pair.into_inner(), (1, "two"));
/// ```
pub type MappedRwLockWriteGuard<'a, T> = lock_api::MappedRwLockWriteGuard<'a, RawRwLock, T>;

/// Reads a [`RwLock`] and has a share of it: `RwLock::read_arc`.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let shared = std::sync::Arc::new(gopark::sync::RwLock::new("hello"));
/// gopark::run(|| {
///     let reader = shared.read_arc(); // borrows nothing, so it can be sent
///     assert_eq!(gopark::go(move || reader.len()).join().unwrap(), 5);
/// });
/// ```
pub type ArcRwLockReadGuard<T> = lock_api::ArcRwLockReadGuard<RawRwLock, T>;

/// Writes a [`RwLock`] and has a share of it: `RwLock::write_arc`.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let shared = std::sync::Arc::new(gopark::sync::RwLock::new(1));
/// gopark::run(|| {
///     let mut writer = shared.write_arc();
///     gopark::go(move || *writer += 1).join().unwrap();
///     assert_eq!(*shared.read(), 2);
/// });
/// ```
pub type ArcRwLockWriteGuard<T> = lock_api::ArcRwLockWriteGuard<RawRwLock, T>;

/// As [`RwLockUpgradableReadGuard`], with a share of the lock: `RwLock::upgradable_read_arc`.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark::sync::{ArcRwLockUpgradableReadGuard, RwLock};
///
/// let shared = std::sync::Arc::new(RwLock::new(1));
/// let reader = shared.upgradable_read_arc();
/// *ArcRwLockUpgradableReadGuard::upgrade(reader) += 1;
/// assert_eq!(*shared.read(), 2);
/// ```
pub type ArcRwLockUpgradableReadGuard<T> = lock_api::ArcRwLockUpgradableReadGuard<RawRwLock, T>;

/// Waits, and is a point at which others may run.
#[inline]
fn wait(lock: &RawRwLock, kind: Kind) {
    preemption_point();
    lock.take(kind);
}

fn wait_until(lock: &RawRwLock, kind: Kind, deadline: Nanos) -> bool {
    preemption_point();
    lock.take_until(kind, deadline)
}

// SAFETY: a writer is inside alone (rwlock_word.rs, invariant 1), whichever thread leaves for it.
unsafe impl lock_api::RawRwLock for RawRwLock {
    const INIT: RawRwLock = RawRwLock::new();
    type GuardMarker = GuardSend;

    #[inline]
    fn lock_shared(&self) {
        wait(self, Kind::Reader);
    }

    #[inline]
    fn try_lock_shared(&self) -> bool {
        self.try_take(Kind::Reader)
    }

    #[inline]
    unsafe fn unlock_shared(&self) {
        self.leave(Kind::Reader);
    }

    #[inline]
    fn lock_exclusive(&self) {
        wait(self, Kind::Writer);
    }

    #[inline]
    fn try_lock_exclusive(&self) -> bool {
        self.try_take(Kind::Writer)
    }

    #[inline]
    unsafe fn unlock_exclusive(&self) {
        self.leave(Kind::Writer);
    }

    fn is_locked(&self) -> bool {
        self.is_taken()
    }

    fn is_locked_exclusive(&self) -> bool {
        self.is_taken_by_writer()
    }
}

// SAFETY: as above; who is let in is inside.
unsafe impl lock_api::RawRwLockFair for RawRwLock {
    unsafe fn unlock_shared_fair(&self) {
        self.leave(Kind::Reader);
    }

    unsafe fn unlock_exclusive_fair(&self) {
        self.leave(Kind::Writer);
    }
}

// SAFETY: nobody else enters as a writer in between: it is one step.
unsafe impl lock_api::RawRwLockDowngrade for RawRwLock {
    unsafe fn downgrade(&self) {
        self.change(Kind::Writer, Kind::Reader);
    }
}

// SAFETY: as above.
unsafe impl lock_api::RawRwLockTimed for RawRwLock {
    type Duration = Duration;
    type Instant = Instant;

    fn try_lock_shared_for(&self, timeout: Duration) -> bool {
        wait_until(self, Kind::Reader, clock::after(timeout))
    }

    fn try_lock_shared_until(&self, timeout: Instant) -> bool {
        wait_until(self, Kind::Reader, clock::at(timeout))
    }

    fn try_lock_exclusive_for(&self, timeout: Duration) -> bool {
        wait_until(self, Kind::Writer, clock::after(timeout))
    }

    fn try_lock_exclusive_until(&self, timeout: Instant) -> bool {
        wait_until(self, Kind::Writer, clock::at(timeout))
    }
}

// SAFETY: readers enter beside readers.
unsafe impl lock_api::RawRwLockRecursive for RawRwLock {
    fn lock_shared_recursive(&self) {
        wait(self, Kind::RecursiveReader);
    }

    fn try_lock_shared_recursive(&self) -> bool {
        self.try_take(Kind::RecursiveReader)
    }
}

// SAFETY: as above.
unsafe impl lock_api::RawRwLockRecursiveTimed for RawRwLock {
    fn try_lock_shared_recursive_for(&self, timeout: Duration) -> bool {
        wait_until(self, Kind::RecursiveReader, clock::after(timeout))
    }

    fn try_lock_shared_recursive_until(&self, timeout: Instant) -> bool {
        wait_until(self, Kind::RecursiveReader, clock::at(timeout))
    }
}

// SAFETY: one upgradable reader at a time, and it becomes a writer when it is alone, in one step.
unsafe impl lock_api::RawRwLockUpgrade for RawRwLock {
    fn lock_upgradable(&self) {
        wait(self, Kind::Upgradable);
    }

    fn try_lock_upgradable(&self) -> bool {
        self.try_take(Kind::Upgradable)
    }

    unsafe fn unlock_upgradable(&self) {
        self.leave(Kind::Upgradable);
    }

    unsafe fn upgrade(&self) {
        wait(self, Kind::Upgrader);
    }

    unsafe fn try_upgrade(&self) -> bool {
        self.try_take(Kind::Upgrader)
    }
}

// SAFETY: as above.
unsafe impl lock_api::RawRwLockUpgradeFair for RawRwLock {
    unsafe fn unlock_upgradable_fair(&self) {
        self.leave(Kind::Upgradable);
    }
}

// SAFETY: as above; each change is one step.
unsafe impl lock_api::RawRwLockUpgradeDowngrade for RawRwLock {
    unsafe fn downgrade_upgradable(&self) {
        self.change(Kind::Upgradable, Kind::Reader);
    }

    unsafe fn downgrade_to_upgradable(&self) {
        self.change(Kind::Writer, Kind::Upgradable);
    }
}

// SAFETY: as above.
unsafe impl lock_api::RawRwLockUpgradeTimed for RawRwLock {
    fn try_lock_upgradable_for(&self, timeout: Duration) -> bool {
        wait_until(self, Kind::Upgradable, clock::after(timeout))
    }

    fn try_lock_upgradable_until(&self, timeout: Instant) -> bool {
        wait_until(self, Kind::Upgradable, clock::at(timeout))
    }

    unsafe fn try_upgrade_for(&self, timeout: Duration) -> bool {
        wait_until(self, Kind::Upgrader, clock::after(timeout))
    }

    unsafe fn try_upgrade_until(&self, timeout: Instant) -> bool {
        wait_until(self, Kind::Upgrader, clock::at(timeout))
    }
}
