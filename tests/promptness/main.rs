//! How soon things happen, and how quiet it is when nothing does.
//!
//! The figures are printed (`cargo test --test promptness -- --show-output`); what is asserted leaves them a
//! margin of twenty and more. A test target of its own, and one test at a time, so that the tests do not take
//! the processors away from each other.

#[path = "../process/child.rs"]
mod child;
#[path = "../harness/homed.rs"]
mod policy;
#[path = "../process/watchdog.rs"]
mod watchdog;
#[path = "../harness/workers.rs"]
mod workers;

mod busy_spawner;
mod busy_waker;
mod idle;
mod one_at_a_time;
mod two_children;
