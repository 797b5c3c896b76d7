//! Traces: what is recorded of what happens, and that the file is as its readers want it. Through the public face only.

#[path = "../process/child.rs"]
mod child;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/homed.rs"]
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
