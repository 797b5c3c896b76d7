//! When a coroutine was spawned, and by whom.

use crate::sys::clock::Nanos;

/// Plain numbers: they are read from outside too, while their owner may end (dump).
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct Birth {
    pub(crate) at: Nanos,
    /// The id of the coroutine that has spawned it; 0: a plain thread has.
    pub(crate) spawner: u64,
    /// Inside of which leak scope (live/lineage.rs); 0: of none.
    pub(crate) lineage: u64,
}
