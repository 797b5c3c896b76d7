//! Where the poller and the one who waits for a socket meet: one word for each direction.
//!
//! # Why
//! Edge-triggered epoll reports a change once. The report may come before anybody waits, between a failed read
//! and the wait, or while somebody waits; it must never be lost, and a wait must never begin after it. Go keeps
//! the same word in `pollDesc.rg` and `wg` (netpoll.go).
//!
//! # The word
//! ```text
//!  63                                      5    4      3      2       1      0
//! +-----------------------------------------+-------+-----+-------+-----+-------+
//! | ticket of the one who waits, 0: nobody  | CROWD | PRI | RDHUP | HUP | READY |
//! +-----------------------------------------+-------+-----+-------+-----+-------+
//! ```
//! | call | by whom | from => to |
//! |---|---|---|
//! | `take_ready` | caller, before it asks the kernel | READY => clear |
//! | `wait` | caller, after the kernel said EAGAIN | EMPTY => ticket; READY stays: from the top, with `take_ready` |
//! | `post` | poller | any => READY, ticket and CROWD taken out; sticky bits added |
//! | `post` | caller that took READY and did not reach the end (below) | the same |
//! | `call` | whoever changed what callers heed besides edges | ticket and CROWD taken out; READY stays as it is |
//! | `cancel` | a caller that stops waiting | its own ticket => 0 |
//!
//! `HUP`, `RDHUP` and `PRI` stick: data and the end of the stream may come in one edge, after which there is no
//! other, so a reader that has seen one of them may not conclude from a short read that nothing is left.
//! `CROWD` says that more callers wait than the word can name; the rest stand in a list elsewhere, and `post`
//! reports that they are to be woken too.
//!
//! # Invariants
//! 1. READY is cleared only by a caller that then asks the kernel before it waits. So an edge that comes after
//!    the question leaves READY behind, and `wait` refuses; it does not clear READY, since who clears it has to
//!    know, and `take_ready` alone tells.
//!    For if the kernel's answer leaves something behind (a connection accepted, others in the backlog), that
//!    caller posts READY again: else a second caller, who asked just before the edge, would wait beside work.
//! 2. Ticket and READY are never there together: `post` takes the ticket out in the step that sets READY.
//! 3. Whoever takes the ticket out (`post`, `call`, `cancel`) has ended the wait; the other ones find it gone.
//! 4. Of a caller that announces its wait and then looks at something else, and somebody who changes that and then
//!    calls, one sees the other: between the two steps of each there is a sequentially consistent fence.
//!
//! # Orderings
//! `post` releases and `take_ready` and `wait` acquire: what the kernel delivered before the edge is visible to the
//! next system call anyway; the pairing keeps the poller's other writes in order.

use super::atomic::{AtomicU64, Ordering, fence, fence_after_rmw};

const READY: u64 = 1;
const HUP: u64 = 1 << 1;
const RDHUP: u64 = 1 << 2;
const PRI: u64 = 1 << 3;
const CROWD: u64 = 1 << 4;
const STICKY: u64 = HUP | RDHUP | PRI;
const TICKET_SHIFT: u32 = 5;

/// Bits that a ticket may have.
pub(crate) const TICKET_BITS: u32 = u64::BITS - TICKET_SHIFT;

/// What an edge told, besides readiness.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signs {
    pub(crate) hung_up: bool,
    pub(crate) read_closed: bool,
    pub(crate) priority: bool,
}

/// How a wait begins.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// The ticket stands in the word: park.
    Waiting,
    /// An edge came since the kernel was asked: ask again.
    Ready,
    /// Somebody else's ticket is there; CROWD is set now. Join the list, then call `crowd_still_waits`.
    Crowded,
}

/// Whom an edge wakes.
#[must_use = "those who wait must be woken"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Posted {
    /// The ticket that stood in the word; 0: none.
    pub(crate) ticket: u64,
    /// Whether the list of further waiters is to be woken.
    pub(crate) crowd: bool,
}

impl Posted {
    fn out_of(word: u64) -> Posted {
        Posted { ticket: word >> TICKET_SHIFT, crowd: word & CROWD != 0 }
    }
}

/// One direction of one socket.
#[derive(Debug)]
pub(crate) struct ReadySlot {
    word: AtomicU64,
}

impl ReadySlot {
    pub(crate) fn new() -> ReadySlot {
        ReadySlot { word: AtomicU64::new(0) }
    }

    /// Forgets everything: a new socket moves in. Events of the old one that are still under way can only add
    /// READY or a sticky bit, which cost one question to the kernel.
    pub(crate) fn reset(&self) {
        self.word.store(0, Ordering::Release);
    }

    /// Whether an edge has come that nobody has followed up yet.
    #[inline]
    pub(crate) fn is_ready(&self) -> bool {
        self.word.load(Ordering::Acquire) & READY != 0
    }

    /// Whether the peer has hung up, closed its half or sent urgent data, ever.
    #[inline]
    pub(crate) fn has_signs(&self) -> bool {
        self.word.load(Ordering::Acquire) & STICKY != 0
    }

    /// Clears READY. The caller then asks the kernel (invariant 1). Returns whether it was set.
    #[inline]
    pub(crate) fn take_ready(&self) -> bool {
        // READY => EMPTY
        self.word.load(Ordering::Relaxed) & READY != 0
            && self.word.fetch_and(!READY, Ordering::AcqRel) & READY != 0
    }

    /// Announces a wait, after the kernel had nothing.
    pub(crate) fn wait(&self, ticket: u64) -> Begin {
        debug_assert!(ticket != 0 && ticket >> TICKET_BITS == 0);
        let mut word = self.word.load(Ordering::Acquire);
        loop {
            if word & READY != 0 {
                return Begin::Ready;
            }
            let (new, begin) = if word >> TICKET_SHIFT == 0 {
                (word | ticket << TICKET_SHIFT, Begin::Waiting) // EMPTY => ticket
            } else {
                (word | CROWD, Begin::Crowded)
            };
            match self.word.compare_exchange_weak(word, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => {
                    fence_after_rmw(); // invariant 4
                    return begin;
                }
                Err(now) => word = now,
            }
        }
    }

    /// Whether the poller will still find CROWD. A caller that has joined the list checks it afterwards: if not,
    /// an edge has come and gone, maybe before it was in the list.
    pub(crate) fn crowd_still_waits(&self) -> bool {
        self.word.load(Ordering::Acquire) & CROWD != 0
    }

    /// The poller reports an edge; or a caller gives READY back (invariant 1).
    pub(crate) fn post(&self, signs: Signs) -> Posted {
        let mut sticky = 0;
        sticky |= if signs.hung_up { HUP } else { 0 };
        sticky |= if signs.read_closed { RDHUP } else { 0 };
        sticky |= if signs.priority { PRI } else { 0 };
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let new = word & STICKY | sticky | READY; // EMPTY, ticket => READY
            match self.word.compare_exchange_weak(word, new, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return Posted::out_of(word),
                Err(now) => word = now,
            }
        }
    }

    /// Ends the waits of all callers, though there is no edge: something else that they heed has changed.
    pub(crate) fn call(&self) -> Posted {
        fence(Ordering::SeqCst); // invariant 4
        let mut word = self.word.load(Ordering::Relaxed);
        while word & CROWD != 0 || word >> TICKET_SHIFT != 0 {
            let new = word & (STICKY | READY); // ticket => EMPTY
            match self.word.compare_exchange_weak(word, new, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return Posted::out_of(word),
                Err(now) => word = now,
            }
        }
        Posted::out_of(0)
    }

    /// Takes a wait back. False: the poller has taken the ticket, its wake-up is under way or was seen.
    pub(crate) fn cancel(&self, ticket: u64) -> bool {
        let mut word = self.word.load(Ordering::Acquire);
        while word >> TICKET_SHIFT == ticket {
            let new = word & ((1 << TICKET_SHIFT) - 1); // ticket => EMPTY
            match self.word.compare_exchange_weak(word, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        false
    }
}
