//! What is measured of one run in 256 and of one wake-up in 256, because it takes looks at the clock (25 ns each): how long a
//! coroutine runs, and how long it has been ready before.
//!
//! **Which runs.** That of one tick, drawn at random from the next 511. Ticks that 256 divides would be those of the same
//! coroutine for ever if an even number of them take turns. A tick in which nothing ran is missed, and another one is drawn
//! at the next look around; so a run after an idle tick is not more likely to be taken than others.
//!
//! **Which wake-ups.** A machine counts down to the next one, by numbers from the same draw; a thread without a machine draws
//! each time. How long a wait lasts, and what for, has no part in it.
//!
//! A wake-up that is measured leaves its time in the record (invariant 4 there), and the coroutine's next run takes it out.
//! So does the end of a measured run, if the coroutine yields: it has been ready since then. A fresh coroutine has no
//! record, so how long it waits for its start is not measured.
//!
//! Not measured costs three comparisons a run, and a subtraction a wake-up; measured 100 ns, so 0.4 ns on average.

use std::cell::Cell;

use crate::coroutine::entry::Entry;
use crate::coroutine::record::Record;
use crate::coroutine::switch::Suspend;
use crate::stack;
use crate::sys::clock::{self, Nanos};
use crate::trace::Timings;

/// The mean distance between two that are measured.
const ONE_IN: u32 = 256;

/// One machine's choice.
#[derive(Debug)]
pub(super) struct Sampling {
    /// The tick whose run is measured.
    tick: Cell<u32>,
    /// When that run has begun; 0: it has not, or is over.
    begun: Cell<Nanos>,
    /// Wake-ups up to the next one that is measured, with it.
    wakes_left: Cell<u32>,
}

/// The distance to the next one: from 1 to 511.
fn draw() -> u32 {
    fastrand::u32(1..2 * ONE_IN)
}

impl Sampling {
    /// For a machine that stands at `tick`.
    pub(super) fn new(tick: u32) -> Sampling {
        let first = tick.wrapping_add(draw());
        Sampling { tick: Cell::new(first), begun: Cell::new(0), wakes_left: Cell::new(draw()) }
    }

    /// Whether something is to be measured of `record`, which is about to be resumed in `tick`.
    #[inline(always)]
    pub(super) fn is_due(&self, tick: u32, record: &Record) -> bool {
        (self.tick.get() == tick) | (record.ready_at.get() != 0)
    }

    /// `record` is about to be resumed, in `tick`.
    pub(super) fn begin(&self, tick: u32, record: &Record, timings: &Timings) {
        let due = self.tick.get() == tick;
        let ready_at = record.ready_at.replace(0);
        if !due && ready_at == 0 {
            return;
        }
        let now = clock::now();
        if due {
            self.begun.set(now);
        }
        if ready_at != 0 {
            timings.scheduling_latency.record(now.saturating_sub(ready_at));
        }
    }

    /// `record` has left its stack. It is still the caller's.
    pub(super) fn end(&self, record: &Record, why: Option<Suspend>, timings: &Timings) {
        let begun = self.begun.replace(0);
        if begun == 0 {
            return;
        }
        let now = clock::now();
        timings.run_slice.record(now.saturating_sub(begun));
        self.tick.set(self.tick.get().wrapping_add(draw()));
        match why {
            Some(Suspend::Yield) => record.ready_at.set(now),
            None => stack::note_depth(record.slot()),
            Some(_) => {}
        }
    }

    /// In `tick` the machine looks around: draws anew if the tick that was drawn is over.
    pub(super) fn renew(&self, tick: u32) {
        if tick.wrapping_sub(self.tick.get()) as i32 > 0 {
            self.tick.set(tick.wrapping_add(draw()));
        }
    }

    /// A coroutine that the machine holds has been woken, and is about to be queued.
    #[inline]
    pub(super) fn note_ready(&self, entry: &Entry) {
        let left = self.wakes_left.get() - 1;
        self.wakes_left.set(left);
        if left == 0 {
            self.note_measured(entry);
        }
    }

    #[cold]
    fn note_measured(&self, entry: &Entry) {
        self.wakes_left.set(draw());
        stamp(entry);
    }
}

/// The same by a thread that is no machine.
pub(super) fn note_ready_outside(entry: &Entry) {
    if fastrand::u32(0..ONE_IN) == 0 {
        stamp(entry);
    }
}

fn stamp(entry: &Entry) {
    if let Some(record) = Record::of(entry) {
        record.ready_at.set(clock::now());
    }
}
