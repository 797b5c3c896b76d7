//! Coroutines that wait before they begin (sched/lobby.rs).
//!
//! What such a one is to run may depend on what came of giving out its ticket. So it moves in first, without a body, which
//! nobody misses: it is in no queue, and has no home by which somebody could find it.
#![allow(unsafe_code)]

use std::io;
use std::panic::Location;
use std::ptr;
use std::sync::Arc;

use super::handle::JoinHandle;
use super::make::{Origin, supply};
use crate::coroutine::body;
use crate::coroutine::entry::{Entry, Ticket};
use crate::coroutine::handle::Coroutine;
use crate::coroutine::local;
use crate::coroutine::record;
use crate::sched::ready::drop_fresh;
use crate::sched::scheduler::Scheduler;
use crate::stack;

/// A coroutine without a body. Leaked if it is dropped: it is filled, or left.
#[must_use]
pub(crate) struct Seat<'a> {
    scheduler: &'a Arc<Scheduler>,
    coroutine: Coroutine,
}

impl<'a> Seat<'a> {
    /// # Errors
    /// No room for another stack, or for another coroutine at all.
    pub(crate) fn take(
        scheduler: &'a Arc<Scheduler>,
        site: &'static Location<'static>,
    ) -> io::Result<Seat<'a>> {
        let (id, entry) = supply(scheduler.machine(), scheduler.stack_class)?;
        entry.occupy(id, site, ptr::null_mut());
        Ok(Seat { scheduler, coroutine: Coroutine::new(id, entry, None) })
    }

    /// Names the wait before its beginning.
    pub(crate) fn ticket(&self) -> Ticket {
        self.entry().ticket()
    }

    fn entry(&self) -> &'static Entry {
        self.coroutine.entry()
    }

    /// Nobody will come.
    pub(crate) fn leave(self) {
        let entry = self.entry();
        entry.vacate();
        Entry::free([entry.index()]);
        stack::release_claims(self.scheduler.stack_class, 1);
    }

    /// Has `f` begin when the ticket is used, or at once if `must_wait`, which is asked in the end, denies it.
    pub(crate) fn fill<F, T>(self, f: F, must_wait: impl FnOnce() -> bool) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        // What is to be inherited is what the spawner has now.
        let inherited = (!local::leaves_nothing(record::current())).then(local::inherited);
        let begin = move || {
            inherited.into_iter().for_each(local::adopt);
            f()
        };
        let (entry, scheduler) = (self.entry(), self.scheduler);
        // SAFETY: both are Send and 'static, and `T` is the result type; what is inherited is `Send` and borrows nothing.
        let (fresh, handle) = unsafe {
            let (fresh, joint) = body::new(
                begin,
                self.coroutine,
                Origin::here(scheduler).birth(false),
                scheduler.stack_class,
                false,
            );
            (fresh, JoinHandle::new(joint))
        };
        entry.furnish(fresh.into_raw());
        if scheduler.is_stopping() {
            drop_fresh(entry);
        } else {
            scheduler.seat(entry, must_wait);
        }
        handle
    }
}
