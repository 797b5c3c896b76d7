//! How often each transition has happened.
//!
//! Each machine has counters of its own, written by its thread alone with a load and a store
//! (under 1 ns); threads without a machine share one set with locked additions.

use std::sync::atomic::{AtomicU64, Ordering};

/// What can happen to a coroutine or a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Transition {
    /// A coroutine was made.
    Spawn,
    /// A fresh one got its stack and its home here.
    Start,
    /// A fresh one was sent to another machine, which has fewer.
    Place,
    /// It ended.
    Finish,
    /// It ended with a panic (besides `Finish`).
    Panic,
    /// A fresh one was dropped because the runtime stops.
    Discard,
    /// It waits.
    Park,
    /// It was woken before its wait had begun.
    ParkSkipped,
    /// It lets others run.
    Yield,
    /// Made ready on its own machine.
    WakeLocal,
    /// Made ready through its machine's inbox.
    WakeInbox,
    /// A started one that others have made ready came out of the inbox of its machine.
    Drain,
    /// The same, out of the hands of a keeper, for all machines.
    TakeIn,
    /// One that waited in the lobby goes to a processor.
    Unseat,
    /// A sleeping machine was woken by its eventfd.
    WakeMachine,
    /// One look for something to run.
    Tick,
    /// Fresh coroutines were taken from another processor.
    Steal,
    /// How many.
    Stolen,
    /// The machine asked epoll.
    Poll,
    /// How many events it got.
    Event,
    /// A timer fired.
    Timer,
    /// The machine went to sleep.
    Sleep,
    /// It looked around on memory before it slept.
    Spin,
    /// And found something.
    SpinHit,
    /// Memory of stacks that went back to the kernel.
    Trim,
    /// It let others run because the monitor has asked it to.
    Preempt,
    /// The runtime stopped without it.
    Abandon,
    /// The monitor has found a machine stuck.
    Stall,
    /// A machine got a thread in the place of a stuck one.
    Replace,
    /// A started coroutine came from another machine.
    Migrate,
}

/// Number of transitions.
const KINDS: usize = Transition::Migrate as usize + 1;

/// One machine's counts, or those of all other threads.
#[derive(Debug)]
pub(crate) struct Counters([AtomicU64; KINDS]);

impl Counters {
    pub(crate) fn new() -> Counters {
        Counters(std::array::from_fn(|_| AtomicU64::new(0)))
    }

    /// Owner: `transition` has happened.
    #[inline]
    pub(crate) fn pass(&self, transition: Transition) {
        self.pass_many(transition, 1);
    }

    /// Owner: `transition` has happened. Tells how often by now.
    #[inline]
    pub(crate) fn bump(&self, transition: Transition) -> u64 {
        add(&self.0[transition as usize], 1)
    }

    /// Owner: it has happened `count` times.
    #[inline]
    pub(crate) fn pass_many(&self, transition: Transition, count: u64) {
        add(&self.0[transition as usize], count);
    }

    /// Any thread: `transition` has happened.
    pub(crate) fn pass_shared(&self, transition: Transition) {
        self.0[transition as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// How often it has happened.
    pub(crate) fn count(&self, transition: Transition) -> u64 {
        self.0[transition as usize].load(Ordering::Relaxed)
    }
}

/// Owner: `more` of what `word` counts, in a load and a store, for nobody else writes it. Tells how many by now.
#[inline]
pub(super) fn add(word: &AtomicU64, more: u64) -> u64 {
    let sum = word.load(Ordering::Relaxed).wrapping_add(more);
    word.store(sum, Ordering::Relaxed);
    sum
}
