//! The same under Go's policy, but for what is told of homes, and of stacks of those who wait.

#[path = "../process/child.rs"]
mod child;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/migrating.rs"]
mod policy;
#[path = "../process/watchdog.rs"]
mod watchdog;
#[path = "../harness/workers.rs"]
mod workers;

mod latencies;
mod lateness;
mod polls;
mod slices;
mod sockets;
mod stacks;
mod stalls;
mod states;
