//! What leak scopes and the search for deadlocks find, and that they find nothing else. Through the public face only.

#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../harness/homed.rs"]
mod policy;

mod channels;
mod clean;
mod deadlocks;
mod families;
mod moved;
mod patterns;
mod resources;
