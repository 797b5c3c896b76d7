//! How a runtime stops: what it tells, what becomes of those that are alive, and what stays behind. Through the
//! public face only.

#[path = "../process/child.rs"]
mod child;
#[path = "../harness/counted.rs"]
mod counted;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/stays.rs"]
mod lives;
#[path = "../harness/homed.rs"]
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
mod lent;
mod nothing_lost;
mod process_end;
mod promptly;
mod report;
mod several;
mod stuck;
mod thousand_times;
mod unstarted;
