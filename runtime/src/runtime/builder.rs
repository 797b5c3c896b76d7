//! Settings of a runtime.

use std::io;
use std::sync::Arc;

use super::instance::Runtime;
use super::stall_report;
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
    migrates: bool,
}

impl Runtime {
    /// Settings to start from: [`Builder::new`].
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let runtime = gopark::runtime::Runtime::builder().workers(1).build()?;
    /// assert_eq!(runtime.run(|| 6 * 7), 42);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl Builder {
    /// The settings of [`run`](crate::face::run).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let runtime = gopark::runtime::Builder::new().build()?;
    /// assert!(!runtime.metrics().machines.is_empty());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn new() -> Builder {
        Builder::default()
    }

    /// How many threads run coroutines. Otherwise the environment variable `GOPARK_WORKERS` says it, and
    /// without it there is one for each CPU that the process may use (cgroup quotas count).
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let runtime = gopark::runtime::Builder::new().workers(3).build()?;
    /// assert_eq!(runtime.metrics().machines.len(), 3);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn workers(mut self, count: usize) -> Builder {
        self.workers = Some(count);
        self
    }

    /// The size of the stacks in bytes, guard included, rounded up to a size class as
    /// [`coroutine::Builder::stack_size`](crate::face::coroutine::Builder::stack_size) does it. Otherwise the
    /// environment variable `GOPARK_STACK` says it, and without it they have 256 KiB, and 1 MiB in unoptimised
    /// builds.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let runtime = gopark::runtime::Builder::new().workers(1).stack_size(4 << 20).build()?;
    /// let filled = runtime.run(|| std::hint::black_box([1_u8; 1 << 20]).iter().all(|&byte| byte == 1));
    /// assert!(filled);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Builder {
        self.stack_size = Some(bytes);
        self
    }

    /// What the worker threads are called, followed by their number; `gopark` otherwise. The kernel shows the
    /// first 15 bytes.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let runtime = gopark::runtime::Builder::new().workers(1).thread_name("server").build()?;
    /// let name = runtime.run(|| std::thread::current().name().map(str::to_owned));
    /// assert_eq!(name.as_deref(), Some("server-0"));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn thread_name(mut self, name: impl Into<String>) -> Builder {
        self.thread_name = Some(name.into());
        self
    }

    /// Whether each worker thread is bound to a CPU: one after the other to those that the process may use, and round.
    /// Otherwise none is.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let runtime = gopark::runtime::Builder::new().workers(1).pin(true).build()?;
    /// let status = runtime.run(|| std::fs::read_to_string("/proc/thread-self/status"))?;
    /// let cpus = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap();
    /// assert!(cpus.trim().parse::<usize>().is_ok()); // one number, not a range
    /// # std::io::Result::Ok(())
    /// ```
    pub fn pin(mut self, pin: bool) -> Builder {
        self.pin = pin;
        self
    }

    /// How many threads there may be in all, those included that are stuck in a coroutine and those that took their
    /// places; 1000 otherwise. With all of them stuck, fresh coroutines wait. A thread that took the place of another
    /// ends two to four seconds after the last coroutine that lives on it.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let runtime = gopark::runtime::Builder::new().workers(2).max_machines(3).build()?;
    /// assert_eq!(runtime.metrics().machines.len(), 2); // a third one if both are stuck
    /// # std::io::Result::Ok(())
    /// ```
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

    /// Lets started coroutines move between worker threads, as Go does: whoever is made ready is queued where its waker
    /// runs, and any idle worker may take it from there. One that blocks its thread, or computes for long, then keeps
    /// nobody else from going on.
    ///
    /// # Safety
    /// **No coroutine of this runtime may keep, across any call that can switch, anything that belongs to its thread.**
    /// This is a promise about every line that they execute, dependencies, std and destructors included. Calls that can
    /// switch are `yield_now`, `park` and its kin, sleeps, joins, `blocking`, and calls on sockets that may have to wait.
    /// After each of them the coroutine may be on another thread, while the thread that it was on runs others. In
    /// particular:
    ///
    /// - *No reference into a thread-local*, whether from `thread_local!`, `#[thread_local]` or C's `errno`; no `Ref` of a
    ///   `RefCell` in one; no call that can switch inside `LocalKey::with`. Two threads would use it at once.
    /// - *No thread-local in code that the compiler may join with the code before the switch.* It takes the address of a
    ///   thread-local to be the same in a whole function, and in all that is inlined into it. So a function that reads
    ///   one, waits, and reads it again may read the former thread's. Measured with this crate, optimised, on x86-64:
    ///   eight coroutines on two threads looked up the address of a `thread_local!` before and after each of 1.28 million
    ///   `yield_now`s and sleeps; 12,433 times they had changed threads meanwhile, and 12,433 times they were given the
    ///   former thread's address. Only a function that is never inlined, that *returns the value* and not the address,
    ///   and that contains no call that can switch is safe. (On aarch64 not even a `const` thread-local without a
    ///   destructor is excepted.)
    /// - *Nothing that is not `Send`, if a part of it stays behind*: an `Rc` of which the thread has another one; a guard
    ///   that must be dropped by the thread that made it, such as those of `std::io::stdout().lock()` or of a pthread
    ///   mutex; `rand::rng()`; an entered `tracing` span; a handle of a library that must be used by one thread.
    /// - *No scope that its thread leaves in reverse order*, such as scoped thread-locals.
    ///
    /// A promise for all dependencies cannot be checked by a compiler, which is why the default policy keeps coroutines
    /// on their threads. Choose this one to compare schedulers, or for programs of which you know every line.
    ///
    /// # What is different besides
    /// Metrics count `migrations`. The memory below the stack pointer of a coroutine that waits is not given back. An
    /// abandoned coroutine keeps its stack, and no thread. A destructor that waits during a panic blocks its thread, as
    /// under the default policy.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let builder = gopark::runtime::Runtime::builder().workers(2);
    /// // SAFETY: the coroutine below uses nothing that belongs to a thread.
    /// let runtime = unsafe { builder.migrate_started() }.build()?;
    /// assert_eq!(runtime.run(|| gopark::go(|| 6 * 7).join().unwrap()), 42);
    /// # std::io::Result::Ok(())
    /// ```
    #[allow(unsafe_code)]
    pub unsafe fn migrate_started(mut self) -> Builder {
        self.migrates = true;
        self
    }

    /// Starts the threads.
    ///
    /// # Errors
    /// `InvalidInput` for 0 workers or more than there may be machines, for more than 65,535 of these, for a stack
    /// size of 0 or above 1 GiB, for a name with a NUL, and for an environment variable that is no number; whatever the
    /// kernel says where threads, descriptors (two a worker) or address space are short.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let none = gopark::runtime::Builder::new().workers(0).build();
    /// assert_eq!(none.unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
    /// let too_many = gopark::runtime::Builder::new().workers(3).max_machines(2).build();
    /// assert_eq!(too_many.unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
    /// ```
    pub fn build(self) -> io::Result<Runtime> {
        let mut config = Config::from_env()?;
        config.workers = self.workers.unwrap_or(config.workers);
        config.stack_size = self.stack_size.unwrap_or(config.stack_size);
        config.thread_name = self.thread_name.map_or(config.thread_name, Into::into);
        config.pin = self.pin;
        config.max_machines = self.max_machines.unwrap_or(config.max_machines);
        config.migrates = self.migrates;
        Runtime::start(config, self.on_stall.unwrap_or_else(stall_report::printing))
    }
}
