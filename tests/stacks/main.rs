//! What README.md and the documentation promise of stacks: an overflow is named and harms nobody else, faults of
//! others go where they went before, running out is an error, and waiting costs little memory.
//!
//! Nearly everything here ends its process, or counts what belongs to all of it, so it happens in children.

mod address_space;
mod exhaustion;
mod faults_of_others;
mod guards_of_old_kernels;
mod idle_cost;
mod mappings;
mod overflow;
mod overflow_sizes;
mod trimming;

#[path = "../process/child.rs"]
mod child;
#[path = "../process/eventually.rs"]
mod eventually;
#[path = "../process/memory.rs"]
mod memory;
