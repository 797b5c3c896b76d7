//! What bounds the calls of a coroutine, or of a plain thread, besides a cancellation.

use std::cell::Cell;

use crate::sys::clock::{NEVER, Nanos};

/// One coroutine's, or one thread's.
#[derive(Debug)]
pub(crate) struct Ambient {
    /// Fallible calls fail from then on.
    pub(crate) deadline: Cell<Nanos>,
    /// Depth of sections in which a cancellation does not count.
    pub(crate) shields: Cell<u32>,
    /// Calls in a row that failed for one of the two.
    pub(crate) refusals: Cell<u32>,
}

/// What children inherit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    deadline: Nanos,
}

impl Default for Ambient {
    fn default() -> Ambient {
        Ambient { deadline: Cell::new(NEVER), shields: Cell::new(0), refusals: Cell::new(0) }
    }
}

impl Ambient {
    /// For somebody who works for this one.
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds { deadline: self.deadline.get() }
    }

    /// The earlier of `deadline` and the ambient one.
    #[inline]
    pub(crate) fn limit(&self, deadline: Nanos) -> Nanos {
        deadline.min(self.deadline.get())
    }

    /// From now on neither a cancellation nor a deadline counts. Returns what was before, for `lower`.
    pub(crate) fn raise_shield(&self) -> Bounds {
        self.shields.set(self.shields.get() + 1);
        Bounds { deadline: self.deadline.replace(NEVER) }
    }

    /// The reverse.
    pub(crate) fn lower_shield(&self, before: Bounds) {
        self.shields.set(self.shields.get() - 1);
        before.restore(self);
    }
}

impl Bounds {
    /// The earlier of `deadline` and this one.
    pub(crate) fn limit(self, deadline: Nanos) -> Nanos {
        deadline.min(self.deadline)
    }

    /// Until `deadline` at the latest.
    pub(crate) fn until(deadline: Nanos) -> Bounds {
        Bounds { deadline }
    }

    /// Bounds the calls of `of` too. Returns what was before.
    pub(crate) fn impose(self, of: &Ambient) -> Bounds {
        let before = of.deadline.replace(of.deadline.get().min(self.deadline));
        Bounds { deadline: before }
    }

    /// Puts back what `impose` has returned.
    pub(crate) fn restore(self, of: &Ambient) {
        of.deadline.set(self.deadline);
        of.refusals.set(0);
    }
}
