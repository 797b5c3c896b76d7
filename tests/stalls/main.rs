//! Coroutines that do not let go of their worker threads: who is named, who goes on, who has to wait, and that nothing
//! is left of it afterwards. Through the public face only.
//!
//! The figures are printed (`cargo test --test stalls -- --show-output`); what is asserted leaves them a wide margin.
//! Where it can be, a hog stays until the test has seen what it wants to see, so that nothing depends on the speed of
//! the machine. Those that measure, or keep the processors busy, run one at a time.

#[path = "../process/child.rs"]
mod child;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/stays.rs"]
mod lives;
#[path = "../promptness/one_at_a_time.rs"]
mod one_at_a_time;
#[path = "../harness/homed.rs"]
mod policy;
#[path = "../harness/random.rs"]
mod random;
#[path = "../process/watchdog.rs"]
mod watchdog;
#[path = "../harness/spares.rs"]
mod workers;

mod crowd;
mod destructors;
mod endings;
mod fresh_meanwhile;
mod hogs;
mod hook;
mod idle_before;
mod machine_limit;
mod neighbours;
mod never_preempted;
mod paused;
mod placing;
mod preempted;
mod printed;
mod quiet_again;
mod reports;
mod storm;
mod threads;
