//! When a coroutine was spawned, and by whom.

use super::record;
use crate::sys::clock::Nanos;

/// Plain numbers: they are read from outside too, while their owner may end (dump).
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct Birth {
    pub(crate) at: Nanos,
    /// The id of the coroutine that has spawned it; 0: a plain thread has.
    pub(crate) spawner: u64,
}

impl Birth {
    /// From here.
    #[inline]
    pub(crate) fn here(at: Nanos) -> Birth {
        Birth { at, spawner: record::current().map_or(0, |spawner| spawner.coroutine.id()) }
    }
}
