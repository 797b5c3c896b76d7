//! Those who wait to be told something: a condition variable without its mutex.
//!
//! # Why
//! Whoever waits holds a mutex, gives it back and sleeps, and must miss nothing that is told from then on.
//!
//! # How
//! ```text
//!   who waits, holding the mutex               who tells
//!   announce: queue locked, number, push       nobody has announced himself: done, by one load
//!   give the mutex back; leave the stack       queue locked: claim the first, or all with numbers up to now
//!   withdraw; take the mutex again             hand him on
//! ```
//! # Invariants
//! 1. `has_any` is 1 if the list is not empty, else 0; written with the queue locked.
//! 2. While somebody is in the list, `mutex` is the one that all of them have held.
//! 3. Numbers rise along the list.
//! 4. A node lies still until it was withdrawn, or until its partner has finished with it, which happens with the queue
//!    locked: `withdraw` looks at it, or has had that lock after it (wait/list.rs, invariants 2 and 3).
//!
//! # No notification is lost
//! `has_any` is set before the mutex is given back. Whoever takes the mutex later, changes what is waited for and tells,
//! sees it: the mutex releases and acquires. Whoever tells without having had the mutex after it need not see it, and so
//! Relaxed will do. A deadline and a teller are decided by one compare-and-swap (lockfree/status.rs), so one who is told
//! is not timed out, and who is timed out was not counted. One who is told and never goes on, since its runtime has
//! stopped, passes it on.
//!
//! Who waits again while all are told has a higher number, and is not meant.
#![allow(unsafe_code)]

use super::atomic::{AtomicUsize, Ordering};
use super::rt::{Awaited, Awaits, Lock, Nanos, Node, State, Ticket, Wait, WaitList, Waiter, hand_on};

pub(crate) struct Listeners {
    /// Written with the queue locked; read by tellers, who need not lock if it is 0.
    pub(crate) has_any: AtomicUsize,
    pub(crate) queue: Lock<Queue>,
}

pub(crate) struct Queue {
    waiters: WaitList<u64>,
    /// The number of the next one.
    next: u64,
    /// The address of the mutex; of no meaning while the list is empty.
    mutex: usize,
}

/// They wait with another mutex.
#[derive(Debug)]
pub(crate) struct OtherMutex;

impl Queue {
    pub(crate) const fn new() -> Queue {
        Queue { waiters: WaitList::new(), next: 0, mutex: 0 }
    }
}

impl Listeners {
    /// Gives the mutex at the address `mutex` back by calling `give_back`, and waits until told. False: `deadline` came
    /// first. May end for no reason too. The caller has to take the mutex again.
    ///
    /// # Errors
    /// Others wait with another mutex; then nothing was given back.
    pub(crate) fn wait(
        &self,
        mutex: usize,
        give_back: impl FnOnce(),
        deadline: Nanos,
    ) -> Result<bool, OtherMutex> {
        let waiter = Waiter::current();
        let node = Node::new(None);
        self.announce(&node, waiter.ticket(), mutex)?;
        give_back();
        let (in_time, told) =
            waiter.wait(Awaits::at(Awaited::Condition, self), Wait::Plain, deadline, || {
                self.withdraw(&node, waiter)
            });
        // Told and too late: the deadline has come after the teller.
        Ok(in_time || told)
    }

    fn announce(&self, node: &Node<u64>, ticket: Ticket, mutex: usize) -> Result<(), OtherMutex> {
        let mut queue = self.queue.lock();
        if queue.waiters.is_empty() {
            queue.mutex = mutex;
        } else if queue.mutex != mutex {
            return Err(OtherMutex);
        }
        node.with_value(|value| *value = Some(queue.next));
        queue.next += 1;
        // SAFETY: invariant 4; it is in no list, being new.
        unsafe { queue.waiters.push(node, ticket) };
        self.show(&queue);
        Ok(())
    }

    /// Takes the announcement back. True: it was told.
    fn withdraw(&self, node: &Node<u64>, waiter: Waiter) -> bool {
        let mut state = node.state();
        if state != State::Done {
            let mut queue = self.queue.lock();
            queue.waiters.withdraw(node);
            self.show(&queue);
            state = node.state();
        }
        let told = state == State::Done;
        if told && waiter.is_abandoned() {
            self.tell_one();
        }
        told
    }

    /// Ends the wait of the first. False: nobody waits.
    pub(crate) fn tell_one(&self) -> bool {
        if self.has_any.load(Ordering::Relaxed) == 0 {
            return false;
        }
        let mut queue = self.queue.lock();
        let told = queue.waiters.claim_first().map(|waiter| waiter.finish(State::Done));
        self.show(&queue);
        drop(queue);
        told.map(hand_on).is_some()
    }

    /// Ends the waits of all who wait now. Tells how many they were.
    pub(crate) fn tell_all(&self) -> usize {
        if self.has_any.load(Ordering::Relaxed) == 0 {
            return 0;
        }
        let until = self.queue.lock().next;
        let mut told = 0;
        loop {
            let mut queue = self.queue.lock();
            let first = queue.waiters.claim_first_if(|number| *number < until);
            let claimed = first.map(|waiter| waiter.finish(State::Done));
            self.show(&queue);
            drop(queue);
            let Some(claimed) = claimed else { return told };
            hand_on(claimed);
            told += 1;
        }
    }

    /// With the queue locked: invariant 1.
    fn show(&self, queue: &Queue) {
        self.has_any.store(usize::from(!queue.waiters.is_empty()), Ordering::Relaxed); // 0, 1 => 0 or 1
    }
}
