//! Go's classic channel programs, under Go's policy: started coroutines move between threads.

#[path = "../harness/migrating.rs"]
mod policy;
#[path = "../process/watchdog.rs"]
mod watchdog;
#[path = "../harness/spares.rs"]
mod workers;

mod everywhere;

mod fan_in;
mod million;
mod philosophers;
mod ring;
mod sieve;
mod ticker;
mod tree_walk;
mod worker_pool;
