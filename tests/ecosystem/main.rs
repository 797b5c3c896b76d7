//! Crates that were written for blocking sockets, over the sockets of `gopark::net` and unchanged: TLS by rustls,
//! WebSockets by tungstenite, HTTP by httparse and ureq, the values of redis, and the readers and writers of std.
//!
//! Where a well-known program speaks the same protocol and is on PATH, it is the other end; else the test says that it
//! is skipped, and ours are at both ends.

mod http;
mod http_client;
mod redis_peer;
mod redis_values;
mod std_io;
mod tls;
mod tls_peers;
mod tls_waits;
mod websocket;
mod websocket_crowd;

mod certificates;
mod http_server;
mod http_transport;
mod loopback;
mod piecewise;
mod programs;
mod redis_client;
mod sessions;

#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/homed.rs"]
mod policy;
#[path = "../process/watchdog.rs"]
mod watchdog;
#[path = "../harness/workers.rs"]
mod workers;
