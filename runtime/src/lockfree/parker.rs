//! Whether a machine sleeps, and who has to write to its eventfd.
//!
//! # Why
//! Waking a sleeper is a system call of 2.5 us, and most hand-overs find their machine awake. So the machine
//! says that it sleeps, and of many wakers at once only the first one calls the kernel.
//!
//! | state | meaning | set by |
//! |---|---|---|
//! | `AWAKE` | will look at its queues before it sleeps | the machine |
//! | `SLEEPING` | in the kernel, or on its way there | the machine |
//! | `NOTIFIED` | a waker has written, or is about to write, the eventfd | the first waker |
//! | `DRAFTED` | the same, and the machine is now the searcher (idle.rs) | the first waker |
//!
//! # No wake-up is lost
//! ```text
//!   machine                          waker
//!   M1 state = SLEEPING              W1 publish work (inbox, global queue, stop flag)
//!   M2 fence(SeqCst)                 W2 fence(SeqCst)
//!   M3 look for work                 W3 state == SLEEPING ? => NOTIFIED or DRAFTED, write eventfd
//!   M4 sleep if there was none
//! ```
//! The fences are in one total order. If M2 is first, W3 reads SLEEPING (or something later, which a waker put
//! there together with a write). If W2 is first, M3 sees the work of W1. An eventfd that is written before M4
//! keeps its count, so M4 returns at once. The race is Dekker's; without both fences each side may read the
//! other's old value even on x86.

use super::atomic::{AtomicUsize, Ordering, fence};

const AWAKE: usize = 0;
const SLEEPING: usize = 1;
const NOTIFIED: usize = 2;
const DRAFTED: usize = 3;

/// How a sleep ended.
#[must_use = "a drafted machine is the searcher and must search"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awoken {
    /// Nobody called: a socket, a timer, or it did not sleep at all.
    ByItself,
    /// Somebody handed something over.
    Notified,
    /// Somebody has fresh work to spare; the machine is the searcher.
    Drafted,
}

/// The sleep of one machine.
#[derive(Debug)]
pub(crate) struct Parker {
    state: AtomicUsize,
}

impl Parker {
    pub(crate) fn new() -> Parker {
        Parker { state: AtomicUsize::new(AWAKE) }
    }

    /// Machine, M1 and M2. Afterwards it looks for work once more, and sleeps only if it finds none.
    pub(crate) fn prepare(&self) {
        // Release: whoever calls knows where it sleeps.
        self.state.store(SLEEPING, Ordering::Release); // AWAKE => SLEEPING
        fence(Ordering::SeqCst);
    }

    /// Whether it sleeps, or is about to, and nobody has called.
    pub(crate) fn is_asleep(&self) -> bool {
        self.state.load(Ordering::Acquire) == SLEEPING
    }

    /// Machine, when it is back or did not go.
    pub(crate) fn finish(&self) -> Awoken {
        // SLEEPING, NOTIFIED, DRAFTED => AWAKE
        match self.state.swap(AWAKE, Ordering::Acquire) {
            NOTIFIED => Awoken::Notified,
            DRAFTED => Awoken::Drafted,
            _ => Awoken::ByItself,
        }
    }

    /// Waker, W2 and W3, after it has published. If true it must make the kernel wake the machine.
    #[must_use = "a sleeping machine must be woken"]
    pub(crate) fn notify(&self) -> bool {
        self.call(NOTIFIED)
    }

    /// The same, by the one who holds the search (idle.rs) and gives it to this machine. If false it keeps it.
    #[must_use = "a sleeping machine must be woken"]
    pub(crate) fn draft(&self) -> bool {
        self.call(DRAFTED)
    }

    fn call(&self, as_state: usize) -> bool {
        fence(Ordering::SeqCst);
        // SLEEPING => NOTIFIED, DRAFTED
        self.state.load(Ordering::Relaxed) == SLEEPING
            && self.state.compare_exchange(SLEEPING, as_state, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }
}
