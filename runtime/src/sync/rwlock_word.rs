//! A reader-writer lock without its data: one word, and those who wait, under a lock of their own.
//!
//! # Why
//! Readers share, writers do not; one *upgradable* reader may be there beside the others and become a writer without
//! leaving. Nobody may starve: a writer that waits keeps new readers out, and when it leaves, the readers that have waited
//! meanwhile come before the next writer. While somebody waits the lock is never free for those who come: it is handed
//! over.
//!
//! # The word
//! | bits | meaning |
//! |---|---|
//! | `WAITERS` | somebody waits, or is about to: whoever wants the lock goes by the queue |
//! | `WRITER` | somebody writes |
//! | `UPGRADABLE` | there is an upgradable reader |
//! | the others | how many plain readers there are |
//!
//! # Who gets in
//! | kind | at once, if there is no | and nobody waits as |
//! |---|---|---|
//! | reader | writer | writer, upgrader |
//! | recursive reader | writer | - |
//! | upgradable | writer, upgradable | anything |
//! | writer | reader, writer, upgradable | anything |
//! | upgrader | reader | - |
//!
//! Whoever leaves lets in, of those who wait: the upgrader, else the first writer, else all readers and an upgradable
//! one; after a writer it is the readers' turn first, 16 of them.
//!
//! # Transitions
//! | call | by whom | from => to |
//! |---|---|---|
//! | `try_take` | anyone | no WAITERS, and the kind may enter => with it inside |
//! | `enter` | who wants it, queue locked | sets WAITERS; enters if it may; clears WAITERS if nobody waits |
//! | `leave` | who is inside | takes its kind out |
//! | `let_in` | who has left or ceased to wait, queue locked | those who wait enter; clears WAITERS behind the last one |
//! | `change` | who is inside, queue locked if there is WAITERS | from one kind to a lesser one |
//!
//! # Invariants
//! 1. WRITER is there alone, but for WAITERS. UPGRADABLE belongs to one at a time.
//! 2. WAITERS changes only while the queue is locked; it is set whenever a list is not empty and the queue is not locked.
//! 3. While WAITERS is set nobody enters but by whoever has the queue locked: others at most take kinds out of the word.
//! 4. A node lies still until it was withdrawn, or until its partner has finished with it, which happens with the queue
//!    locked: `withdraw` looks at it, or has had that lock after it (wait/list.rs, invariants 2 and 3).
//!
//! # No wake-up is lost
//! Whoever waits has set WAITERS, and seen in the same step somebody inside who keeps it out, or somebody who waits before
//! it. By invariant 3 that one, when it leaves, finds WAITERS and locks the queue: later than the one who waits has
//! unlocked it, with its node in the list. It lets in who may enter, and if none may, somebody is still inside, of whom
//! the same is true. Whoever ceases to wait by a deadline lets in those whom it has kept out. Who is let in and never goes
//! on, since its runtime has stopped, leaves again.
//!
//! # Orderings
//! Entering acquires, leaving releases: the data. Who is let in has it from whoever let him in, who locked the queue and
//! read the word acquiring: from all who have left before.
#![allow(unsafe_code)]

use super::atomic::{AtomicUsize, Ordering};
use super::rt::{
    Awaited, Awaits, Claimed, Holder, Lock, NEVER, Nanos, Node, Spinning, State, Ticket, Wait, WaitList,
    Waiter, hand_on, now,
};

pub(crate) const FREE: usize = 0;
const WAITERS: usize = 1;
pub(crate) const WRITER: usize = 2;
pub(crate) const UPGRADABLE: usize = 4;
pub(crate) const READER: usize = 8;
pub(crate) const READERS: usize = !(READER - 1);

/// Readers that are let in with the queue locked once.
const BATCH: usize = 16;

/// A reader-writer lock for coroutines and threads, without data: what [`RwLock`](super::RwLock) is made of.
///
/// ```
/// use lock_api::RawRwLock as _;
///
/// let raw = gopark_runtime::face::sync::RawRwLock::INIT;
/// assert!(raw.try_lock_shared() && !raw.try_lock_exclusive());
/// // SAFETY: it is read here.
/// unsafe { raw.unlock_shared() };
/// assert!(!raw.is_locked());
/// ```
#[repr(C)]
pub struct RawRwLock {
    pub(crate) word: AtomicUsize,
    /// Behind the word, where a dump expects it.
    pub(crate) holder: Holder,
    pub(crate) queue: Lock<Queue>,
}

/// What somebody is who is inside or wants to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Reader,
    /// One who may be inside already.
    RecursiveReader,
    Upgradable,
    Writer,
    /// An upgradable reader, inside, who wants to be a writer.
    Upgrader,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Writers,
    Readers,
}

pub(crate) struct Queue {
    readers: WaitList<()>,
    upgradables: WaitList<()>,
    writers: WaitList<()>,
    /// One at most.
    upgraders: WaitList<()>,
}

/// Those who were let in with the queue locked, to be told without the lock.
struct Batch {
    claimed: [Claimed; BATCH],
    many: usize,
}

impl Kind {
    /// What is added to the word when it enters, and taken away when it leaves.
    #[inline]
    fn gain(self) -> usize {
        match self {
            Kind::Reader | Kind::RecursiveReader => READER,
            Kind::Upgradable => UPGRADABLE,
            Kind::Writer => WRITER,
            Kind::Upgrader => WRITER.wrapping_sub(UPGRADABLE),
        }
    }

    /// What a dump says of who waits to enter.
    fn awaited(self) -> Awaited {
        match self {
            Kind::Reader | Kind::RecursiveReader => Awaited::Read,
            Kind::Upgradable => Awaited::Upgradable,
            Kind::Writer | Kind::Upgrader => Awaited::Write,
        }
    }

    /// What must not be there when it enters.
    #[inline]
    fn excludes(self) -> usize {
        match self {
            Kind::Reader | Kind::RecursiveReader => WRITER,
            Kind::Upgradable => WRITER | UPGRADABLE,
            Kind::Writer => WRITER | UPGRADABLE | READERS,
            Kind::Upgrader => READERS,
        }
    }
}

impl RawRwLock {
    /// Waits until the caller is inside as `kind`. An upgrader is inside as a writer then.
    #[inline]
    pub(crate) fn take(&self, kind: Kind) {
        if !self.take_free(kind) {
            self.take_contended(kind, NEVER);
        }
        self.holder.is_here();
    }

    /// The same until `deadline`.
    #[inline]
    pub(crate) fn take_until(&self, kind: Kind, deadline: Nanos) -> bool {
        self.holder.is_here_if(self.take_free(kind) || self.take_contended(kind, deadline))
    }

    /// True: the caller is inside.
    #[inline]
    pub(crate) fn try_take(&self, kind: Kind) -> bool {
        self.holder.is_here_if(
            self.take_free(kind)
                || self.word.load(Ordering::Relaxed) & WAITERS != 0 && self.enter(kind, None),
        )
    }

    /// Enters if nobody waits, or is about to.
    #[inline]
    fn take_free(&self, kind: Kind) -> bool {
        let mut word = self.word.load(Ordering::Relaxed);
        while word & (kind.excludes() | WAITERS) == 0 {
            let entered = word.wrapping_add(kind.gain());
            // no WAITERS => with kind
            match self.word.compare_exchange_weak(word, entered, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        false
    }

    /// Whether anybody is inside.
    pub(crate) fn is_taken(&self) -> bool {
        self.word.load(Ordering::Relaxed) & !WAITERS != 0
    }

    /// Whether a writer is.
    pub(crate) fn is_taken_by_writer(&self) -> bool {
        self.word.load(Ordering::Relaxed) & WRITER != 0
    }

    /// Who is inside as `kind` is not any more. Never switches.
    #[inline]
    pub(crate) fn leave(&self, kind: Kind) {
        if kind == Kind::Writer {
            self.holder.is_gone();
        }
        let word = self.word.fetch_sub(kind.gain(), Ordering::Release); // with kind => without
        // A reader that is not the last one keeps out whomever it has kept out.
        if word & WAITERS != 0 && (kind.gain() != READER || word & READERS == READER) {
            self.let_in(if kind == Kind::Writer { Turn::Readers } else { Turn::Writers });
        }
    }

    /// Who is inside as `kind` goes on as `lesser`. Never switches.
    #[inline]
    pub(crate) fn change(&self, kind: Kind, lesser: Kind) {
        let gain = lesser.gain().wrapping_sub(kind.gain());
        let word = self.word.load(Ordering::Relaxed);
        let changed = word.wrapping_add(gain);
        // no WAITERS: kind => lesser
        if word & WAITERS != 0
            || self.word.compare_exchange(word, changed, Ordering::Release, Ordering::Relaxed).is_err()
        {
            self.change_contended(gain);
        }
    }

    #[cold]
    fn change_contended(&self, gain: usize) {
        {
            let _queue = self.queue.lock();
            self.word.fetch_add(gain, Ordering::Release); // kind => lesser
        }
        self.let_in(Turn::Readers);
    }

    #[cold]
    fn take_contended(&self, kind: Kind, deadline: Nanos) -> bool {
        let mut spinning = Spinning::new();
        while self.word.load(Ordering::Relaxed) & WAITERS == 0 && spinning.once() {
            if self.take_free(kind) {
                return true;
            }
        }
        if self.enter(kind, None) {
            return true;
        }
        while deadline == NEVER || now() < deadline {
            let waiter = Waiter::current();
            let node = Node::new(None);
            if self.enter(kind, Some((&node, waiter.ticket()))) {
                return true;
            }
            let (in_time, entered) =
                waiter.wait(Awaits::at(kind.awaited(), &self.word), Wait::Plain, deadline, || {
                    self.withdraw(kind, &node, waiter)
                });
            if entered || !in_time {
                return entered;
            }
        }
        false
    }

    /// Enters if it may. Else announces whoever waits. True: it has entered.
    fn enter(&self, kind: Kind, waits: Option<(&Node<()>, Ticket)>) -> bool {
        let mut queue = self.queue.lock();
        let word = self.word.fetch_or(WAITERS, Ordering::Acquire); // any => with WAITERS
        let enters = word & kind.excludes() == 0 && !queue.keeps_out(kind);
        if enters {
            self.word.fetch_add(kind.gain(), Ordering::Relaxed); // WAITERS => with kind (invariant 3)
        } else if let Some((node, ticket)) = waits {
            // SAFETY: invariant 4; it is in no list, being new.
            unsafe { queue.of(kind).push(node, ticket) };
        }
        self.show(&queue);
        enters
    }

    /// Takes the announcement back. True: it has entered.
    fn withdraw(&self, kind: Kind, node: &Node<()>, waiter: Waiter) -> bool {
        if node.state() != State::Done {
            self.queue.lock().of(kind).withdraw(node);
            if node.state() != State::Done {
                self.let_in(Turn::Writers); // those whom it has kept out
                return false;
            }
        }
        if waiter.is_abandoned() {
            match kind {
                Kind::Upgrader => self.change(Kind::Writer, Kind::Upgradable),
                kind => self.leave(kind),
            }
        }
        true
    }

    #[cold]
    fn let_in(&self, mut turn: Turn) {
        loop {
            let mut batch = Batch { claimed: [const { Claimed::NOBODY }; BATCH], many: 0 };
            let mut queue = self.queue.lock();
            queue.let_in(&self.word, turn, &mut batch);
            self.show(&queue);
            drop(queue);
            batch.claimed.into_iter().for_each(hand_on);
            if batch.many < BATCH {
                return;
            }
            turn = Turn::Writers; // so a writer that waits comes after so many
        }
    }

    /// With the queue locked: clears WAITERS if nobody waits.
    fn show(&self, queue: &Queue) {
        if queue.is_empty() {
            self.word.fetch_and(!WAITERS, Ordering::Relaxed); // WAITERS => not WAITERS
        }
    }
}

impl Queue {
    pub(crate) const fn new() -> Queue {
        Queue {
            readers: WaitList::new(),
            upgradables: WaitList::new(),
            writers: WaitList::new(),
            upgraders: WaitList::new(),
        }
    }

    fn of(&mut self, kind: Kind) -> &mut WaitList<()> {
        match kind {
            Kind::Reader | Kind::RecursiveReader => &mut self.readers,
            Kind::Upgradable => &mut self.upgradables,
            Kind::Writer => &mut self.writers,
            Kind::Upgrader => &mut self.upgraders,
        }
    }

    fn is_empty(&self) -> bool {
        self.readers.is_empty()
            && self.upgradables.is_empty()
            && self.writers.is_empty()
            && self.upgraders.is_empty()
    }

    /// Whether somebody who waits comes before one who comes as `kind`.
    fn keeps_out(&self, kind: Kind) -> bool {
        match kind {
            Kind::RecursiveReader | Kind::Upgrader => false,
            Kind::Reader => !self.writers.is_empty() || !self.upgraders.is_empty(),
            Kind::Upgradable | Kind::Writer => !self.is_empty(),
        }
    }

    /// Lets in who may, as `turn` says, and notes them in `batch`.
    fn let_in(&mut self, word: &AtomicUsize, mut turn: Turn, batch: &mut Batch) {
        loop {
            if batch.take_from(&mut self.upgraders, word, Kind::Upgrader) || !self.upgraders.is_empty() {
                return;
            }
            let others_wait = !self.readers.is_empty() || !self.upgradables.is_empty();
            if (turn == Turn::Writers || !others_wait)
                && (batch.take_from(&mut self.writers, word, Kind::Writer) || !self.writers.is_empty())
            {
                return;
            }
            while batch.take_from(&mut self.readers, word, Kind::Reader) {}
            batch.take_from(&mut self.upgradables, word, Kind::Upgradable);
            if batch.many > 0 || turn == Turn::Writers {
                return;
            }
            turn = Turn::Writers; // those whose turn it was had ceased to wait
        }
    }
}

impl Batch {
    /// Lets the first of `list` in, if it may and there is room here. True: it is inside.
    fn take_from(&mut self, list: &mut WaitList<()>, word: &AtomicUsize, kind: Kind) -> bool {
        if self.many == BATCH || word.load(Ordering::Acquire) & kind.excludes() != 0 {
            return false;
        }
        let Some(waiter) = list.claim_first() else { return false };
        word.fetch_add(kind.gain(), Ordering::Relaxed); // WAITERS => with kind (invariant 3)
        self.claimed[self.many] = waiter.finish(State::Done);
        self.many += 1;
        true
    }
}
