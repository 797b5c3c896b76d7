//! The conformance suite of the channels on gopark's, under Go's policy: started coroutines move between threads.

/// What is tested: in coroutines of one runtime, with plain threads among them.
mod subject {
    pub(crate) use crate::workers::runtime;
    pub(crate) use gopark::chan::*;
    pub(crate) use gopark::time::sleep;
    pub(crate) use gopark::{go as spawn, select, yield_now};
    pub(crate) use std::thread::spawn as thread;

    pub(crate) fn run<T: Send>(body: impl FnOnce() -> T + Send) -> T {
        runtime(2).run(body)
    }
}

#[path = "../harness/counted.rs"]
mod counted;
mod crowd;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/migrating.rs"]
mod policy;
#[path = "../harness/random.rs"]
mod random;
mod trial;
#[path = "../process/watchdog.rs"]
mod watchdog;
#[path = "../harness/spares.rs"]
mod workers;

mod conformance;
