//! Crates that were written for blocking sockets, under Go's policy: started coroutines move between threads. The same
//! tests as under the default one.
//!
//! tungstenite takes the masks of its frames from `rand`'s generator, which belongs to the thread. It keeps nothing of
//! it across a call, but optimised code may take the address for that of the thread before: so these tests are there
//! in unoptimised builds only.

mod http;
mod http_client;
mod redis_peer;
mod redis_values;
mod std_io;
mod tls;
mod tls_peers;
mod tls_waits;
#[cfg(debug_assertions)]
mod websocket;
#[cfg(debug_assertions)]
mod websocket_crowd;

mod certificates;
mod http_server;
mod http_transport;
mod loopback;
mod piecewise;
mod programs;
mod redis_client;
#[cfg(debug_assertions)]
mod sessions;

#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/migrating.rs"]
mod policy;
#[path = "../process/watchdog.rs"]
mod watchdog;
#[path = "../harness/workers.rs"]
mod workers;
