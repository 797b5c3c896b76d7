//! Who has taken a lock last, and when: for those who look at it from outside (dump).
//!
//! Two stores to the line that the lock's word lies on, by whoever has just taken it. Nothing depends on them: they may
//! be those of a former holder for a moment, and they stay behind when the lock is given back.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::coroutine::record;
use crate::sched::machine::Machine;
use crate::sys::thread_state;

/// Set in the number of a plain thread, which is the kernel's.
pub(crate) const IS_THREAD: u64 = 1 << 63;

#[derive(Debug)]
#[repr(C)]
pub(crate) struct Holder {
    /// The id of a coroutine; or a thread's number, with [`IS_THREAD`]. 0: nobody yet.
    who: AtomicU64,
    /// By the clock of its machine, which is read now and then. 0: of a thread, which would have to read one.
    since: AtomicU64,
}

impl Holder {
    pub(crate) const fn nobody() -> Holder {
        Holder { who: AtomicU64::new(0), since: AtomicU64::new(0) }
    }

    /// The caller has taken it.
    #[inline]
    pub(crate) fn is_here(&self) {
        let (who, since) = match record::current() {
            Some(record) => (record.coroutine.id(), Machine::of(record).last_time()),
            None => (IS_THREAD | u64::from(thread_state::cached_number()), 0),
        };
        self.who.store(who, Ordering::Relaxed);
        self.since.store(since, Ordering::Relaxed);
    }

    /// The same, if it has. Tells whether it has.
    #[inline]
    pub(crate) fn is_here_if(&self, taken: bool) -> bool {
        if taken {
            self.is_here();
        }
        taken
    }
}
