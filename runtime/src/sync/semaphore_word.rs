//! A counter that is waited for: a semaphore without its permits.
//!
//! # Why
//! Permits are given out first come, first served: who needs many is not passed by those who need few. While somebody
//! waits, those who come queue up behind him, and permits that come back are handed over.
//!
//! # The word
//! `permits << 1 | WAITERS`. `WAITERS`: somebody waits, or is about to: whoever wants permits goes by the queue.
//!
//! # Transitions
//! | call | by whom | from => to |
//! |---|---|---|
//! | `try_take` | anyone | no WAITERS, `n` or more => `n` less |
//! | `enter` | who wants `n`, queue locked | sets WAITERS; takes `n` if nobody waits and they are there; else waits |
//! | `put` | anyone | `n` more |
//! | `hand_out` | who has put, or has ceased to wait, queue locked | the first takes what it needs, and so on |
//!
//! # Invariants
//! 1. WAITERS changes only while the queue is locked; it is set whenever the list is not empty and the queue is not locked.
//! 2. While WAITERS is set, permits are taken only by whoever has the queue locked: others only put some.
//! 3. A node lies still until it was withdrawn, or until its partner has finished with it, which happens with the queue
//!    locked: `withdraw` looks at it, or has had that lock after it (wait/list.rs, invariants 2 and 3).
//!
//! # No wake-up is lost
//! Whoever waits has set WAITERS, and seen in the same step too few permits, or somebody who waits before it. Whoever puts
//! some later finds WAITERS and locks the queue, after the one who waits has unlocked it with its node in the list. Whoever
//! ceases to wait hands out what it has kept from others. Who is given permits and never goes on, since its runtime has
//! stopped, puts them back.
//!
//! # Orderings
//! Taking acquires, putting releases: what was done with a permit comes before what its next holder does. `hand_out` reads
//! the word acquiring, and passes it on by the node.
#![allow(unsafe_code)]

use super::atomic::{AtomicUsize, Ordering};
use super::rt::{
    Awaited, Awaits, Lock, NEVER, Nanos, Node, State, Ticket, Wait, WaitList, Waiter, hand_on, now,
};

const WAITERS: usize = 1;
pub(crate) const ONE: usize = 2;

pub(crate) struct Permits {
    pub(crate) word: AtomicUsize,
    /// Each with what it needs.
    pub(crate) waiters: Lock<WaitList<usize>>,
}

impl Permits {
    /// How many are there.
    pub(crate) fn count(&self) -> usize {
        self.word.load(Ordering::Relaxed) / ONE
    }

    /// Takes `many`, if they are there and nobody waits.
    #[inline]
    pub(crate) fn try_take(&self, many: usize) -> bool {
        let mut word = self.word.load(Ordering::Relaxed);
        while word & WAITERS == 0 && word / ONE >= many {
            let rest = word - many * ONE;
            // no WAITERS => `many` less
            match self.word.compare_exchange_weak(word, rest, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        false
    }

    /// Waits until it has taken `many`. False: `deadline` came first, or, for `Wait::Open`, `is_cancelled` says so.
    #[cold]
    pub(crate) fn take_contended(
        &self,
        many: usize,
        wait: Wait,
        deadline: Nanos,
        is_cancelled: impl Fn() -> bool,
    ) -> bool {
        while deadline == NEVER || now() < deadline {
            let waiter = Waiter::current();
            let node = Node::new(Some(many));
            if self.enter(&node, waiter.ticket(), many) {
                return true;
            }
            let (in_time, has_taken) =
                waiter.wait(Awaits::at(Awaited::Permits, &self.word), wait, deadline, || {
                    self.withdraw(&node, waiter, many)
                });
            if has_taken || !in_time || is_cancelled() {
                return has_taken;
            }
        }
        false
    }

    fn enter(&self, node: &Node<usize>, ticket: Ticket, many: usize) -> bool {
        let mut waiters = self.waiters.lock();
        let word = self.word.fetch_or(WAITERS, Ordering::Acquire); // any => with WAITERS
        let enters = waiters.is_empty() && word / ONE >= many;
        if enters {
            self.word.fetch_sub(many * ONE, Ordering::Relaxed); // WAITERS => `many` less (invariant 2)
        } else {
            // SAFETY: invariant 3; it is in no list, being new.
            unsafe { waiters.push(node, ticket) };
        }
        self.show(&waiters);
        enters
    }

    /// Takes the announcement back. True: it has what it needs.
    fn withdraw(&self, node: &Node<usize>, waiter: Waiter, many: usize) -> bool {
        if node.state() != State::Done {
            self.waiters.lock().withdraw(node);
            if node.state() != State::Done {
                self.hand_out(); // what it has kept from others
                return false;
            }
        }
        if waiter.is_abandoned() {
            self.put(many);
        }
        true
    }

    /// Adds `many`. Never switches.
    #[inline]
    pub(crate) fn put(&self, many: usize) {
        let word = self.word.fetch_add(many * ONE, Ordering::Release); // any => `many` more
        if word & WAITERS != 0 {
            self.hand_out();
        }
    }

    #[cold]
    fn hand_out(&self) {
        loop {
            let mut waiters = self.waiters.lock();
            let there = self.word.load(Ordering::Acquire) / ONE;
            let claimed = waiters.claim_first_if(|needs| *needs <= there).map(|mut waiter| {
                let needs = waiter.take().expect("who waits says how many it needs");
                self.word.fetch_sub(needs * ONE, Ordering::Relaxed); // WAITERS => `needs` less (invariant 2)
                waiter.finish(State::Done)
            });
            self.show(&waiters);
            drop(waiters);
            match claimed {
                Some(claimed) => hand_on(claimed),
                None => return,
            }
        }
    }

    /// With the queue locked: clears WAITERS if nobody waits.
    fn show(&self, waiters: &WaitList<usize>) {
        if waiters.is_empty() {
            self.word.fetch_and(!WAITERS, Ordering::Relaxed); // WAITERS => not WAITERS
        }
    }
}
