//! What a dump tells, under Go's policy: started coroutines move between threads. The same tests as under the default one.

#[path = "../process/child.rs"]
mod child;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/migrating.rs"]
mod policy;
#[path = "../harness/random.rs"]
mod random;
#[path = "../process/watchdog.rs"]
mod watchdog;
#[path = "../harness/spares.rs"]
mod workers;

mod looks;

mod in_motion;
mod many;
mod on_signal;
mod reasons;
mod reasons_channels;
mod reasons_locks;
mod reasons_sockets;
mod stacks;
mod states;
mod troubles;
