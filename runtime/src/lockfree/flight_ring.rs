//! The last events of one thread: a ring that its owner overwrites, and anybody may copy meanwhile.
//!
//! # Why
//! Who records must neither wait nor allocate, nor be slowed down by who reads. So the owner always writes, over the
//! oldest event where the ring is full, and a reader finds out afterwards what was overwritten while it copied (a
//! seqlock, with the number of the event in the place of the sequence).
//!
//! # The protocol
//! Events are numbered from 0. Event `n` lies in place `n % LEN`; `head` is the number of the next one.
//! ```text
//!   owner, event n                              reader, of what is behind `from`
//!   R1  fence(Release)                          L1  head, Acquire: events below it are complete
//!   R2  the words of place n, Relaxed           L2  the words of the events, Relaxed
//!   R3  head = n + 1, Release                   L3  fence(Acquire)
//!                                               L4  head again, Relaxed: drops event k where k + LEN <= head
//! ```
//! # Invariants
//! 1. A reader's event `k < head` of L1 was written completely, or overwritten since: R3 releases what L1 acquires.
//! 2. A reader that has read a word of event `k + LEN` in the place of `k` drops `k`. The fences of R1 and L3 pair
//!    through that word: so L4 sees at least what the owner had stored to `head` before R1, which is `k + LEN`. The owner
//!    may be at work on the event that `head` names, hence `<=`.
//! 3. So what a reader keeps is what the owner has written, word by word of the same event, in its order.
//!
//! Owners may change, if the former one's writes happen before those of the next.

use super::atomic::{AtomicU64, Ordering, fence};

/// Words of an event.
const WORDS: usize = 4;

/// What is recorded of one event.
pub(crate) type Words = [u64; WORDS];

/// The ring.
#[derive(Debug)]
pub(crate) struct FlightRing {
    head: AtomicU64,
    places: Box<[Place]>,
}

/// Half a cache line.
#[derive(Debug)]
#[repr(align(32))]
struct Place([AtomicU64; WORDS]);

/// What a reader has missed, and where it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Copied {
    /// How many events behind `from` were overwritten before they could be copied.
    pub(crate) lost: u64,
    /// The number of the first event that has not been looked at.
    pub(crate) next: u64,
}

impl FlightRing {
    /// With room for `len` events, a power of two. 32 bytes each, all of which are written here.
    pub(crate) fn new(len: usize) -> FlightRing {
        assert!(len.is_power_of_two());
        let place = |_| Place(std::array::from_fn(|_| AtomicU64::new(0)));
        FlightRing { head: AtomicU64::new(0), places: (0..len).map(place).collect() }
    }

    #[inline]
    fn place(&self, number: u64) -> &Place {
        &self.places[number as usize & (self.places.len() - 1)]
    }

    /// Owner: `event` has happened. About 2 ns.
    #[inline]
    pub(crate) fn record(&self, event: Words) {
        let head = self.head.load(Ordering::Relaxed);
        fence(Ordering::Release); // R1
        for (word, value) in self.place(head).0.iter().zip(event) {
            word.store(value, Ordering::Relaxed); // R2
        }
        self.head.store(head + 1, Ordering::Release); // R3: n => n + 1
    }

    /// The number of the next event: where a reader begins that is not interested in what was before.
    pub(crate) fn head(&self) -> u64 {
        self.head.load(Ordering::Acquire)
    }

    /// Appends the events from number `from` on to `events`, as many as are still there.
    pub(crate) fn copy_from(&self, from: u64, events: &mut Vec<Words>) -> Copied {
        let len = self.places.len() as u64;
        let next = self.head.load(Ordering::Acquire); // L1
        let first = from.max(next.saturating_sub(len)).min(next);
        let begin = events.len();
        let words = |number| std::array::from_fn(|i| self.place(number).0[i].load(Ordering::Relaxed)); // L2
        events.extend((first..next).map(words));
        fence(Ordering::Acquire); // L3
        let head = self.head.load(Ordering::Relaxed); // L4
        let kept = (head + 1).saturating_sub(len).clamp(first, next);
        events.drain(begin..begin + (kept - first) as usize);
        Copied { lost: kept.saturating_sub(from), next }
    }
}
