//! Whether a coroutine runs, waits, or is about to; and who may queue it.
//!
//! # Why
//! A coroutine that waits publishes a *ticket* (its number and the word's **epoch**) where wakers will find it,
//! leaves its stack, and only then is it safe to run it again. A waker may come at any time: before it has
//! left, after, late (the wait ended for another reason), or so late that the place has a new tenant. All of
//! them meet in one compare-and-swap on one word.
//!
//! # The word
//! ```text
//!  63                        8     7      6      5      4      3      2     1 0
//! +---------------------------+------+-------+--------+------+-------+------+------+
//! | epoch: waits that have    | HEED | ALERT | CANCEL | OPEN | TOKEN | USER | phase|
//! | ended here, of all tenants|      |       |        |      |       |      |      |
//! +---------------------------+------+-------+--------+------+-------+------+------+
//! ```
//! | phase | meaning | who owns the stack | which queue holds it |
//! |---|---|---|---|
//! | `RUNNING` | fresh, ready or on the CPU: not waiting | whoever holds it or runs it | a run queue, or none while on the CPU |
//! | `NOTIFIED` | was woken before its wait was committed | its machine | none |
//! | `PARKED` | waits; saved completely | nobody | none: whoever leaves this phase gets it |
//! | `VACANT` | no tenant | - | - |
//!
//! `USER` is set only together with `PARKED`: the wait is `park()`, which the user's token ends too. `TOKEN` is
//! that token: set by `unpark`, never set while `PARKED|USER`, consumed by `park()` alone. `CANCEL` says that the
//! tenant was cancelled, once and for good. `ALERT` says that something else has come that it has to look at before it
//! waits openly. `OPEN` is set only together with `PARKED`: the wait is one that a cancellation or an alert ends; it is
//! never there together with one of these two. `HEED` is the same for a wait that an alert ends, and a cancellation not.
//!
//! # Transitions
//! | call | by whom | from => to |
//! |---|---|---|
//! | `occupy` | owner of the vacant place | VACANT(e) => RUNNING(e+1), token and cancellation cleared |
//! | `vacate` | its machine, after the end | RUNNING(e), NOTIFIED(e) => VACANT(e+1) |
//! | `commit` | its machine, after the switch | RUNNING(e) => PARKED(e); NOTIFIED(e) => RUNNING(e+1) |
//! | `commit`, `Wait::User` | the same | PARKED,USER(e); with TOKEN instead RUNNING(e+1) without it |
//! | `commit`, `Wait::Open` | the same | PARKED,OPEN(e); with CANCEL or ALERT instead RUNNING(e+1) without ALERT |
//! | `commit`, `Wait::Heed` | the same | PARKED,HEED(e); with ALERT instead RUNNING(e+1) without it |
//! | `wake(e)` | anyone with a ticket | RUNNING(e) => NOTIFIED(e); PARKED(e) => RUNNING(e+1); else nothing |
//! | `unpark` | anyone with a handle | PARKED,USER(e) => RUNNING(e+1); VACANT: nothing; else sets TOKEN |
//! | `cancel` | anyone with a handle | PARKED,OPEN(e) => RUNNING,CANCEL(e+1); VACANT: nothing; else sets CANCEL |
//! | `alert` | anyone with a handle | PARKED,OPEN(e), PARKED,HEED(e) => RUNNING(e+1); VACANT: nothing; else sets ALERT |
//! | `seize` | a runtime that stops | PARKED(e) => RUNNING(e+1) |
//! | `expire_tickets` | the coroutine itself | RUNNING(e), NOTIFIED(e) => RUNNING(e+1) |
//!
//! # Invariants
//! 1. The epoch never goes back, not even over tenants; every transition that ends a wait raises it. So a
//!    ticket wakes at most the wait that it was made for.
//! 2. PARKED is entered only by `commit`, after the stack has been saved.
//! 3. Exactly one call leaves PARKED(e): its CAS wins. That call, and no other, may queue the coroutine.
//!
//! # No wake-up is lost
//! `commit` and `wake` are compare-and-swaps on the same word, so one comes first. If `wake` is first, `commit`
//! finds NOTIFIED and the machine runs the coroutine on. If `commit` is first, `wake` finds PARKED and gets the
//! right to queue it. The same for `unpark` and TOKEN, `cancel` and CANCEL, `alert` and ALERT: a partner's hand-over and a
//! cancellation meet here, and one of them ends the wait.
//!
//! # Looking
//! Somebody who neither holds the tenant nor wakes it may read what lies still while it waits: it reads the word, then
//! that, then the word again. PARKED(e) twice: nobody has had the tenant in between (invariant 1). Who has it writes only
//! after a release fence that comes after the end of the wait; so whoever sees something of what it writes, and then has
//! an acquire fence, sees the end of the wait too.
//!
//! # Orderings
//! A waker's writes must be seen by the woken: `wake`, `unpark`, `cancel` and `alert` release, `commit`'s failing branch
//! acquires; the saved stack must be seen by whoever resumes: `commit` releases, `wake` acquires. So every CAS is AcqRel.

use super::atomic::{AtomicU64, Ordering, fence, overwrite};

const PHASE: u64 = 0b11;
const RUNNING: u64 = 0;
const NOTIFIED: u64 = 1;
const PARKED: u64 = 2;
pub(super) const VACANT: u64 = 3;
const USER: u64 = 1 << 2;
const TOKEN: u64 = 1 << 3;
const OPEN: u64 = 1 << 4;
const CANCEL: u64 = 1 << 5;
const ALERT: u64 = 1 << 6;
const HEED: u64 = 1 << 7;
const EPOCH_SHIFT: u32 = 8;
const EPOCH_ONE: u64 = 1 << EPOCH_SHIFT;

/// Bits of an epoch that a ticket carries. A waker would have to be late by exactly 2^35 waits of one place to
/// be taken for another, and then it is a spurious wake-up, which every wait loop tolerates.
pub(crate) const TICKET_EPOCH_BITS: u32 = 35;
const TICKET_EPOCH: u64 = (1 << TICKET_EPOCH_BITS) - 1;

/// What a waker has achieved.
#[must_use = "a runnable coroutine that nobody queues is lost"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// The wait was over already, or somebody else ended it.
    Stale,
    /// The coroutine has not left yet; its machine will run it on.
    Noted,
    /// It waited. The caller, and nobody else, must queue it.
    Runnable,
}

/// What ends a wait, besides its ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Nothing.
    Plain,
    /// The user's token.
    User,
    /// A cancellation, or an alert.
    Open,
    /// An alert.
    Heed,
}

impl Wait {
    /// The bit that tells wakers, and the one that ends it at once.
    #[inline]
    fn bits(self) -> (u64, u64) {
        match self {
            Wait::Plain => (0, 0),
            Wait::User => (USER, TOKEN),
            Wait::Open => (OPEN, CANCEL | ALERT),
            Wait::Heed => (HEED, ALERT),
        }
    }
}

/// What a machine does with a coroutine that wanted to wait.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Commit {
    /// It waits now; from here on it belongs to its waker.
    Parked,
    /// It was woken meanwhile: queue it.
    Woken,
}

/// A tenant's phase and epoch at one moment. Two equal ones that are parked: it has been in between, since epochs do not
/// come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(u64);

impl Moment {
    pub(crate) fn is_parked(self) -> bool {
        self.0 & PHASE == PARKED
    }

    /// As a number.
    pub(crate) fn to_bits(self) -> u64 {
        self.0
    }
}

/// To be called by whoever holds a coroutine, before it writes to what [`Status::moment`] lets others look at: they see the
/// end of the wait then, if they see anything of what is written.
#[inline]
pub(crate) fn begin_to_write() {
    fence(Ordering::Release);
}

/// The state word of one place in the side table.
#[derive(Debug)]
pub(crate) struct Status {
    pub(super) word: AtomicU64,
}

impl Status {
    fn epoch_of(word: u64) -> u64 {
        (word >> EPOCH_SHIFT) & TICKET_EPOCH
    }

    /// The epoch that a ticket for the next wait carries. Only the tenant (or its machine) asks.
    #[inline]
    pub(crate) fn epoch(&self) -> u64 {
        // Relaxed: while it runs, nobody else changes the epoch (invariant 3).
        Self::epoch_of(self.word.load(Ordering::Relaxed))
    }

    /// A new tenant moves in. Only for the owner of a vacant place.
    pub(crate) fn occupy(&self) {
        let word = self.word.load(Ordering::Relaxed);
        debug_assert_eq!(word & PHASE, VACANT);
        // Nobody writes to a vacant word. Release: whoever sees the new epoch sees the new tenant's fields.
        let epoch = (word >> EPOCH_SHIFT) + 1;
        self.word.store(epoch << EPOCH_SHIFT | RUNNING, Ordering::Release); // VACANT(e) => RUNNING(e+1)
    }

    /// The tenant has ended. Only for its machine.
    #[inline]
    pub(crate) fn vacate(&self) {
        let word = self.word.load(Ordering::Relaxed);
        debug_assert_ne!(word & PHASE, PARKED);
        // A store: whose compare-and-swap comes before is overwritten, and has told a tenant that is no more; whose comes
        // after fails, since the epoch has moved. While it runs, nobody else moves that (invariant 3).
        let epoch = (word >> EPOCH_SHIFT) + 1;
        overwrite(&self.word, epoch << EPOCH_SHIFT | VACANT); // RUNNING(e), NOTIFIED(e) => VACANT(e+1)
    }

    /// Commits a wait: for tickets, which deadlines use too, and for what else ends it.
    #[inline]
    pub(crate) fn commit(&self, wait: Wait) -> Commit {
        let (mark, ends) = wait.bits();
        let word = self.word.load(Ordering::Relaxed);
        debug_assert_ne!(word & PHASE, PARKED);
        if word & (PHASE | ends) == RUNNING {
            // RUNNING(e) => PARKED(e)
            let parked = word & !PHASE | PARKED | mark;
            if self.word.compare_exchange(word, parked, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                return Commit::Parked;
            }
        }
        self.commit_contended(mark, ends)
    }

    #[cold]
    fn commit_contended(&self, mark: u64, ends: u64) -> Commit {
        let (Ok(old) | Err(old)) = self.update(|word| {
            if word & ends != 0 {
                Some((word & !PHASE & !(ends & (TOKEN | ALERT))) + EPOCH_ONE) // RUNNING|NOTIFIED(e) => RUNNING(e+1)
            } else if word & PHASE == NOTIFIED {
                Some((word & !PHASE) + EPOCH_ONE) // NOTIFIED(e) => RUNNING(e+1)
            } else {
                Some(word & !PHASE | PARKED | mark) // RUNNING(e) => PARKED(e)
            }
        });
        let stayed = old & PHASE == NOTIFIED || old & ends != 0;
        if stayed { Commit::Woken } else { Commit::Parked }
    }

    /// Ends the wait of `epoch`, if it is still the present one.
    #[inline]
    pub(crate) fn wake(&self, epoch: u64) -> Wake {
        let changed = self.update(|word| {
            if Self::epoch_of(word) != epoch {
                return None;
            }
            match word & PHASE {
                RUNNING => Some(word & !PHASE | NOTIFIED), // RUNNING(e) => NOTIFIED(e)
                PARKED => Some(Self::ended(word)),         // PARKED(e) => RUNNING(e+1)
                _ => None,
            }
        });
        match changed {
            Err(_) => Wake::Stale,
            Ok(old) if old & PHASE == PARKED => Wake::Runnable,
            Ok(_) => Wake::Noted,
        }
    }

    /// Gives the tenant the user's token, provided that `still_meant` says so while the word stands still.
    ///
    /// `still_meant` reads the place's identity: were the tenant replaced between its reading and our CAS, the
    /// epoch would have moved (invariant 1) and the CAS fails.
    pub(crate) fn unpark(&self, still_meant: impl Fn() -> bool) -> Wake {
        let changed = self.update(|word| {
            if word & PHASE == VACANT || !still_meant() {
                return None;
            }
            if word & (PHASE | USER) == PARKED | USER {
                Some(Self::ended(word)) // PARKED,USER(e) => RUNNING(e+1)
            } else {
                Some(word | TOKEN)
            }
        });
        match changed {
            Err(_) => Wake::Stale,
            Ok(old) if old & (PHASE | USER) == PARKED | USER => Wake::Runnable,
            Ok(_) => Wake::Noted,
        }
    }

    /// Cancels the tenant, provided that `still_meant` says so while the word stands still (as for `unpark`).
    pub(crate) fn cancel(&self, still_meant: impl Fn() -> bool) -> Wake {
        self.interrupt(OPEN, CANCEL, CANCEL, still_meant)
    }

    /// Has the tenant look around before it waits openly or heeding, provided that `still_meant` says so.
    pub(crate) fn alert(&self, still_meant: impl Fn() -> bool) -> Wake {
        self.interrupt(OPEN | HEED, ALERT, 0, still_meant)
    }

    /// Ends a wait with one of these marks, and leaves `stays` behind, or else sets `mark`.
    fn interrupt(&self, marks: u64, mark: u64, stays: u64, still_meant: impl Fn() -> bool) -> Wake {
        let changed = self.update(|word| {
            if word & PHASE == VACANT || word & mark != 0 || !still_meant() {
                return None;
            }
            // PARKED,OPEN(e), PARKED,HEED(e) => RUNNING(e+1)
            Some(if Self::waits(word, marks) { Self::ended(word) | stays } else { word | mark })
        });
        match changed {
            Err(_) => Wake::Stale,
            Ok(old) if Self::waits(old, marks) => Wake::Runnable,
            Ok(_) => Wake::Noted,
        }
    }

    fn waits(word: u64, marks: u64) -> bool {
        word & PHASE == PARKED && word & marks != 0
    }

    /// Whether the tenant was cancelled. Only for the tenant.
    #[inline]
    pub(crate) fn is_cancelled(&self) -> bool {
        // Acquire: what the canceller wrote before is seen after.
        self.word.load(Ordering::Acquire) & CANCEL != 0
    }

    /// How the tenant stands, for somebody who only looks; `None`: there is no tenant.
    pub(crate) fn moment(&self) -> Option<Moment> {
        // A second look comes after what was read in between; with `begin_to_write`, and the wake before that.
        fence(Ordering::Acquire);
        // Acquire: who finds it parked finds the saved stack.
        let word = self.word.load(Ordering::Acquire);
        (word & PHASE != VACANT).then_some(Moment(word & (PHASE | !(EPOCH_ONE - 1))))
    }

    /// Whether there is no tenant.
    pub(crate) fn is_vacant(&self) -> bool {
        self.word.load(Ordering::Acquire) & PHASE == VACANT
    }

    /// Ends whatever wait there is, for somebody who will not queue it, provided that `still_meant` says so while the
    /// word stands still (as for `unpark`). False: it did not wait, or somebody was quicker.
    pub(crate) fn seize(&self, still_meant: impl Fn() -> bool) -> bool {
        let parked = |word: u64| (word & PHASE == PARKED && still_meant()).then(|| Self::ended(word));
        self.update(parked).is_ok() // PARKED(e) => RUNNING(e+1)
    }

    /// A wait ends: PARKED(e) => RUNNING(e+1).
    #[inline]
    fn ended(word: u64) -> u64 {
        (word & !PHASE & !USER & !OPEN & !HEED) + EPOCH_ONE
    }

    /// Takes the user's token, if there is one. Only for the tenant.
    pub(crate) fn take_token(&self) -> bool {
        if self.word.load(Ordering::Relaxed) & TOKEN == 0 {
            return false;
        }
        // Acquire: what the giver wrote before is seen after.
        self.word.fetch_and(!TOKEN, Ordering::AcqRel) & TOKEN != 0
    }

    /// Makes every ticket of the present epoch stale: the tenant gave some out and then did not wait. Returns
    /// whether a waker was quicker.
    pub(crate) fn expire_tickets(&self) -> bool {
        // RUNNING(e), NOTIFIED(e) => RUNNING(e+1)
        let (Ok(old) | Err(old)) = self.update(|word| Some((word & !PHASE) + EPOCH_ONE));
        old & PHASE == NOTIFIED
    }

    /// Whether a plain thread that has committed must go on sleeping; with the word to sleep on.
    pub(crate) fn parked_word(&self) -> Option<u64> {
        let word = self.word.load(Ordering::Acquire);
        (word & PHASE == PARKED).then_some(word)
    }

    /// The word itself, for the futex of a plain thread.
    pub(crate) fn word(&self) -> &AtomicU64 {
        &self.word
    }

    /// Runs `next` in a CAS loop until its value is stored (Ok: the word before) or it declines (Err).
    #[inline]
    fn update(&self, next: impl Fn(u64) -> Option<u64>) -> Result<u64, u64> {
        let mut word = self.word.load(Ordering::Acquire);
        while let Some(new) = next(word) {
            match self.word.compare_exchange_weak(word, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(old) => return Ok(old),
                Err(now) => word = now,
            }
        }
        Err(word)
    }
}
