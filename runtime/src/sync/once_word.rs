//! Something that is done once, and those who wait until it is: one word, and a list.
//!
//! # The word
//! A state and a bit, `WAITERS`: somebody waits.
//!
//! | call | by whom | from => to |
//! |---|---|---|
//! | `begin` | who wants it done | NEW, or POISONED if it insists => RUNNING, keeping WAITERS |
//! | `announce` | who waits, queue locked | RUNNING, or anything but DONE if it is to wait for that => with WAITERS |
//! | `end` | who has done it, queue locked | RUNNING => DONE or POISONED, without WAITERS; then all who wait look again |
//!
//! # Invariants
//! 1. Of those who find NEW or POISONED one sets RUNNING; nobody leaves RUNNING but he. DONE is never left.
//! 2. A node lies still until it was withdrawn, or until its partner has finished with it, which happens with the queue
//!    locked: `withdraw` looks at it, or has had that lock after it (wait/list.rs, invariants 2 and 3).
//!
//! # No wake-up is lost
//! Whoever waits sets WAITERS while the word is still what it waits to see changed, and with the queue locked, as `end`
//! has it too. So `end` comes later and finds it in the list; it wakes all who are there, and each looks again. One that
//! never does, since its runtime has stopped, has kept nothing from others.
//!
//! # Orderings
//! `end` releases, and whoever sees DONE or POISONED acquires: what was done.
#![allow(unsafe_code)]

use super::atomic::{AtomicUsize, Ordering};
use super::rt::{Awaited, Awaits, Holder, Lock, NEVER, Node, State, Ticket, Wait, WaitList, Waiter, hand_on};

pub(crate) const NEW: usize = 0;
pub(crate) const RUNNING: usize = 1;
const POISONED: usize = 2;
const DONE: usize = 3;
pub(crate) const STATE: usize = 3;
const WAITERS: usize = 4;

/// Before or after, or in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    New,
    Running,
    Poisoned,
    Done,
}

#[repr(C)]
pub(crate) struct OnceWord {
    pub(crate) word: AtomicUsize,
    /// Behind the word, where a dump expects it.
    pub(crate) holder: Holder,
    pub(crate) queue: Lock<Queue>,
}

pub(crate) struct Queue {
    waiters: WaitList<u64>,
    /// The number of the next one. Numbers rise along the list.
    next: u64,
}

impl Queue {
    pub(crate) const fn new() -> Queue {
        Queue { waiters: WaitList::new(), next: 0 }
    }
}

/// The right and the duty to do it.
#[must_use]
pub(crate) struct Doing<'a> {
    once: &'a OnceWord,
    /// It was begun before, and ended in a panic.
    pub(crate) is_retry: bool,
    is_done: bool,
}

/// What came of wanting it done.
#[must_use]
pub(crate) enum Begin<'a> {
    Doing(Doing<'a>),
    Done,
    Poisoned,
}

impl OnceWord {
    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        self.word.load(Ordering::Acquire) & STATE == DONE
    }

    pub(crate) fn progress(&self) -> Progress {
        match self.word.load(Ordering::Acquire) & STATE {
            NEW => Progress::New,
            RUNNING => Progress::Running,
            POISONED => Progress::Poisoned,
            _ => Progress::Done,
        }
    }

    /// The right to do it, or its end: waits for one who is at it. With `insists`, after a panic too.
    #[cold]
    pub(crate) fn begin(&self, insists: bool) -> Begin<'_> {
        let mut word = self.word.load(Ordering::Acquire);
        loop {
            let state = word & STATE;
            match state {
                DONE => return Begin::Done,
                POISONED if !insists => return Begin::Poisoned,
                RUNNING => {
                    self.wait_while(|state| state == RUNNING, self.awaits());
                    word = self.word.load(Ordering::Acquire);
                    continue;
                }
                _ => {}
            }
            let begun = word & !STATE | RUNNING;
            // NEW, POISONED => RUNNING
            match self.word.compare_exchange_weak(word, begun, Ordering::Acquire, Ordering::Acquire) {
                Ok(_) => {
                    self.holder.is_here();
                    return Begin::Doing(Doing { once: self, is_retry: state == POISONED, is_done: false });
                }
                Err(now) => word = now,
            }
        }
    }

    /// Waits until somebody has done it.
    pub(crate) fn wait(&self) {
        self.wait_saying(self.awaits());
    }

    /// The same for who waits for something else by this.
    pub(crate) fn wait_saying(&self, awaits: Awaits) {
        while !self.is_done() {
            self.wait_while(|state| state != DONE, awaits);
        }
    }

    fn awaits(&self) -> Awaits {
        Awaits::at(Awaited::Once, &self.word)
    }

    /// Waits, unless `is_early` is wrong of the state, until that may have changed.
    fn wait_while(&self, is_early: impl Fn(usize) -> bool, awaits: Awaits) {
        let waiter = Waiter::current();
        let node = Node::new(None);
        if self.announce(&node, waiter.ticket(), is_early) {
            waiter.wait(awaits, Wait::Plain, NEVER, || self.withdraw(&node));
        }
    }

    fn announce(&self, node: &Node<u64>, ticket: Ticket, is_early: impl Fn(usize) -> bool) -> bool {
        let mut queue = self.queue.lock();
        let mut word = self.word.load(Ordering::Relaxed);
        while is_early(word & STATE) {
            let announced = word | WAITERS;
            // not DONE => with WAITERS
            match self.word.compare_exchange_weak(word, announced, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => {
                    node.with_value(|number| *number = Some(queue.next));
                    queue.next += 1;
                    // SAFETY: invariant 2; it is in no list, being new.
                    unsafe { queue.waiters.push(node, ticket) };
                    return true;
                }
                Err(now) => word = now,
            }
        }
        false
    }

    fn withdraw(&self, node: &Node<u64>) {
        if node.state() != State::Again {
            self.queue.lock().waiters.withdraw(node);
        }
    }

    fn end(&self, state: usize) {
        self.holder.is_gone();
        let queue = self.queue.lock();
        let word = self.word.swap(state, Ordering::Release); // RUNNING => DONE, POISONED
        let until = queue.next;
        drop(queue);
        if word & WAITERS != 0 {
            self.wake_all(until);
        }
    }

    /// Wakes those with numbers below `until`: not those who wait again because it is not done.
    #[cold]
    fn wake_all(&self, until: u64) {
        loop {
            let mut queue = self.queue.lock();
            let first = queue.waiters.claim_first_if(|number| *number < until);
            let claimed = first.map(|waiter| waiter.finish(State::Again));
            drop(queue);
            match claimed {
                Some(claimed) => hand_on(claimed),
                None => return,
            }
        }
    }
}

impl Doing<'_> {
    /// It was done.
    pub(crate) fn succeed(mut self) {
        self.is_done = true;
    }
}

impl Drop for Doing<'_> {
    fn drop(&mut self) {
        self.once.end(if self.is_done { DONE } else { POISONED });
    }
}
