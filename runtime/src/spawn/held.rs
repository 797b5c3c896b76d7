//! Coroutines that wait for their turn before they begin (`gopark-pool`).
//!
//! Such a one is made, has its handle, its id and its age, and a dump shows it; it is in no queue until whoever holds it lets
//! it go.
//!
//! **Invariant:** a [`Held`] is the only right to its coroutine, which is fresh: it is queued once, or dropped.
#![allow(unsafe_code)]

use std::fmt;
use std::io;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::builder::NO_RUNTIME;
use super::entered::current_scheduler;
use super::handle::JoinHandle;
use super::make::{Plan, make_inheriting, queue};
use crate::coroutine::body::Fresh;
use crate::coroutine::entry::{Entry, Name};
use crate::coroutine::handle::Coroutine;
use crate::sched::holders::Holds;
use crate::sched::ready::drop_fresh;
use crate::sched::scheduler::Scheduler;
use crate::sys::clock;

/// A coroutine that has not been let go. If it is dropped, so is its closure, and who joins it gets `Cancelled`.
#[must_use]
pub struct Held {
    entry: &'static Entry,
}

/// The runtime in which coroutines begin that are held.
#[derive(Clone)]
pub struct Starter {
    scheduler: Arc<Scheduler>,
}

impl Starter {
    /// The current runtime.
    ///
    /// # Panics
    /// Where there is none.
    #[track_caller]
    pub fn current() -> Starter {
        Starter::try_current().expect(NO_RUNTIME)
    }

    /// The current runtime, if there is one.
    pub fn try_current() -> Option<Starter> {
        Some(Starter { scheduler: current_scheduler()? })
    }

    /// Which runtime it is.
    pub fn id(&self) -> u64 {
        self.scheduler.id
    }

    /// From now on `holder` is told when it stops. False: it does already.
    pub fn add_holder(&self, holder: Weak<dyn Holds>) -> bool {
        self.scheduler.add_holder(holder)
    }

    /// Whether it stops: nobody will begin there any more.
    pub fn is_stopping(&self) -> bool {
        self.scheduler.is_stopping()
    }

    /// A coroutine that will run `f`.
    ///
    /// # Errors
    /// No room for another stack, or for another coroutine at all.
    pub fn hold<F, T>(
        &self,
        f: F,
        name: Option<Arc<Box<str>>>,
        site: &'static Location<'static>,
    ) -> io::Result<(Held, JoinHandle<T>)>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        // SAFETY: both are Send and 'static, and `T` is the result type.
        unsafe { self.hold_lent(f, name, site, false) }
    }

    /// The same for what may borrow.
    ///
    /// # Errors
    /// As for [`hold`](Starter::hold).
    ///
    /// # Safety
    /// Borrows in `F` and `T` outlive the coroutine, and if there are any, it `lends`; both may be sent.
    pub(crate) unsafe fn hold_lent<F, T>(
        &self,
        f: F,
        name: Option<Name>,
        site: &'static Location<'static>,
        lends: bool,
    ) -> io::Result<(Held, JoinHandle<T>)>
    where
        F: FnOnce() -> T,
    {
        let plan = Plan { name, class: self.scheduler.stack_class, site, lends };
        // SAFETY: the caller's promises; `T` is the result type.
        unsafe {
            let (held, joint) = make_inheriting(&self.scheduler, f, plan, |_, _, entry| Held { entry })?;
            Ok((held, JoinHandle::new(joint)))
        }
    }

    /// Lets it go: it begins soon. False: the runtime stops, and it was dropped. Never waits.
    pub fn start(&self, held: Held) -> bool {
        let is_queued = queue(&self.scheduler, self.scheduler.machine(), held.entry);
        if is_queued {
            let _ = ManuallyDrop::new(held);
        }
        is_queued
    }
}

impl Held {
    /// Its name.
    pub fn coroutine(&self) -> Coroutine {
        Coroutine::of(self.entry)
    }

    /// Whether it was cancelled meanwhile.
    pub fn is_cancelled(&self) -> bool {
        self.entry.status.is_cancelled()
    }

    /// How long ago it was made, by a clock that workers read now and then: up to 10 ms too long.
    pub fn age(&self) -> Duration {
        // SAFETY: it is fresh, and ours; the body is looked at alone.
        let birth = ManuallyDrop::new(unsafe { Fresh::of(self.entry) }).birth();
        Duration::from_nanos(clock::now().saturating_sub(birth.at))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop_fresh(self.entry);
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Held").field(&self.coroutine()).finish()
    }
}

impl fmt::Debug for Starter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Starter").finish_non_exhaustive()
    }
}
