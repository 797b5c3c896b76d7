//! Who is at the ends of a channel: for its handles, and for those who look at it from outside (dump).

use std::panic::Location;

use super::mark::{Handles, Mark, Side};
use crate::live::things::{self, Kind, Noted};
use crate::sys::random;

/// What a channel says of itself. Plain words, in this order: a dump reads them from outside, while the channel is there.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Ends {
    senders: Handles,
    receivers: Handles,
    /// What the marks of its handles begin with, in a way.
    seed: u64,
    /// `usize::MAX`: any number.
    capacity: usize,
    /// 1: the clock sends.
    has_clock: usize,
    made_at: &'static Location<'static>,
    /// Of a channel of the clock's: among the things that are alive.
    _noted: Noted,
}

impl Ends {
    /// Of a channel that is made by whoever called the caller, with a handle at each end.
    #[track_caller]
    pub(super) fn new(capacity: Option<usize>, has_clock: bool) -> Ends {
        let made_at = Location::caller();
        let seed = random::any();
        Ends {
            senders: Handles::first(seed, Side::Sender),
            receivers: Handles::first(seed, Side::Receiver),
            seed,
            capacity: capacity.unwrap_or(usize::MAX),
            has_clock: usize::from(has_clock),
            made_at,
            // One without messages tells the end of a context.
            _noted: if has_clock && capacity != Some(0) {
                things::note(|| Kind::Timer, made_at)
            } else {
                Noted::default()
            },
        }
    }

    /// The mark of the first handle at an end.
    #[inline]
    pub(super) fn first(&self, side: Side) -> Mark {
        Mark::first(self.seed, side)
    }

    #[inline]
    pub(super) fn add(&self, side: Side) -> Mark {
        self.at(side).add(self.seed, side)
    }

    /// True: it was the last one.
    #[inline]
    pub(super) fn remove(&self, side: Side, mark: Mark) -> bool {
        self.at(side).remove(mark)
    }

    pub(super) fn has_receivers(&self) -> bool {
        self.receivers.any()
    }

    #[inline]
    fn at(&self, side: Side) -> &Handles {
        match side {
            Side::Sender => &self.senders,
            Side::Receiver => &self.receivers,
        }
    }
}
