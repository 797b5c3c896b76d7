//! Who holds a lock, and since when: for those who look at it from outside (dump, leak).
//!
//! Two stores to the line that the lock's word lies on, by whoever has just taken it, and one by who is about to give it
//! back. So who is noted and waits for something holds it all the while; who holds it may not be noted yet. Of readers the
//! last one who came is noted, who may have left before others.

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
            None => (IS_THREAD | thread_state::own_number() as u64, 0),
        };
        self.who.store(who, Ordering::Relaxed);
        self.since.store(since, Ordering::Relaxed);
    }

    /// The caller, who is the only one that has it, is about to give it back.
    #[inline]
    pub(crate) fn is_gone(&self) {
        self.who.store(0, Ordering::Relaxed);
    }

    /// The caller has taken it, if it has. Tells whether it has.
    #[inline]
    pub(crate) fn is_here_if(&self, taken: bool) -> bool {
        if taken {
            self.is_here();
        }
        taken
    }
}
