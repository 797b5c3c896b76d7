//! What a hostile or careless peer can do to a server, and what the machine can: connections that are broken off in
//! every state, peers that never read or never end, floods, ports that are closed and hosts that do not answer, and a
//! process without descriptors. The server goes on, serves the others, and gives every descriptor back.

mod burst;
mod churn;
mod datagrams;
mod deaf_peers;
mod exhausted;
mod half_closed;
mod ipv6;
mod old_numbers;
mod reset;
mod slow_clients;
mod unix_names;
mod unreachable;
mod unwanted;
mod urgent;

mod bytes;
mod cpu_time;
mod peer;
mod survives;
mod until;

#[path = "../process/child.rs"]
mod child;
#[path = "../connections/descriptor_limit.rs"]
mod descriptor_limit;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../connections/loopback.rs"]
mod loopback;
#[path = "../process/memory.rs"]
mod memory;
#[path = "../connections/pattern.rs"]
mod pattern;
#[path = "../harness/homed.rs"]
mod policy;
#[path = "../harness/random.rs"]
mod random;
#[path = "../harness/workers.rs"]
mod workers;
