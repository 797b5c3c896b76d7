//! `Metrics`: what is told of lengths, of states and of times is what happens. Through the public face only.

#[path = "../process/child.rs"]
mod child;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/homed.rs"]
mod policy;
#[path = "../process/watchdog.rs"]
mod watchdog;
#[path = "../harness/workers.rs"]
mod workers;

mod deepest;
mod exposition;
mod homes;
mod latencies;
mod lateness;
mod polls;
mod slices;
mod sockets;
mod stacks;
mod stalls;
mod states;
