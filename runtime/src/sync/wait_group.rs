//! Waiting until everybody has given up his share, with crossbeam's names.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::once::Once;
use super::rt::{Awaited, Awaits};

/// A share of a group: [`wait`](WaitGroup::wait) gives it up and waits until all others were. As
/// `crossbeam::sync::WaitGroup`, but who waits leaves its worker to others.
///
/// Shares are made by `clone`, and given up when they are dropped, which never switches. Waiting does not care for
/// cancellation.
///
/// # Panics
/// Waiting panics inside [`no_park`](crate::face::coroutine::no_park).
///
/// ```
/// # use gopark_runtime::face as gopark;
/// gopark::run(|| {
///     let group = gopark::sync::WaitGroup::new();
///     for _ in 0..10 {
///         let share = group.clone();
///         gopark::go(move || drop(share));
///     }
///     group.wait();
/// });
/// ```
pub struct WaitGroup {
    group: Arc<Group>,
}

struct Group {
    shares: AtomicUsize,
    /// The last share was given up: for good, since shares are made of shares.
    over: Once,
}

impl WaitGroup {
    /// A group with one share.
    #[must_use]
    pub fn new() -> WaitGroup {
        WaitGroup { group: Arc::new(Group { shares: AtomicUsize::new(1), over: Once::new() }) }
    }

    /// Gives this share up, and waits until all others were. Not at all, if there are none.
    ///
    /// # Panics
    /// See [`WaitGroup`].
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     let (sender, receiver) = gopark::chan::unbounded();
    ///     let group = gopark::sync::WaitGroup::new();
    ///     for i in 0..3 {
    ///         let (share, sender) = (group.clone(), sender.clone());
    ///         gopark::go(move || {
    ///             sender.send(i).unwrap();
    ///             drop(share);
    ///         });
    ///     }
    ///     group.wait();
    ///     assert_eq!(receiver.len(), 3);
    /// });
    /// ```
    pub fn wait(self) {
        let group = self.group.clone();
        drop(self);
        group.over.wait_saying(Awaits::at(Awaited::Group, &group.shares));
    }
}

impl Clone for WaitGroup {
    fn clone(&self) -> WaitGroup {
        // Relaxed: this share keeps the group from being over. The check is that of `Arc`.
        if self.group.shares.fetch_add(1, Ordering::Relaxed) > isize::MAX as usize {
            std::process::abort();
        }
        WaitGroup { group: self.group.clone() }
    }
}

impl Drop for WaitGroup {
    fn drop(&mut self) {
        // AcqRel: the last one comes after everything that the others did.
        if self.group.shares.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.group.over.call_once(|| ()); // nobody else calls it, so it does not wait
        }
    }
}

impl Default for WaitGroup {
    fn default() -> WaitGroup {
        WaitGroup::new()
    }
}

impl fmt::Debug for WaitGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.group.shares.load(Ordering::Relaxed);
        f.debug_struct("WaitGroup").field("count", &count).finish()
    }
}
