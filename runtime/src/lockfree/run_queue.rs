//! The queue of fresh coroutines that a processor holds: a ring that anyone may steal from, and `run_next`.
//!
//! # Why
//! Fresh coroutines are the only work that may change machines, so an idle machine takes them from a busy one,
//! or from one that is stuck and will not answer: stealing must need nothing from the owner. The ring is that of
//! Go's `runqput`/`runqgrab` (proc.go): one producer, who also consumes, and many thieves that move `head`.
//!
//! # The ring
//! ```text
//!        head (owner and thieves: CAS)        tail (owner: store)
//!          v                                    v
//!   [ .. | a | b | c | d | e | f | g | h | .. | . | .. ]      RING_LEN places, index modulo RING_LEN
//! ```
//! Both counters only grow (64 bits: they never come round, so a CAS on `head` cannot be fooled).
//!
//! # Invariants
//! 1. `head <= tail <= head + RING_LEN`; places in `head..tail` hold entries, each of them once.
//! 2. The owner writes place `t` only after it has read a `head > t - RING_LEN`: nobody can still take the old
//!    entry there, since taking it means to move `head` from at most that value, and it has moved on.
//! 3. Whoever moves `head` from `h` to `h + n` owns the entries `h..h+n`, read before the CAS. If the owner had
//!    overwritten one of them meanwhile, `head` would have moved (2), and the CAS fails.
//! 4. `run_next` is one word: whoever swaps or CASes an entry out of it owns the entry. Its value can come back
//!    (a coroutine that ended, its place reused): the CAS then takes the new entry, which is just as good.
//!
//! # Orderings
//! The owner publishes entries with a release store of `tail`, a thief acquires it. A thief's CAS on `head`
//! releases, the owner's read of `head` acquires: the thief's reads of the places come before the owner's next
//! writes there. `run_next` is swapped AcqRel; an entry that is stored there is released.

use super::atomic::{AtomicPtr, AtomicUsize, Ordering, RING_LEN};

/// How many entries leave a full ring at once, besides the one that did not fit.
const SPILL: usize = RING_LEN / 2;

/// What did not fit: the older half of the ring and the new entry, oldest first.
#[derive(Debug)]
pub(crate) struct Overflow<T> {
    pub(crate) entries: [*mut T; SPILL + 1],
}

/// A ring of pointers and the one to run next.
#[derive(Debug)]
pub(crate) struct RunQueue<T> {
    head: AtomicUsize,
    tail: AtomicUsize,
    next: AtomicPtr<T>,
    ring: [AtomicPtr<T>; RING_LEN],
}

fn null<T>() -> *mut T {
    std::ptr::null_mut()
}

impl<T> RunQueue<T> {
    pub(crate) fn new() -> RunQueue<T> {
        RunQueue {
            head: AtomicUsize::new(0),
            tail: AtomicUsize::new(0),
            next: AtomicPtr::new(null()),
            ring: std::array::from_fn(|_| AtomicPtr::new(null())),
        }
    }

    fn place(&self, index: usize) -> &AtomicPtr<T> {
        &self.ring[index % RING_LEN]
    }

    /// Entries in the ring, `run_next` apart. A guess for everyone but the owner.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        let head = self.head.load(Ordering::Relaxed);
        self.tail.load(Ordering::Relaxed).saturating_sub(head)
    }

    /// Whether there is nothing at all. A guess for everyone but the owner.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0 && self.next.load(Ordering::Relaxed).is_null()
    }

    /// Owner: appends to the ring.
    #[expect(
        clippy::result_large_err,
        reason = "written only when the ring is full; a box would be an allocation"
    )]
    pub(crate) fn push(&self, entry: *mut T) -> Result<(), Overflow<T>> {
        loop {
            let head = self.head.load(Ordering::Acquire); // pairs with a thief's CAS (invariant 2)
            let tail = self.tail.load(Ordering::Relaxed);
            if tail - head < RING_LEN {
                self.place(tail).store(entry, Ordering::Relaxed);
                self.tail.store(tail + 1, Ordering::Release); // publishes the entry
                return Ok(());
            }
            if let Some(overflow) = self.spill(head, entry) {
                return Err(overflow);
            }
            // A thief was here: there is room now.
        }
    }

    /// Owner: takes the older half out of a full ring, `entry` behind it.
    #[cold]
    fn spill(&self, head: usize, entry: *mut T) -> Option<Overflow<T>> {
        let mut entries = [entry; SPILL + 1];
        for (i, slot) in entries[..SPILL].iter_mut().enumerate() {
            *slot = self.place(head + i).load(Ordering::Relaxed);
        }
        // The owner takes as a thief does (invariant 3).
        self.head
            .compare_exchange(head, head + SPILL, Ordering::Release, Ordering::Relaxed)
            .is_ok()
            .then_some(Overflow { entries })
    }

    /// Owner: takes the oldest of the ring.
    pub(crate) fn pop(&self) -> Option<*mut T> {
        let mut head = self.head.load(Ordering::Acquire);
        loop {
            if self.tail.load(Ordering::Relaxed) == head {
                return None;
            }
            let entry = self.place(head).load(Ordering::Relaxed);
            match self.head.compare_exchange_weak(head, head + 1, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some(entry),
                Err(now) => head = now,
            }
        }
    }

    /// Owner: puts `entry` where it runs next; returns the one that it displaces.
    #[inline]
    pub(crate) fn set_next(&self, entry: *mut T) -> Option<*mut T> {
        let displaced = self.next.swap(entry, Ordering::AcqRel);
        (!displaced.is_null()).then_some(displaced)
    }

    /// Owner: puts `entry` where it runs next, if there is none. Without a locked instruction: nobody else puts one there, so
    /// it stays empty. In no order with what is loaded afterwards.
    #[inline]
    pub(crate) fn try_set_next(&self, entry: *mut T) -> bool {
        let is_free = self.next.load(Ordering::Relaxed).is_null();
        if is_free {
            self.next.store(entry, Ordering::Release);
        }
        is_free
    }

    /// Owner: takes the one that runs next.
    #[inline]
    pub(crate) fn take_next(&self) -> Option<*mut T> {
        if self.next.load(Ordering::Relaxed).is_null() {
            return None;
        }
        let entry = self.next.swap(null(), Ordering::AcqRel);
        (!entry.is_null()).then_some(entry)
    }

    /// Thief: what stands in `run_next`, to be compared later. Its owner is about to run it: taking it at once
    /// would only move the work to a colder cache.
    pub(crate) fn peek_next(&self) -> *mut T {
        self.next.load(Ordering::Relaxed)
    }

    /// Thief: takes `run_next` if it is still `seen`.
    pub(crate) fn steal_next(&self, seen: *mut T) -> bool {
        !seen.is_null()
            && self.next.compare_exchange(seen, null(), Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Thief, and owner of `into`, whose ring is empty: moves the older half of this ring there and returns the
    /// newest of the moved for itself.
    pub(crate) fn steal_into(&self, into: &RunQueue<T>) -> Option<*mut T> {
        let to = into.tail.load(Ordering::Relaxed);
        debug_assert_eq!(to, into.head.load(Ordering::Relaxed), "thieves have empty rings");
        loop {
            let head = self.head.load(Ordering::Acquire);
            let tail = self.tail.load(Ordering::Acquire); // pairs with `push`
            let ready = tail.wrapping_sub(head);
            if ready == 0 || ready > RING_LEN {
                if ready == 0 {
                    return None;
                }
                continue; // head is older than tail: read both again
            }
            let count = ready - ready / 2;
            for i in 0..count {
                let entry = self.place(head + i).load(Ordering::Relaxed);
                // Unpublished until the tail moves. `into` is empty and no thief moves its head, so place
                // `to + i` is free (invariant 2).
                into.place(to + i).store(entry, Ordering::Relaxed);
            }
            if self.head.compare_exchange(head, head + count, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                let own = into.place(to + count - 1).load(Ordering::Relaxed);
                into.tail.store(to + count - 1, Ordering::Release);
                return Some(own);
            }
        }
    }
}
