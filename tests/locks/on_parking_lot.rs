//! The conformance suite of the locks against parking_lot, std and crossbeam themselves: what it demands of gopark
//! is what they do.

/// What is tested. Another root puts another one in this place and changes nothing else.
mod subject {
    pub(crate) use crossbeam::sync::WaitGroup;
    pub(crate) use parking_lot::*;
    pub(crate) use std::sync::{Barrier, BarrierWaitResult, LazyLock, OnceLock};
    pub(crate) use std::thread::{sleep, spawn, spawn as thread, yield_now};

    /// Plain threads need no runtime around them.
    pub(crate) fn run<T>(body: impl FnOnce() -> T) -> T {
        body()
    }
}

#[path = "../harness/counted.rs"]
mod counted;
#[path = "../channels/crowd.rs"]
mod crowd;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../channels/trial.rs"]
mod trial;
#[path = "../process/watchdog.rs"]
mod watchdog;

mod conformance;
