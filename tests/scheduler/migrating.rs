//! Which coroutine runs where, and when, under Go's policy: started coroutines move between threads. The same tests as under the default one,
//! but for those whose subject is that a coroutine keeps its thread.

#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/moves.rs"]
mod lives;
#[path = "../harness/migrating.rs"]
mod policy;
#[path = "../harness/random.rs"]
mod random;
#[path = "../process/watchdog.rs"]
mod watchdog;
#[path = "../harness/workers.rs"]
mod workers;

mod counts;
mod moved;
mod timers;
mod timers_many;
mod yield_loops;
