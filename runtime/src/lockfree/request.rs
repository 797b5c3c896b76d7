//! A request to one thread, which answers it where it is interrupted: in a signal handler, that may come late, or not at
//! all.
//!
//! One word says what was asked of whom, so a handler that comes late for one request cannot answer the next, which is
//! for another thread.
//!
//! | call | by | from => to |
//! |---|---|---|
//! | `ask(thread)` | who asks, one at a time | NONE => ASKED(thread) |
//! | `try_take(thread)` | that thread | ASKED(thread) => TAKEN(thread) |
//! | `answer(thread)` | that thread | TAKEN(thread) => ANSWERED(thread) |
//! | `withdraw` | who asks | ASKED(thread) => NONE; not if it is taken |
//! | `end` | who asks | ANSWERED(thread) => NONE |
//!
//! **Invariant:** the answer lies beside the word. From TAKEN to ANSWERED it belongs to the thread, from ANSWERED until the
//! next `ask` to whoever asks. `answer` releases and `is_answered` acquires what the thread has written; `ask` releases and
//! `try_take` acquires, so that what it writes next comes after the last answer was read.

use super::atomic::{AtomicU64, Ordering};

pub(super) const NONE: u64 = 0;
const ASKED: u64 = 1;
const TAKEN: u64 = 2;
const ANSWERED: u64 = 3;

/// Phases have two bits; above them is the number of the thread.
const PHASE: u64 = 3;

fn word(thread: u32, phase: u64) -> u64 {
    u64::from(thread) << 2 | phase
}

/// The word.
#[derive(Debug)]
pub(crate) struct Request {
    pub(super) word: AtomicU64,
}

impl Request {
    /// Asks `thread`. Nobody else asks meanwhile.
    pub(crate) fn ask(&self, thread: u32) {
        self.word.store(word(thread, ASKED), Ordering::Release); // NONE => ASKED
    }

    /// True: `thread`, which is the caller, has been asked and is to answer.
    pub(crate) fn try_take(&self, thread: u32) -> bool {
        let (asked, taken) = (word(thread, ASKED), word(thread, TAKEN));
        self.word.compare_exchange(asked, taken, Ordering::Acquire, Ordering::Relaxed).is_ok() // ASKED => TAKEN
    }

    /// The answer is there.
    pub(crate) fn answer(&self, thread: u32) {
        self.word.store(word(thread, ANSWERED), Ordering::Release); // TAKEN => ANSWERED
    }

    /// Whether the answer is there.
    pub(crate) fn is_answered(&self) -> bool {
        self.word.load(Ordering::Acquire) & PHASE == ANSWERED
    }

    /// True: nobody will answer. False: somebody is about to, or has.
    pub(crate) fn withdraw(&self) -> bool {
        let seen = self.word.load(Ordering::Relaxed);
        seen & PHASE == ASKED
            && self.word.compare_exchange(seen, NONE, Ordering::Relaxed, Ordering::Relaxed).is_ok() // ASKED => NONE
    }

    /// The answer has been read.
    pub(crate) fn end(&self) {
        self.word.store(NONE, Ordering::Relaxed); // ANSWERED => NONE
    }
}
