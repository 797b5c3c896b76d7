//! The lock-free protocols, one a file; the head of each file is the protocol.
//!
//! **Invariant:** nothing here knows what a coroutine is: payloads are numbers, or pointers that are only
//! handed through. Atomics come from [`atomic`] alone, so that `loom-tests` can include these very files and
//! put loom's atomics in that place. Constructors that must be `const` stand in `statics`, which loom's cannot.

mod statics;

pub(crate) mod atomic;
pub(crate) mod deadline;
pub(crate) mod flight_ring;
pub(crate) mod idle;
pub(crate) mod inbox;
pub(crate) mod join_cell;
pub(crate) mod parker;
pub(crate) mod poller_role;
pub(crate) mod ready_slot;
pub(crate) mod request;
pub(crate) mod run_queue;
pub(crate) mod spin_flag;
pub(crate) mod status;
