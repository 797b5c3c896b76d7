//! What the scheduler promises about all coroutines together: where they run, that each has its turn, that
//! timers and counts are right. Through the public face only.

#[path = "../process/child.rs"]
mod child;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/stays.rs"]
mod lives;
#[path = "../harness/homed.rs"]
mod policy;
#[path = "../harness/random.rs"]
mod random;
#[path = "../process/watchdog.rs"]
mod watchdog;
#[path = "../harness/workers.rs"]
mod workers;

mod connections_spread;
mod coroutines_spread;
mod counts;
mod homes;
mod schedtrace;
mod scoped_thread_locals;
mod stacks_kept;
mod timers;
mod timers_many;
mod yield_loops;
