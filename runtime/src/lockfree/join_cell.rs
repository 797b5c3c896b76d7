//! The end of a coroutine, its handle, and the memory that they share.
//!
//! # Why
//! A spawned block of memory holds the closure and later the result. Two own it: the coroutine until it ends,
//! the `JoinHandle` until it is joined or dropped. The one who comes last frees it; and the one who joins must
//! be woken. One word decides.
//!
//! | value | meaning | who owns the block |
//! |---|---|---|
//! | `PENDING` 0 | runs, nobody waits | both |
//! | `DONE` 1 | the result is there | the handle |
//! | `DETACHED` 2 | the handle is gone | the coroutine |
//! | ticket, shifted | runs, and this ticket waits for the end | both |
//!
//! | call | by whom | from => to |
//! |---|---|---|
//! | `finish` | the coroutine, once, its result stored | PENDING, ticket => DONE; DETACHED: it frees |
//! | `detach` | the handle, once, nobody joins | PENDING => DETACHED; DONE: it frees |
//! | `register` | the joiner | PENDING => ticket; DONE: do not wait |
//! | `unregister` | the joiner that gives up | ticket => PENDING; DONE |
//!
//! # Invariants
//! 1. DONE and DETACHED are final, and at most one of `finish` and `detach` finds the other's: that one frees.
//! 2. After `finish` has answered `Keep` or `Wake` the coroutine touches the block no more.
//!
//! # Orderings
//! `finish` releases the result, `is_done`, `register` and `detach` acquire it.

use super::atomic::{AtomicU64, Ordering};

const PENDING: u64 = 0;
const DONE: u64 = 1;
const DETACHED: u64 = 2;
const TICKET_SHIFT: u32 = 2;

/// What the coroutine does after its end.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    /// The block belongs to the handle now.
    Keep,
    /// The same, and this ticket waits for it.
    Wake(u64),
    /// Nobody will ask: drop the result and free the block.
    Free,
}

/// The word.
#[derive(Debug)]
pub(crate) struct JoinCell {
    word: AtomicU64,
}

impl JoinCell {
    pub(crate) fn new() -> JoinCell {
        JoinCell { word: AtomicU64::new(PENDING) }
    }

    /// Coroutine: the result is stored.
    pub(crate) fn finish(&self) -> Finish {
        match self.word.swap(DONE, Ordering::AcqRel) {
            DETACHED => Finish::Free,
            PENDING => Finish::Keep,
            ticket => Finish::Wake(ticket >> TICKET_SHIFT),
        }
    }

    /// Handle: nobody will join. True: the coroutine has ended and the caller frees the block.
    #[must_use = "the block leaks"]
    pub(crate) fn detach(&self) -> bool {
        self.word.swap(DETACHED, Ordering::AcqRel) == DONE
    }

    /// Coroutine: whether the handle is gone, so that the block is the coroutine's alone.
    pub(crate) fn is_detached(&self) -> bool {
        self.word.load(Ordering::Acquire) == DETACHED
    }

    /// Handle: whether the result is there.
    pub(crate) fn is_done(&self) -> bool {
        self.word.load(Ordering::Acquire) == DONE
    }

    /// Joiner: leaves its ticket. False: it is done.
    #[must_use]
    pub(crate) fn register(&self, ticket: u64) -> bool {
        self.word
            .compare_exchange(PENDING, ticket << TICKET_SHIFT, Ordering::AcqRel, Ordering::Acquire)
            .is_ok() // PENDING => ticket
    }

    /// Joiner: takes its ticket back. False: it is done, and the wake-up is under way.
    pub(crate) fn unregister(&self, ticket: u64) -> bool {
        // Mostly it is done; asked first, that is no locked instruction.
        !self.is_done()
            && self
                .word
                .compare_exchange(ticket << TICKET_SHIFT, PENDING, Ordering::AcqRel, Ordering::Acquire)
                .is_ok() // ticket => PENDING
    }
}
