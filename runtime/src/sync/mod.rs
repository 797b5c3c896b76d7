//! Locks and what else coroutines and threads wait for each other with.
//!
//! A protocol has a file of its own (`mutex_word`, `rwlock_word`, `listeners`, `once_word`, `semaphore_word`), which knows
//! of the runtime what is in `rt` and takes its atomics from `atomic`: the loom models put their own in these places. What
//! users see stands beside it (`mutex`, `rwlock`, `condvar`, `once`, `semaphore`) or on top of it.
//!
//! **Invariant:** giving back, telling and dropping never switch; what waits does so by way of `park/waiter.rs`, and one
//! whose runtime has stopped passes on what it was given meanwhile.

mod barrier;
mod condvar;
mod holder;
mod lazy_lock;
mod listeners;
mod mutex;
mod mutex_word;
mod object_pool;
mod once;
mod once_lock;
mod once_word;
pub(crate) mod outside;
mod permit;
mod rt;
mod rwlock;
mod rwlock_word;
mod semaphore;
mod semaphore_word;
mod statics;
mod wait_group;

use crate::lockfree::atomic;

pub use barrier::{Barrier, BarrierWaitResult};
pub use condvar::{Condvar, WaitTimeoutResult};
pub use lazy_lock::LazyLock;
pub use mutex::{ArcMutexGuard, MappedMutexGuard, Mutex, MutexGuard};
pub use mutex_word::RawMutex;
pub use object_pool::{ObjectPool, Pooled};
pub use once::{Once, OnceState};
pub use once_lock::OnceLock;
pub use permit::{OwnedPermit, Permit};
pub use rwlock::{
    ArcRwLockReadGuard, ArcRwLockUpgradableReadGuard, ArcRwLockWriteGuard, MappedRwLockReadGuard,
    MappedRwLockWriteGuard, RwLock, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard,
};
pub use rwlock_word::RawRwLock;
pub use semaphore::{AcquireError, Semaphore};
pub use wait_group::WaitGroup;
