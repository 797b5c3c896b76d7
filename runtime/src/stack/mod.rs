//! Stacks: one reservation of address space for the whole process, cut into slots of equal size by class.
//!
//! ```text
//!  base                                                                    (8 regions of equal size)
//!  | 64 KiB slots      | 256 KiB slots     | 1 MiB | 4 MiB | 16 MiB | 64 MiB | 256 MiB | 1 GiB |
//!
//!  one slot:  bottom                                                                     top
//!             | guard | .................. the stack grows down <-------- | record | colour |
//!                                                                         ^ ceiling - record
//! ```
//! So "whose stack is this address in" is a subtraction, a shift and a mask, for every runtime of the process.
//!
//! **Invariant:** this floor knows slots, not coroutines. A slot that it has handed out belongs to whoever took
//! it until it comes back.

mod arena;
mod cache;
mod class;
mod depot;
mod guard;
mod high_water;

pub(crate) use arena::{Slot, ceiling_at, slot_at};
pub(crate) use cache::StackCache;
pub(crate) use class::SizeClass;
pub(crate) use depot::{claim, has_excess, put_back, release_claims, take, trim_free, usage};
pub(crate) use high_water::{deepest, is_used_deeper, note_depth};
