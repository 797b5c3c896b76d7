//! When a coroutine was spawned, and by whom.

use crate::sys::clock::Nanos;

/// Plain numbers: they are read from outside too, while their owner may end (dump).
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct Birth {
    pub(crate) at: Nanos,
    pub(crate) spawner: Spawner,
    /// Inside of which leak scope (live/lineage.rs); 0: of none.
    pub(crate) lineage: u64,
}

/// Who has spawned a coroutine: the id of a coroutine; or the number of a plain thread (spawn/threads.rs), with the uppermost bit
/// set. The bit below says whether the closure may borrow from there.
#[derive(Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub(crate) struct Spawner(u64);

const THREAD: u64 = 1 << 63;
const BORROWS: u64 = 1 << 62;

impl Spawner {
    pub(crate) fn coroutine_with(id: u64, borrows: bool) -> Spawner {
        Spawner(id).borrowing(borrows)
    }

    pub(crate) fn thread_with(number: u64, borrows: bool) -> Spawner {
        Spawner(number | THREAD).borrowing(borrows)
    }

    pub(crate) fn from_bits(bits: u64) -> Spawner {
        Spawner(bits)
    }

    /// The coroutine; `None`: a plain thread.
    pub(crate) fn coroutine(self) -> Option<u64> {
        (self.0 & THREAD == 0).then_some(self.object())
    }

    /// The number of the plain thread.
    pub(crate) fn thread(self) -> Option<u64> {
        (self.0 & THREAD != 0).then_some(self.object())
    }

    /// Whether whom it has spawned may borrow from it.
    pub(crate) fn lends(self) -> bool {
        self.0 & BORROWS != 0
    }

    fn borrowing(self, borrows: bool) -> Spawner {
        if borrows { Spawner(self.0 | BORROWS) } else { self }
    }

    fn object(self) -> u64 {
        self.0 & !(THREAD | BORROWS)
    }
}
