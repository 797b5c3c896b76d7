//! What bounds the calls of a coroutine, or of a plain thread, besides a cancellation of its own.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use super::cancelled::Reason;
use super::handle::Coroutine;
use crate::sys::clock::{self, NEVER, Nanos};

/// Something that can stop all who are inside it.
pub(crate) trait Stopper: Send + Sync {
    /// Whether it has.
    fn reason(&self) -> Option<Reason>;

    /// From now on `who` is alerted when it does.
    fn enter(&self, who: &Coroutine);

    /// Not any more.
    fn leave(&self, who: &Coroutine);

    /// For whoever knows what it is.
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

/// Has given a coroutine one of a number of places, and gives the place to others while it waits for an end of others.
/// Neither call waits.
pub trait Lender: Send + Sync {
    /// The coroutine begins to wait until the one with the id `target` ends; 0: until something else does, which others
    /// do. Tells the number of the loan.
    fn lend(&self, target: u64) -> u64;

    /// The wait is over.
    fn take_back(&self, loan: u64);
}

/// One coroutine's, or one thread's.
pub(crate) struct Ambient {
    /// Fallible calls fail from then on.
    deadline: Cell<Nanos>,
    /// Boxed: they are rare, and a record is small.
    stopper: Cell<Option<Box<Arc<dyn Stopper>>>>,
    /// Whether there is a deadline or a stopper.
    is_bounded: Cell<bool>,
    /// Who has lent it a place, which it lends on while it waits for others to end.
    lender: Cell<Option<Arc<dyn Lender>>>,
    /// Whether there is a lender: every join asks.
    has_lender: Cell<bool>,
    /// Of those whom it spawns, and of what it makes (live/lineage.rs).
    pub(crate) lineage: Cell<u64>,
    /// Depth of sections in which a cancellation does not count.
    shields: Cell<u16>,
    /// Calls in a row that failed because of one of these, without waiting.
    refusals: Cell<u16>,
}

/// A deadline and a stopper, as children inherit them.
#[derive(Clone)]
pub(crate) struct Bounds {
    deadline: Nanos,
    stopper: Option<Arc<dyn Stopper>>,
}

impl Default for Ambient {
    fn default() -> Ambient {
        Ambient {
            deadline: Cell::new(NEVER),
            stopper: Cell::new(None),
            is_bounded: Cell::new(false),
            lender: Cell::new(None),
            has_lender: Cell::new(false),
            lineage: Cell::new(0),
            shields: Cell::new(0),
            refusals: Cell::new(0),
        }
    }
}

impl Ambient {
    pub(crate) fn of_lineage(lineage: u64) -> Ambient {
        Ambient { lineage: Cell::new(lineage), ..Ambient::default() }
    }

    /// For somebody who works for this one.
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds { deadline: self.deadline.get(), stopper: self.stopper() }
    }

    fn stopper(&self) -> Option<Arc<dyn Stopper>> {
        let boxed = self.stopper.take();
        let stopper = boxed.as_deref().cloned();
        self.stopper.set(boxed);
        stopper
    }

    fn set(&self, bounds: Bounds) -> Bounds {
        self.is_bounded.set(bounds.deadline != NEVER || bounds.stopper.is_some());
        let deadline = self.deadline.replace(bounds.deadline);
        let stopper = self.stopper.replace(bounds.stopper.map(Box::new));
        Bounds { deadline, stopper: stopper.map(|stopper| *stopper) }
    }

    /// Adds `bounds` to those that there are: the earlier deadline counts, and the stopper of `bounds`, if it has one.
    /// Returns what was before.
    pub(crate) fn impose(&self, bounds: Bounds) -> Bounds {
        let stopper = bounds.stopper.or_else(|| self.stopper());
        self.set(Bounds { deadline: self.limit(bounds.deadline), stopper })
    }

    /// Puts back what `impose` has returned.
    pub(crate) fn restore(&self, before: Bounds) {
        self.set(before);
    }

    /// The earlier of `deadline` and the ambient one.
    #[inline]
    pub(crate) fn limit(&self, deadline: Nanos) -> Nanos {
        deadline.min(self.deadline.get())
    }

    /// From now on nothing of all this counts. Returns what was before, for `lower_shield`.
    pub(crate) fn raise_shield(&self) -> Bounds {
        self.shields.set(self.shields.get() + 1);
        self.set(Bounds { deadline: NEVER, stopper: None })
    }

    /// The reverse.
    pub(crate) fn lower_shield(&self, before: Bounds) {
        self.shields.set(self.shields.get() - 1);
        self.restore(before);
    }

    /// Whether a cancellation counts.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.shields.get() == 0
    }

    /// Whether there is more to ask than for a cancellation.
    #[inline]
    pub(crate) fn is_bounded(&self) -> bool {
        self.is_bounded.get()
    }

    /// Whether it holds nothing that would have to be dropped.
    #[inline]
    pub(super) fn holds_nothing(&self) -> bool {
        !self.is_bounded.get() && !self.has_lender.get()
    }

    /// Why calls fail, if they do.
    pub(crate) fn reason(&self) -> Option<Reason> {
        if clock::is_past(self.deadline.get()) {
            return Some(Reason::DeadlineExceeded);
        }
        self.stopper().and_then(|stopper| stopper.reason())
    }

    /// Who is to be told of waits that lend from now on; returns who was before.
    pub(crate) fn set_lender(&self, lender: Option<Arc<dyn Lender>>) -> Option<Arc<dyn Lender>> {
        self.has_lender.set(lender.is_some());
        self.lender.replace(lender)
    }

    /// Who is told of waits that lend.
    #[inline]
    pub(crate) fn lender(&self) -> Option<Arc<dyn Lender>> {
        if self.has_lender.get() { self.copy_lender() } else { None }
    }

    fn copy_lender(&self) -> Option<Arc<dyn Lender>> {
        let lender = self.lender.take();
        self.lender.set(lender.clone());
        lender
    }

    /// A call waits: those that failed are in no row with what comes.
    #[inline]
    pub(crate) fn forget_refusals(&self) {
        self.refusals.set(0);
    }

    /// One more call has failed. How many in a row.
    pub(crate) fn count_refusal(&self) -> u16 {
        self.refusals.set(self.refusals.get().saturating_add(1));
        self.refusals.get()
    }
}

impl Bounds {
    /// Until `deadline` at the latest.
    pub(crate) fn until(deadline: Nanos) -> Bounds {
        Bounds { deadline, stopper: None }
    }

    /// As long as `stopper` lets, and until `deadline`.
    pub(crate) fn inside(stopper: Arc<dyn Stopper>, deadline: Nanos) -> Bounds {
        Bounds { deadline, stopper: Some(stopper) }
    }

    pub(crate) fn stopper(&self) -> Option<&Arc<dyn Stopper>> {
        self.stopper.as_ref()
    }

    /// The earlier of `deadline` and this one.
    pub(crate) fn limit(&self, deadline: Nanos) -> Nanos {
        deadline.min(self.deadline)
    }
}

impl fmt::Debug for Ambient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ambient").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}
