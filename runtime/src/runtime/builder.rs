//! Settings of a runtime.

use std::io;
use std::sync::Arc;

use super::instance::Runtime;
use crate::config::Config;
use crate::sched::stall::{Stall, StallHook};

/// Builds a [`Runtime`] with other settings than those of [`run`](crate::face::run).
///
/// ```
/// # use gopark_runtime::face as gopark;
/// let runtime = gopark::runtime::Builder::new().workers(2).stack_size(64 << 10).build()?;
/// assert_eq!(runtime.run(|| 1 + 1), 2);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until build"]
pub struct Builder {
    workers: Option<usize>,
    stack_size: Option<usize>,
    thread_name: Option<String>,
    pin: bool,
    max_machines: Option<usize>,
    on_stall: Option<StallHook>,
}

impl Runtime {
    /// Settings to start from.
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl Builder {
    /// The settings of [`run`](crate::face::run).
    pub fn new() -> Builder {
        Builder::default()
    }

    /// How many threads run coroutines. Otherwise the environment variable `GOPARK_WORKERS` says it, and
    /// without it there is one for each CPU that the process may use (cgroup quotas count).
    pub fn workers(mut self, count: usize) -> Builder {
        self.workers = Some(count);
        self
    }

    /// The size of the stacks in bytes, guard included, rounded up to a size class as
    /// [`coroutine::Builder::stack_size`](crate::face::coroutine::Builder::stack_size) does it. Otherwise the
    /// environment variable `GOPARK_STACK` says it, and without it they have 256 KiB, and 1 MiB in unoptimised
    /// builds.
    pub fn stack_size(mut self, bytes: usize) -> Builder {
        self.stack_size = Some(bytes);
        self
    }

    /// What the worker threads are called, followed by their number; `gopark` otherwise. The kernel shows the
    /// first 15 bytes.
    pub fn thread_name(mut self, name: impl Into<String>) -> Builder {
        self.thread_name = Some(name.into());
        self
    }

    /// Binds each worker thread to a CPU.
    pub fn pin(mut self, pin: bool) -> Builder {
        self.pin = pin;
        self
    }

    /// How many threads there may be in all, those included that are stuck in a coroutine and those that took their
    /// places; 1000 otherwise. With all of them stuck, fresh coroutines wait. A thread that took the place of another
    /// ends two to four seconds after the last coroutine that lives on it.
    pub fn max_machines(mut self, count: usize) -> Builder {
        self.max_machines = Some(count);
        self
    }

    /// Calls `f` for every coroutine that keeps its worker thread from running others for over 10 ms: by blocking
    /// it, or by computing without a call that may wait. Called when that is noticed, and again after 100 ms, 1 s, 10 s
    /// and so on, on a thread of its own that watches the runtime meanwhile: be quick. A panic of `f` is swallowed.
    ///
    /// Without it, stalls of 1 s and more are printed to stderr.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use std::sync::mpsc::channel;
    /// use std::time::Duration;
    ///
    /// let (told, stalls) = channel();
    /// let runtime = gopark::runtime::Runtime::builder()
    ///     .on_stall(move |stall| drop(told.send(stall.to_string())))
    ///     .build()?;
    /// let hog = gopark::coroutine::Builder::new().name("hog");
    /// let _current = runtime.enter();
    /// hog.spawn(|| std::thread::sleep(Duration::from_millis(60)))?.join().unwrap();
    /// assert!(stalls.recv().unwrap().contains("'hog'"));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn on_stall(mut self, f: impl Fn(&Stall) + Send + Sync + 'static) -> Builder {
        self.on_stall = Some(StallHook(Arc::new(f)));
        self
    }

    /// Starts the threads.
    ///
    /// # Errors
    /// `InvalidInput` for 0 workers or more than there may be machines, for more than 65,535 of these, for a stack
    /// size of 0 or above 1 GiB, for a name with a NUL, and for an environment variable that is no number; whatever the
    /// kernel says where threads, descriptors (two a worker) or address space are short.
    pub fn build(self) -> io::Result<Runtime> {
        let mut config = Config::from_env()?;
        config.workers = self.workers.unwrap_or(config.workers);
        config.stack_size = self.stack_size.unwrap_or(config.stack_size);
        config.thread_name = self.thread_name.map_or(config.thread_name, Into::into);
        config.pin = self.pin;
        config.max_machines = self.max_machines.unwrap_or(config.max_machines);
        Runtime::start(config, self.on_stall)
    }
}
