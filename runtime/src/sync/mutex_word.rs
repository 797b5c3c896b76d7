//! A mutex without its data: one word, and those who wait, under a lock of their own.
//!
//! # Why
//! Taking and giving back a free one is one compare-and-swap each. Whoever waits leaves its stack. The lock is not
//! handed over as a rule: who is running takes it sooner than who has to be resumed first, and a hand-over each time
//! would make every holder wait for a switch. So one of those who wait is *woken* and tries again, at most one at a
//! time. And about every 0.5 ms the lock is handed over instead, so everybody has it in the end.
//!
//! # The word
//! | bit | set if | never set when |
//! |---|---|---|
//! | `LOCKED` | somebody holds it | it is free |
//! | `WAITERS` | somebody waits in the queue, or has ceased to by a deadline | the queue was empty at the last look |
//! | `WOKEN` | one who was woken has not tried yet | nobody was woken since the last one tried |
//!
//! # Transitions
//! | call | by whom | from => to |
//! |---|---|---|
//! | `take`, `try_take` | anyone | not LOCKED => LOCKED; one who was woken clears WOKEN with it |
//! | `announce` | who waits, queue locked | LOCKED => LOCKED, WAITERS; one who was woken clears WOKEN |
//! | `give_back` | the holder | LOCKED => free, if there is no WAITERS, or WOKEN |
//! | `give_back` | the holder, queue locked | LOCKED, WAITERS => WOKEN, for the first one; or LOCKED for him |
//! | `give_turn_up` | who was woken and cannot try, queue locked | WOKEN => not; if free, WOKEN for the next |
//!
//! # Invariants
//! 1. Of those who see the lock free one sets LOCKED, and he is the holder until he gives it back or hands it over.
//! 2. WAITERS changes only while the queue is locked. Whoever holds the mutex and has the queue locked is the only one
//!    who changes the word.
//! 3. A node lies still until it was withdrawn, or until its partner has finished with it, which happens with the queue
//!    locked: `withdraw` looks at it, or has had that lock after it (wait/list.rs, invariants 2 and 3).
//!
//! # No wake-up is lost
//! Whoever waits has seen LOCKED while it set WAITERS. So the holder, giving back later, finds WAITERS: either it wakes
//! the first one, or WOKEN says that one is on its way who has not tried yet. That one takes the lock, and finds
//! WAITERS when it gives it back; or finds LOCKED, and clears WOKEN in the same step in which it makes sure of LOCKED:
//! then the holder is yet to look. One who will never try, since its runtime has stopped, gives its turn up. A
//! deadline and a waker are decided by one compare-and-swap (lockfree/status.rs): who was woken is not timed out.
//!
//! If some machine is stuck, the one who is on its way may be stuck with it; then WOKEN counts for nothing, and another
//! one is woken besides.
//!
//! # Orderings
//! Taking acquires, giving back releases: the data. A hand-over passes the queue's lock or the node's state, which do
//! the same. All else is Relaxed: bits that are changed under the queue's lock or looked at again.
#![allow(unsafe_code)]

use super::atomic::{AtomicUsize, Ordering};
use super::rt::{
    Awaited, Awaits, Holder, Lock, NEVER, Nanos, Node, Spinning, State, Ticket, Wait, WaitList, Waiter,
    hand_on, now, random_below,
};

pub(crate) const FREE: usize = 0;
pub(crate) const LOCKED: usize = 1;
const WAITERS: usize = 2;
const WOKEN: usize = 4;

/// The longest time between two hand-overs of a lock for which somebody always waits; half of it on average.
const TURN: Nanos = 1_000_000;

/// A mutex for coroutines and threads, without data: what [`Mutex`](super::Mutex) is made of, for those who build
/// locks of their own with `lock_api`.
///
/// ```
/// use lock_api::RawMutex as _;
///
/// let raw = gopark_runtime::face::sync::RawMutex::INIT;
/// assert!(raw.try_lock() && !raw.try_lock());
/// // SAFETY: it is held here.
/// unsafe { raw.unlock() };
/// assert!(!raw.is_locked());
/// ```
#[repr(C)]
pub struct RawMutex {
    pub(crate) word: AtomicUsize,
    /// Behind the word, where a dump expects it.
    pub(crate) holder: Holder,
    pub(crate) queue: Lock<Queue>,
}

pub(crate) struct Queue {
    pub(crate) waiters: WaitList<()>,
    /// When the lock is handed over next.
    pub(crate) fair_at: Nanos,
}

impl Queue {
    /// Whether it is time for a hand-over.
    fn is_turn_due(&mut self) -> bool {
        let now = now();
        let due = now >= self.fair_at;
        if due {
            self.fair_at = now + random_below(TURN);
        }
        due
    }
}

impl RawMutex {
    /// Waits until the caller holds it.
    #[inline]
    pub(crate) fn take(&self) {
        // FREE => LOCKED
        if self.word.compare_exchange(FREE, LOCKED, Ordering::Acquire, Ordering::Relaxed).is_err() {
            self.take_contended(NEVER);
        }
        self.holder.is_here();
    }

    /// The same until `deadline`.
    #[inline]
    pub(crate) fn take_until(&self, deadline: Nanos) -> bool {
        self.holder.is_here_if(self.take_free() || now() < deadline && self.take_contended(deadline))
    }

    /// True: the caller holds it.
    #[inline]
    pub(crate) fn try_take(&self) -> bool {
        self.holder.is_here_if(self.take_free())
    }

    #[inline]
    fn take_free(&self) -> bool {
        let mut word = self.word.load(Ordering::Relaxed);
        while word & LOCKED == 0 {
            // not LOCKED => LOCKED
            match self.word.compare_exchange_weak(word, word | LOCKED, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        false
    }

    /// Whether somebody holds it.
    #[inline]
    pub(crate) fn is_taken(&self) -> bool {
        self.word.load(Ordering::Relaxed) & LOCKED != 0
    }

    /// The holder holds it no more. Whoever is woken has to compete with others. Never switches.
    #[inline]
    pub(crate) fn give_back(&self) {
        self.holder.is_gone();
        // LOCKED => FREE
        if self.word.compare_exchange(LOCKED, FREE, Ordering::Release, Ordering::Relaxed).is_err() {
            self.give_back_contended(false);
        }
    }

    /// The same, but who waits for it holds it then.
    #[inline]
    pub(crate) fn hand_over(&self) {
        self.holder.is_gone();
        // LOCKED => FREE
        if self.word.compare_exchange(LOCKED, FREE, Ordering::Release, Ordering::Relaxed).is_err() {
            self.give_back_contended(true);
        }
    }

    #[cold]
    fn take_contended(&self, deadline: Nanos) -> bool {
        let mut was_woken = false;
        loop {
            if self.take_spinning(was_woken) {
                return true;
            }
            let waiter = Waiter::current();
            let node = Node::new(None);
            if !self.announce(&node, waiter.ticket(), was_woken) {
                continue; // it is free
            }
            match waiter.wait(Awaits::at(Awaited::Mutex, &self.word), Wait::Plain, deadline, || {
                self.withdraw(&node, waiter)
            }) {
                (_, State::Done) => return true,
                (_, State::Again) => was_woken = true,
                (in_time, _) if !in_time => return false,
                _ => was_woken = false,
            }
        }
    }

    /// Takes it if it becomes free in a moment.
    fn take_spinning(&self, was_woken: bool) -> bool {
        let mut spinning = Spinning::new();
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            if word & LOCKED == 0 {
                let taken = if was_woken { word & !WOKEN } else { word } | LOCKED;
                // not LOCKED => LOCKED
                match self.word.compare_exchange_weak(word, taken, Ordering::Acquire, Ordering::Relaxed) {
                    Ok(_) => return true,
                    Err(now) => word = now,
                }
            } else if spinning.once() {
                word = self.word.load(Ordering::Relaxed);
            } else {
                return false;
            }
        }
    }

    /// Queues up behind the holder. False: there is none.
    fn announce(&self, node: &Node<()>, ticket: Ticket, was_woken: bool) -> bool {
        let mut queue = self.queue.lock();
        let mut word = self.word.load(Ordering::Relaxed);
        while word & LOCKED != 0 {
            let announced = if was_woken { word & !WOKEN } else { word } | WAITERS;
            // LOCKED => LOCKED, WAITERS
            match self.word.compare_exchange_weak(word, announced, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => {
                    // SAFETY: invariant 3; it is in no list, being new.
                    unsafe { queue.waiters.push(node, ticket) };
                    return true;
                }
                Err(now) => word = now,
            }
        }
        false
    }

    /// Takes the announcement back. Tells what came of it: DONE, and the lock is the caller's; or AGAIN.
    fn withdraw(&self, node: &Node<()>, waiter: Waiter) -> State {
        let mut state = node.state();
        if !matches!(state, State::Done | State::Again) {
            let mut queue = self.queue.lock();
            queue.waiters.withdraw(node);
            state = node.state();
        }
        if waiter.is_abandoned() {
            match state {
                State::Done => self.give_back(),
                State::Again => self.give_turn_up(),
                _ => {}
            }
        }
        state
    }

    #[cold]
    fn give_back_contended(&self, hands_over: bool) {
        let mut word = self.word.load(Ordering::Relaxed);
        while !hands_over && !needs_waker(word) {
            // LOCKED => not LOCKED
            match self.word.compare_exchange_weak(word, word & !LOCKED, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
        let mut queue = self.queue.lock();
        let Some(waiter) = queue.waiters.claim_first() else {
            self.word.fetch_and(!(LOCKED | WAITERS), Ordering::Release); // LOCKED => not LOCKED
            return;
        };
        let hands_over = queue.is_turn_due() || hands_over;
        let others = if queue.waiters.is_empty() { 0 } else { WAITERS };
        let claimed = if hands_over {
            if others == 0 {
                self.word.fetch_and(!WAITERS, Ordering::Relaxed); // LOCKED, WAITERS => LOCKED
            }
            waiter.finish(State::Done)
        } else {
            // Invariant 2.
            self.word.store(WOKEN | others, Ordering::Release); // LOCKED, WAITERS => WOKEN
            waiter.finish(State::Again)
        };
        drop(queue);
        hand_on(claimed);
    }

    /// One who was woken will not try: it is the next one's turn.
    fn give_turn_up(&self) {
        let mut queue = self.queue.lock();
        let is_free = self.word.fetch_and(!WOKEN, Ordering::Relaxed) & LOCKED == 0; // WOKEN => not WOKEN
        if !is_free {
            return; // the holder will look
        }
        let next = queue.waiters.claim_first().map(|next| {
            self.word.fetch_or(WOKEN, Ordering::Relaxed); // not WOKEN => WOKEN
            next.finish(State::Again)
        });
        if queue.waiters.is_empty() {
            self.word.fetch_and(!WAITERS, Ordering::Relaxed); // WAITERS => not WAITERS
        }
        drop(queue);
        next.into_iter().for_each(hand_on);
    }
}

/// Whether somebody waits, and nobody is on the way.
fn needs_waker(word: usize) -> bool {
    word & WAITERS != 0 && (word & WOKEN == 0 || Ticket::any_stalled())
}
