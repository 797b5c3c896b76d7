//! What a coroutine is to the one who writes it, under Go's policy: started coroutines move between threads. The same tests as under the default one,
//! but for those whose subject is that a coroutine keeps its thread.

#[path = "../process/child.rs"]
mod child;
#[path = "../harness/counted.rs"]
mod counted;
#[path = "../process/eventually.rs"]
mod eventually;
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

mod bad_input;
mod bounds;
mod destructors;
mod environment;
mod growing;
mod identity;
mod joining;
mod locals;
mod locals_inherited;
mod no_park;
mod panic_hook;
mod panics;
mod parking;
mod plain_threads;
mod races;
mod running;
mod runtimes;
mod tokens;
mod unpark_storm;
mod unwinding;
mod yielding;
