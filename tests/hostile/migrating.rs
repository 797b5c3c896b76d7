//! The same under Go's policy, where started coroutines move between threads; all but those that go to the limits of the
//! process.

mod datagrams;
mod deaf_peers;
mod half_closed;
mod ipv6;
mod old_numbers;
mod reset;
mod unix_names;
mod unreachable;
mod unwanted;
mod urgent;

mod bytes;
mod cpu_time;
mod survives;
mod until;

#[path = "../process/child.rs"]
mod child;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../connections/loopback.rs"]
mod loopback;
#[path = "../connections/pattern.rs"]
mod pattern;
#[path = "../harness/migrating.rs"]
mod policy;
#[path = "../harness/random.rs"]
mod random;
#[path = "../harness/workers.rs"]
mod workers;
