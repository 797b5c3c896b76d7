//! The conformance suite of the channels against crossbeam-channel itself: what it demands of gopark is what
//! crossbeam does.

/// What is tested. Another root puts another one in this place and changes nothing else.
mod subject {
    pub(crate) use crossbeam::channel::*;

    pub(crate) use std::thread::{sleep, spawn, spawn as thread, yield_now};

    /// Plain threads need no runtime around them.
    pub(crate) fn run<T>(body: impl FnOnce() -> T) -> T {
        body()
    }
}

#[path = "../harness/counted.rs"]
mod counted;
mod crowd;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/random.rs"]
mod random;
mod trial;
#[path = "../process/watchdog.rs"]
mod watchdog;

mod conformance;
