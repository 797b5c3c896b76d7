//! The pool, as its contract says it: bounds, order, results, ends, and that tasks which wait for tasks of their own pool come
//! to an end. Through the public face only.

#[path = "../harness/workers.rs"]
mod alone;
#[path = "../harness/counted.rs"]
mod counted;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/homed.rs"]
mod policy;
#[path = "../harness/random.rs"]
mod random;
#[path = "../process/watchdog.rs"]
mod watchdog;
#[path = "../harness/spares.rs"]
mod workers;

mod busy;
mod everywhere;

mod bounds;
mod cancelling;
mod closing;
mod closing_inside;
mod each;
mod ends;
mod known_deadlocks;
mod nesting;
mod nesting_elsewhere;
mod nesting_trees;
mod overload;
mod refused;
mod resizing;
mod results;
mod room;
mod scopes;
mod storm;
mod try_each;
mod try_scopes;
