//! The conformance suite of the locks on gopark's under Go's policy: started coroutines move between threads. Without what is
//! left behind when a runtime stops: see the pitfalls in `design.md`.

/// What is tested: in coroutines of one runtime, with plain threads among them.
mod subject {
    pub(crate) use crate::workers::runtime;
    pub(crate) use gopark::sync::*;
    pub(crate) use gopark::time::sleep;
    pub(crate) use gopark::{go as spawn, yield_now};
    pub(crate) use std::thread::spawn as thread;

    pub(crate) fn run<T: Send>(body: impl FnOnce() -> T + Send) -> T {
        runtime(2).run(body)
    }
}

#[path = "../harness/counted.rs"]
mod counted;
#[path = "../channels/crowd.rs"]
mod crowd;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/migrating.rs"]
mod policy;
#[path = "../channels/trial.rs"]
mod trial;
#[path = "../process/watchdog.rs"]
mod watchdog;
#[path = "../harness/spares.rs"]
mod workers;

mod conformance;
mod object_pool;
mod semaphore;
mod waiting;
