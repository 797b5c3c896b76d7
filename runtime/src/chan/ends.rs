//! Who is at the ends of a channel: for its handles, and for those who look at it from outside (dump).

use std::panic::Location;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::live::things::{self, Kind, Noted};

/// What a channel says of itself. Plain words, in this order: a dump reads them from outside, while the channel is there.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Ends {
    senders: AtomicUsize,
    receivers: AtomicUsize,
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
        Ends {
            senders: AtomicUsize::new(1),
            receivers: AtomicUsize::new(1),
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

    pub(super) fn has_receivers(&self) -> bool {
        self.receivers.load(Ordering::Relaxed) > 0
    }

    pub(super) fn add_sender(&self) {
        count_up(&self.senders);
    }

    pub(super) fn add_receiver(&self) {
        count_up(&self.receivers);
    }

    /// True: it was the last one.
    pub(super) fn remove_sender(&self) -> bool {
        // AcqRel: the last one comes after everything that the others did.
        self.senders.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// True: it was the last one.
    pub(super) fn remove_receiver(&self) -> bool {
        self.receivers.fetch_sub(1, Ordering::AcqRel) == 1
    }
}

fn count_up(handles: &AtomicUsize) {
    // As `Arc` does it: so many can only come from leaking them in a loop.
    if handles.fetch_add(1, Ordering::Relaxed) > isize::MAX as usize {
        std::process::abort();
    }
}
