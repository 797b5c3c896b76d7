//! `blocking`, under Go's policy: started coroutines move between threads. The same tests as under the default one,
//! but for those whose subject is that a coroutine keeps its thread.

#[path = "../process/child.rs"]
mod child;
#[path = "../harness/counted.rs"]
mod counted;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/migrating.rs"]
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
