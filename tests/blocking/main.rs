//! `blocking`: a call on a helper thread, for which only its own coroutine waits. Through the public face only.

#[path = "../process/child.rs"]
mod child;
#[path = "../harness/counted.rs"]
mod counted;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/homed.rs"]
mod policy;
#[path = "../process/watchdog.rs"]
mod watchdog;
#[path = "../harness/workers.rs"]
mod workers;

mod calls;
mod gate;
mod helper_threads;
mod names;
mod neighbours;
mod not_before;
mod panics;
mod shortage;
mod stopping;
