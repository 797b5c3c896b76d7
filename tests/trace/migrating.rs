//! Traces under Go's policy: started coroutines move between threads. The same tests as under the default one.

#[path = "../process/child.rs"]
mod child;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/migrating.rs"]
mod policy;
#[path = "../harness/spares.rs"]
mod workers;

mod calls;
mod environment;
mod programs;
mod scheduling;
mod schema;
mod spans;
mod traced;
