//! A runtime and what can be done with it.
#![allow(unsafe_code)]

use std::fmt;
use std::io;
use std::panic::{Location, RefUnwindSafe, UnwindSafe, resume_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;

use super::metrics::Metrics;
use super::schedtrace::Schedtrace;
use crate::config::Config;
use crate::coroutine::{overflow, switch_depth};
use crate::dump::on_signal_if_asked;
use crate::park::waiter::Waiter;
use crate::recording::Session;
use crate::sched::machine::Machine;
use crate::sched::roll;
use crate::sched::scheduler::Scheduler;
use crate::sched::stall::StallHook;
use crate::sched::sysmon;
use crate::sched::thread::start_workers;
use crate::spawn::{EnterGuard, JoinHandle, Plan, enter, join_as, spawn_in, spawn_static};
use crate::sys::clock::NEVER;

/// The grace of `run`, and of a runtime that is dropped.
const DEFAULT_GRACE: Duration = Duration::from_millis(100);

/// Worker threads, and the coroutines on them. Several may live in one process.
///
/// Dropping it stops it, as [`shutdown`](Runtime::shutdown) with a grace of 100 ms. A coroutine of its own that drops it
/// panics; it stops all the same, without a grace.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let runtime = gopark::runtime::Runtime::builder().workers(1).build()?;
/// let handle = runtime.spawn(|| "from a coroutine");
/// assert_eq!(handle.join().unwrap(), "from a coroutine");
/// # std::io::Result::Ok(())
/// ```
pub struct Runtime {
    pub(super) scheduler: Arc<Scheduler>,
    monitor: Mutex<Option<thread::JoinHandle<()>>>,
    schedtrace: Mutex<Option<Schedtrace>>,
    /// Ends what `GOPARK_TRACE` has begun.
    pub(super) session: Mutex<Option<Session>>,
}

impl Runtime {
    pub(super) fn start(config: Config, on_stall: StallHook) -> io::Result<Runtime> {
        overflow::report_overflows()?;
        switch_depth::measure()?;
        on_signal_if_asked()?;
        // First: what the machines do when they begin is in the trace.
        let session = Mutex::new(Some(Session::enter(&config)?));
        let scheduler = Arc::new(Scheduler::new(config, on_stall)?);
        scheduler.keep_commons();
        roll::enrol(&scheduler);
        let runtime = Runtime { scheduler, monitor: Mutex::default(), schedtrace: Mutex::default(), session };
        // An error drops the runtime: the machines that did start leave.
        start_workers(&runtime.scheduler)?;
        *runtime.monitor.lock() = Some(sysmon::start(&runtime.scheduler)?);
        if let Some(interval) = runtime.scheduler.config.schedtrace {
            *runtime.schedtrace.lock() = Some(Schedtrace::start(&runtime.scheduler, interval)?);
        }
        Ok(runtime)
    }

    /// Whether one of its own coroutines is the caller.
    pub(super) fn is_own(&self) -> bool {
        Machine::current().is_some_and(|machine| Arc::ptr_eq(&machine.scheduler, &self.scheduler))
    }

    /// The runtime has stopped, so its monitor is about to end.
    pub(super) fn wait_for_monitor(&self) {
        drop(self.schedtrace.lock().take());
        let monitor = self.monitor.lock().take();
        // The caller may be the hook that it calls. It does not panic.
        let other = monitor.filter(|monitor| monitor.thread().id() != thread::current().id());
        let _ = other.map(thread::JoinHandle::join);
    }

    /// Runs `f` in a coroutine of this runtime and returns its result; see [`run`](crate::face::run).
    ///
    /// # Panics
    /// With `f`'s panic; where there is no room for another stack; inside `no_park`; and, with the payload
    /// [`Cancelled`](crate::face::Cancelled), if the runtime has been shut down.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let runtime = gopark::runtime::Runtime::builder().workers(1).build()?;
    /// let words = vec!["hello", "world"];
    /// assert_eq!(runtime.run(|| words.concat()), "helloworld");
    /// assert_eq!(runtime.run(|| gopark::go(|| 7).join().unwrap()), 7);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn run<F, T>(&self, f: F) -> T
    where
        F: FnOnce() -> T + Send,
        T: Send,
    {
        self.run_at(f, Location::caller())
    }

    pub(super) fn run_at<F, T>(&self, f: F, site: &'static Location<'static>) -> T
    where
        F: FnOnce() -> T + Send,
        T: Send,
    {
        let plan = Plan { name: None, class: self.scheduler.stack_class, site, lends: true };
        // First: it panics where this call must not wait, and after the spawn that would be too late.
        let waiter = Waiter::current();
        // SAFETY: both are Send; what they borrow outlives this call, which does not return before the
        // coroutine has ended: `join_as` neither fails nor unwinds without a deadline, and an abandoned
        // coroutine keeps it waiting.
        let joint = unsafe { spawn_in(&self.scheduler, f, plan) };
        let joint = joint.unwrap_or_else(|error| panic!("cannot start a coroutine: {error}"));
        join_as(waiter, &joint, NEVER);
        // SAFETY: done, and `T` is the result type.
        unsafe { joint.take::<T>() }.unwrap_or_else(|payload| resume_unwind(payload))
    }

    /// As [`go`](crate::face::go), on this runtime, from anywhere. After its [`shutdown`](Runtime::shutdown) `f` is
    /// dropped.
    ///
    /// # Panics
    /// Where there is no room for another stack.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let runtime = gopark::runtime::Runtime::builder().workers(1).build()?;
    /// assert_eq!(runtime.spawn(|| 6 * 7).join().unwrap(), 42);
    /// runtime.shutdown(std::time::Duration::ZERO);
    /// let late = runtime.spawn(|| 6 * 7).join();
    /// assert!(late.unwrap_err().is::<gopark::Cancelled>());
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn<F, T>(&self, f: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let site = Location::caller();
        spawn_static(&self.scheduler, f, None, None, site)
            .unwrap_or_else(|error| panic!("cannot start a coroutine: {error}"))
    }

    /// Makes this runtime current on a plain thread, as long as the guard lives: `go` works there, and spawns
    /// here.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let runtime = gopark::runtime::Runtime::builder().workers(1).build()?;
    /// let _current = runtime.enter();
    /// assert_eq!(gopark::go(|| 7).join().unwrap(), 7);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn enter(&self) -> EnterGuard<'_> {
        enter(&self.scheduler)
    }

    /// What has happened so far. Reads counters of running threads: each is exact, but they are not of one
    /// instant. Costs what [`metrics`](crate::face::metrics) costs.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let runtime = gopark::runtime::Runtime::builder().workers(1).build()?;
    /// runtime.spawn(|| ()).join().unwrap();
    /// let metrics = runtime.metrics();
    /// assert_eq!((metrics.spawned, metrics.spawned_outside), (1, 1));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn metrics(&self) -> Metrics {
        Metrics::of(&self.scheduler)
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if !self.is_own() {
            self.shutdown(DEFAULT_GRACE);
            return;
        }
        // Its machines leave by themselves, this one when the coroutine lets it.
        self.scheduler.begin_stop();
        self.scheduler.begin_leaving();
        // A second panic would abort.
        assert!(
            thread::panicking(),
            "a coroutine cannot drop the runtime that it runs on: it cannot wait for its end"
        );
    }
}

// A panic inside `run` or `spawn` leaves a runtime as good as before: what it shares is kept by locks and atomics, whose
// sections call nobody's code.
impl UnwindSafe for Runtime {}
impl RefUnwindSafe for Runtime {}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("workers", &self.scheduler.config.workers).finish_non_exhaustive()
    }
}
