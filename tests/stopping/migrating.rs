//! How a runtime stops, under Go's policy: started coroutines move between threads. The same tests as under the default one,
//! but for those whose subject is that a coroutine keeps its thread.

#[path = "../process/child.rs"]
mod child;
#[path = "../harness/counted.rs"]
mod counted;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/moves.rs"]
mod lives;
#[path = "../harness/migrating.rs"]
mod policy;
#[path = "../harness/random.rs"]
mod random;
#[path = "../harness/run.rs"]
mod run;
#[path = "../process/watchdog.rs"]
mod watchdog;
#[path = "../harness/spares.rs"]
mod workers;

mod footprint;
mod sockets;
mod waiting;

mod abandoned;
mod afterwards;
mod cancel;
mod cancelled_calls;
mod dropping;
mod from_inside;
mod nothing_lost;
mod process_end;
mod promptly;
mod report;
mod several;
mod stuck;
mod thousand_times;
mod unstarted;
