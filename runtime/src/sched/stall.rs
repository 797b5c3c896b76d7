//! What is told of a coroutine that keeps its worker thread from running others.

use std::fmt;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use crate::coroutine::entry::Entry;
use crate::coroutine::handle::Coroutine;
use crate::sys::thread_state;

/// A coroutine that has had its worker thread for long, as [`Builder::on_stall`] is told of it.
///
/// Its `Display` form is one line with everything in it.
///
/// [`Builder::on_stall`]: crate::face::runtime::Builder::on_stall
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let (tells, told) = std::sync::mpsc::channel();
/// let runtime = gopark::runtime::Runtime::builder()
///     .workers(1)
///     .on_stall(move |stall| drop(tells.send(stall.clone())))
///     .build()?;
/// let stall = runtime.run(move || told.recv().unwrap()); // std's channel: blocks the thread until that is noticed
/// assert_eq!((stall.worker, stall.behind), (0, 0));
/// assert!(stall.to_string().contains("has had worker thread 0 for"));
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stall {
    /// Who it is.
    pub coroutine: Coroutine,
    /// Where it was spawned.
    pub spawned_at: Option<&'static Location<'static>>,
    /// For how long it has had the thread, up to now. Up to 10 ms too little.
    pub duration: Duration,
    /// What the thread does.
    pub cause: StallCause,
    /// How many other coroutines live on the same thread, and wait if they have something to do.
    pub behind: usize,
    /// The number of the worker thread.
    pub worker: usize,
    /// The kernel's number of it.
    pub(crate) thread: i32,
}

/// What a thread does that does not come back.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let (tells, told) = std::sync::mpsc::channel();
/// let runtime = gopark::runtime::Runtime::builder()
///     .workers(1)
///     .on_stall(move |stall| drop(tells.send(stall.cause)))
///     .build()?;
/// let cause = runtime.run(move || {
///     loop {
///         // It computes, and makes no call that lets others run.
///         if let Ok(cause) = told.try_recv() {
///             break cause;
///         }
///     }
/// });
/// assert_eq!(cause, gopark::runtime::StallCause::Spinning);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StallCause {
    /// It computes, or is ready to.
    Spinning,
    /// It sleeps in the kernel.
    Blocked {
        /// In which system call, by its number, where the kernel says it.
        system_call: Option<i64>,
    },
}

/// Who wants to know of stalls.
#[derive(Clone)]
pub(crate) struct StallHook(pub(crate) Arc<dyn Fn(&Stall) + Send + Sync>);

// What the hook shares with the rest of the program is its own affair: the runtime never calls it during a panic of its
// own, and a panic of the hook ends where it was called.
impl UnwindSafe for StallHook {}
impl RefUnwindSafe for StallHook {}

impl fmt::Debug for StallHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StallHook")
    }
}

impl Stall {
    pub(super) fn of(
        entry: &'static Entry,
        duration: Duration,
        behind: usize,
        worker: usize,
        thread: i32,
    ) -> Stall {
        let (coroutine, cause) = (Coroutine::of(entry), StallCause::of(thread));
        Stall { coroutine, spawned_at: entry.site(), duration, cause, behind, worker, thread }
    }
}

impl StallCause {
    /// What `thread` does, if it does not come back.
    fn of(thread: i32) -> StallCause {
        if thread_state::is_asleep(thread) {
            StallCause::Blocked { system_call: thread_state::system_call(thread) }
        } else {
            StallCause::Spinning
        }
    }
}

impl fmt::Display for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.coroutine.describe_from(self.spawned_at))?;
        let (ms, worker) = (self.duration.as_millis(), self.worker);
        write!(f, " has had worker thread {worker} for {ms} ms: {}", self.cause)?;
        write!(f, "; {} others live there", self.behind)
    }
}

impl fmt::Display for StallCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            StallCause::Spinning => f.write_str("it computes"),
            StallCause::Blocked { system_call: Some(libc::SYS_futex) } => {
                f.write_str("asleep in a futex: a std lock held across a park?")
            }
            StallCause::Blocked { system_call: Some(number) } => {
                write!(f, "asleep in system call {number}")
            }
            StallCause::Blocked { system_call: None } => f.write_str("asleep in the kernel"),
        }
    }
}
