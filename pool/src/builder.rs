//! Settings of a pool.

use std::num::NonZeroUsize;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use gopark_runtime::face::leak::Leak;
use gopark_runtime::face::of_places::Starter;

use crate::pool::Pool;
use crate::reporter::{Report, log_leak};
use crate::shared::Shared;

/// Makes a [`Pool`] with other settings.
///
/// ```
/// # use gopark_runtime::face as gopark;
/// use gopark_pool::Pool;
/// use std::time::Duration;
///
/// gopark::run(|| {
///     let pool = Pool::builder().name("resizer").workers(2).queue(10).max_queue_age(Duration::from_secs(1)).build();
///     assert_eq!(pool.submit(|| 6 * 7).join().unwrap(), 42);
/// });
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until build"]
pub struct Builder {
    workers: usize,
    queue: usize,
    name: Option<String>,
    max_queue_age: Option<Duration>,
    report: Option<Report>,
}

/// The queue, unless something else is asked for.
const QUEUE: usize = 1000;

/// Workers for each CPU, unless something else is asked for: tasks wait, mostly.
const WORKERS_PER_CPU: usize = 4;

impl Default for Builder {
    fn default() -> Builder {
        let cpus = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Builder {
            workers: cpus * WORKERS_PER_CPU,
            queue: QUEUE,
            name: None,
            max_queue_age: None,
            report: None,
        }
    }
}

impl Pool {
    /// A pool with other settings than the usual ones.
    ///
    /// ```
    /// # gopark_runtime::face::run(|| {
    /// let pool = gopark_pool::Pool::builder().workers(8).queue(100).build();
    /// assert_eq!(pool.submit(|| 'a').join().unwrap(), 'a');
    /// # });
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// How many tasks run at a time: 4 for each CPU, if nothing is said. 0 is taken for 1.
    ///
    /// ```
    /// # gopark_runtime::face::run(|| {
    /// assert_eq!(gopark_pool::Pool::builder().workers(3).build().stats().workers, 3);
    /// # });
    /// ```
    pub fn workers(mut self, max: usize) -> Builder {
        self.workers = max.max(1);
        self
    }

    /// How many tasks wait for a place, besides those that run: 1000, if nothing is said. With 0 a task is taken when it
    /// can begin.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     let pool = gopark_pool::Pool::builder().workers(1).queue(1).build();
    ///     let busy = [pool.submit(gopark::coroutine::park), pool.submit(gopark::coroutine::park)];
    ///     assert!(pool.try_submit(|| ()).unwrap_err().is_full());
    ///     busy.iter().for_each(|task| task.coroutine().unpark());
    /// });
    /// ```
    pub fn queue(mut self, capacity: usize) -> Builder {
        self.queue = capacity;
        self
    }

    /// Names the pool, and the coroutines of its tasks. Costs a change of a shared counter for each of them.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// gopark::run(|| {
    ///     let pool = gopark_pool::Pool::builder().name("resizer").build();
    ///     let name = pool.submit(|| gopark::coroutine::current().unwrap().name().map(str::to_owned));
    ///     assert_eq!(name.join().unwrap().as_deref(), Some("resizer"));
    /// });
    /// ```
    pub fn name(mut self, name: impl Into<String>) -> Builder {
        self.name = Some(name.into());
        self
    }

    /// How long a worker without a task stays.
    ///
    /// Here it changes nothing: a worker is a place and not a coroutine, a task gets a stack when it begins, and what has no
    /// task has nothing. So no worker stays for longer than any `timeout`. It is here for programs that come from pools
    /// whose idle workers cost memory.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use std::time::Duration;
    /// gopark::run(|| {
    ///     let pool = gopark_pool::Pool::builder().idle_timeout(Duration::from_secs(60)).build();
    ///     pool.submit(|| ()).join().unwrap();
    ///     assert_eq!(pool.stats().running, 0);
    /// });
    /// ```
    pub fn idle_timeout(self, _timeout: Duration) -> Builder {
        self
    }

    /// No task waits in the queue for longer than `age`: one that has when it is its turn does not begin, and who joins it
    /// gets `Cancelled`; and while the oldest one has, further ones are refused.
    ///
    /// A server with more to do than it can do else makes everybody wait as long as the queue is, and does what nobody waits
    /// for any more. With a limit below its clients' patience it does in time what it does, and says no to the others soon.
    ///
    /// Costs two looks at the clock for each task.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use std::time::Duration;
    ///
    /// gopark::run(|| {
    ///     let pool = gopark_pool::Pool::builder().workers(1).max_queue_age(Duration::from_millis(5)).build();
    ///     let busy = [pool.submit(gopark::coroutine::park), pool.submit(gopark::coroutine::park)];
    ///     gopark::time::sleep(Duration::from_millis(20));
    ///     assert!(pool.try_submit(|| ()).unwrap_err().is_overloaded());
    ///     busy.iter().for_each(|task| task.coroutine().unpark());
    /// });
    /// ```
    pub fn max_queue_age(mut self, age: Duration) -> Builder {
        self.max_queue_age = Some(age);
        self
    }

    /// Looks every `older_than` for tasks that are as old as that or older, and tells of them: by a warning through the
    /// crate `log`, a line for each, with where it was submitted and what it waits for. Each task is told of once.
    ///
    /// Costs a thread, which sleeps in between, and for each look what [`leaks`](Pool::leaks) costs.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use std::time::Duration;
    ///
    /// gopark::run(|| {
    ///     let pool = gopark_pool::Pool::builder().report_leaks(Duration::from_secs(60)).build();
    ///     assert_eq!(pool.submit(|| 7).join().unwrap(), 7);
    /// });
    /// ```
    pub fn report_leaks(self, older_than: Duration) -> Builder {
        self.on_leak(older_than, log_leak)
    }

    /// The same, and tells `hook` instead, on a thread of the pool's.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// use std::time::Duration;
    ///
    /// gopark::run(|| {
    ///     let (tells, told) = gopark::chan::unbounded();
    ///     let hook = move |leak: &gopark::leak::Leak| drop(tells.send(leak.to_string()));
    ///     let pool = gopark_pool::Pool::builder().on_leak(Duration::from_millis(5), hook).build();
    ///     let forgotten = pool.submit(gopark::coroutine::park);
    ///     assert!(told.recv().unwrap().contains("until it is unparked"));
    ///     forgotten.coroutine().unpark();
    /// });
    /// ```
    pub fn on_leak(mut self, older_than: Duration, hook: impl Fn(&Leak) + Send + Sync + 'static) -> Builder {
        self.report = Some(Report { older_than, hook: Arc::new(hook) });
        self
    }

    /// Makes the pool. It costs some hundred bytes, and no coroutine.
    ///
    /// Tasks run in the runtime of whoever submits them; those from threads without a runtime in the one that is current
    /// here.
    ///
    /// # Panics
    /// If leaks are to be told of, and there is no thread for that.
    ///
    /// ```
    /// # use gopark_runtime::face as gopark;
    /// let pool = gopark_pool::Pool::builder().workers(1).build();
    /// assert_eq!(gopark::run(|| pool.submit(|| 1).join().unwrap()), 1);
    /// ```
    pub fn build(self) -> Pool {
        let Builder { workers, queue, name, max_queue_age, report } = self;
        let (alive, ends) = report.is_some().then(|| mpsc::sync_channel(0)).unzip();
        let shared = Shared::new(workers, queue, name, max_queue_age, Starter::try_current(), alive);
        let pool = Pool::of(Arc::new(shared));
        if let (Some(report), Some(ends)) = (report, ends) {
            report.begin(&pool.shared, ends);
        }
        pool
    }
}
