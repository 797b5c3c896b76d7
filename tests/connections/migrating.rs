//! Sockets between coroutines, under Go's policy: started coroutines move between threads. The same tests as under the default one,
//! but for those whose subject is that a coroutine keeps its thread.

mod copies;
mod datagrams;
mod deadlines;
mod deadlines_crowd;
mod deadlines_together;
mod echo_server;
mod full_duplex;
mod futures;
mod idle_connections;
mod joined;
mod last_words;
mod moved_streams;
mod on_readable;
mod other_processes;
mod readiness;
mod refused;
mod several_runtimes;
mod shared_sockets;
mod shortage;
mod timeouts;
mod transfer;
mod unix_sockets;
mod urgent_data;
mod woken_by_shutdown;

mod descriptor_limit;
mod loopback;
mod pattern;
mod place;
mod readme_server;
mod waiting_calls;

#[path = "../process/child.rs"]
mod child;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../process/memory.rs"]
mod memory;
#[path = "../harness/parked.rs"]
mod parked;
#[path = "../harness/migrating.rs"]
mod policy;
#[path = "../harness/random.rs"]
mod random;
#[path = "../harness/run.rs"]
mod run;
#[path = "../process/watchdog.rs"]
mod watchdog;
#[path = "../harness/workers.rs"]
mod workers;
