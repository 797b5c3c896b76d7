//! The same under Go's policy: started coroutines move between threads.

#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/migrating.rs"]
mod policy;

mod channels;
mod clean;
mod deadlocks;
mod families;
mod moved;
mod patterns;
mod resources;
