//! How many machines are idle, and the one that searches.
//!
//! # Why
//! Fresh work wants another machine when one is idle; but waking one costs 2.5 us and up to 70 us until it
//! runs, and if every spawn woke one they would stampede. So at most one machine *searches* at a time. Whoever
//! has fresh work to spare wakes a machine only if some are idle and none searches; the searcher that finds
//! work stops searching, and if it leaves work behind it wakes the next one (Go's rule, proc.go, "Worker thread
//! parking/unparking").
//!
//! # The word
//! ```text
//!  63        48 47              32 31              16 15               0
//! +------------+------------------+------------------+------------------+
//! |     0      | SEARCHING (0, 1) | deep sleepers    | idle machines    |
//! +------------+------------------+------------------+------------------+
//! ```
//! An idle machine first sleeps *lightly*: with a timeout, after which it looks once more for work that a
//! computing spawner left behind. Only then it sleeps *deep*. A spawn that displaces nothing wakes deep sleepers
//! alone: so a pair of coroutines that start each other wakes nobody, and a lone child of a busy parent starts
//! at once or at the light sleeper's next look.
//!
//! # Invariants
//! 1. SEARCHING is set by the CAS that turns 0 into 1, and belongs to one machine: the one that set it, or the
//!    one that is woken with it. It clears it once.
//! 2. deep <= idle.
//!
//! 3. Whoever wants to wake a searcher and finds SEARCHING set leaves the work to that searcher. So a searcher
//!    looks for work once more after it has stopped, if it runs no coroutine first that may leave it behind.
//!
//! # No work is overlooked
//! Fresh work is published, then comes a fence, then the look at this word. Against it stand two others: a
//! machine that falls asleep counts itself, fences (`Parker::prepare`), and looks for work; a searcher that stops
//! clears SEARCHING, fences, and looks for work. In each pair one of the two sees what the other has written.

use super::atomic::{AtomicU64, Ordering, fence};

const IDLE_ONE: u64 = 1;
const DEEP_ONE: u64 = 1 << 16;
const SEARCHING: u64 = 1 << 32;
const COUNT: u64 = 0xffff;

/// The counts of idle machines of one runtime.
#[derive(Debug)]
pub(crate) struct Idle {
    word: AtomicU64,
}

impl Idle {
    pub(crate) fn new() -> Idle {
        Idle { word: AtomicU64::new(0) }
    }

    /// Whether a machine should be woken for work that is queued up.
    #[inline]
    pub(crate) fn wants_searcher(&self) -> bool {
        let word = self.word.load(Ordering::Relaxed);
        word & COUNT != 0 && word & SEARCHING == 0
    }

    /// Whether a machine should be woken for work that its owner may well take itself.
    #[inline]
    pub(crate) fn wants_deep_searcher(&self) -> bool {
        let word = self.word.load(Ordering::Relaxed);
        word & (COUNT * DEEP_ONE) != 0 && word & SEARCHING == 0
    }

    /// Whether a machine searches.
    #[inline]
    pub(crate) fn has_searcher(&self) -> bool {
        self.word.load(Ordering::Relaxed) & SEARCHING != 0
    }

    /// How many machines are idle.
    pub(crate) fn count(&self) -> usize {
        (self.word.load(Ordering::Relaxed) & COUNT) as usize
    }

    /// Tries to become the searcher, or to make one that is woken with it.
    pub(crate) fn try_search(&self) -> bool {
        // fetch_or: of two at once, one sees the bit clear (invariant 1).
        !self.has_searcher() && self.word.fetch_or(SEARCHING, Ordering::AcqRel) & SEARCHING == 0
    }

    /// The searcher has found something, or gives up. It looks for work afterwards (invariant 3).
    pub(crate) fn stop_searching(&self) {
        let old = self.word.fetch_and(!SEARCHING, Ordering::AcqRel);
        debug_assert_ne!(old & SEARCHING, 0);
        // Pairs with the fence between a push and `wants_searcher`.
        fence(Ordering::SeqCst);
    }

    /// A machine goes to sleep.
    pub(crate) fn enter(&self, deep: bool) {
        self.word.fetch_add(IDLE_ONE + u64::from(deep) * DEEP_ONE, Ordering::AcqRel);
    }

    /// It is back; `deep` as it was given to `enter`.
    pub(crate) fn leave(&self, deep: bool) {
        self.word.fetch_sub(IDLE_ONE + u64::from(deep) * DEEP_ONE, Ordering::AcqRel);
    }
}
