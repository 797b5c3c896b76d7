//! Fresh work to spare: a machine spawns, and another that sleeps is drafted to steal. Run queue, idle counts and
//! parker together, as sched/{machine,sleep,search}.rs use them.
//!
//! The spawner looks at the idle counts without a fence, and may miss the sleeper: then it runs everything
//! itself. So the model asks that nothing is lost or runs twice, not who runs it.

use std::cell::Cell;
use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;
use gopark_loom_tests::kernel::EventFd;
use gopark_loom_tests::tasks::{Task, Tasks};
use loom::thread;

use super::idle::Idle;
use super::parker::{Awoken, Parker};
use super::run_queue::RunQueue;
use crate::atomic::{AtomicUsize, Ordering};

struct Machines {
    tasks: Tasks,
    /// Tasks that have not run yet. Known to who runs one, and to nobody else.
    to_run: Cell<usize>,
    stopping: AtomicUsize,
    /// Of the spawner and of the sleeper.
    queues: [RunQueue<Task>; 2],
    idle: Idle,
    /// Of the sleeper.
    parker: Parker,
    eventfd: EventFd,
}

impl Machines {
    fn new(tasks: usize) -> Rc<Machines> {
        Rc::new(Machines {
            tasks: Tasks::new(tasks),
            to_run: Cell::new(tasks),
            stopping: AtomicUsize::new(0),
            queues: [RunQueue::new(), RunQueue::new()],
            idle: Idle::new(),
            parker: Parker::new(),
            eventfd: EventFd::default(),
        })
    }

    /// `queue_fresh`.
    fn spawn(&self, task: usize) {
        let displaced = self.queues[0].set_next(self.tasks.make(task));
        if let Some(displaced) = displaced {
            self.queues[0].push(displaced).expect("the ring has room");
        }
        let wanted =
            if displaced.is_some() { self.idle.wants_searcher() } else { self.idle.wants_deep_searcher() };
        if wanted && self.idle.try_search() {
            if self.parker.draft() {
                self.eventfd.write();
            } else {
                self.idle.stop_searching();
            }
        }
    }

    /// The last one stops the runtime.
    fn run(&self, task: *mut Task) {
        self.tasks.run(task);
        self.to_run.set(self.to_run.get() - 1);
        if self.to_run.get() == 0 {
            self.stopping.store(1, Ordering::Release);
            if self.parker.notify() {
                self.eventfd.write();
            }
        }
    }

    fn run_all(&self, queue: usize) {
        let queue = &self.queues[queue];
        while let Some(task) = queue.take_next().or_else(|| queue.pop()) {
            self.run(task);
        }
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed) != 0
    }

    /// The sleeper's thread.
    fn sleep_and_search(&self) {
        while !self.is_stopping() {
            self.idle.enter(true);
            self.parker.prepare();
            if self.queues[0].is_empty() && !self.is_stopping() {
                self.eventfd.wait();
            }
            let awoken = self.parker.finish();
            self.idle.leave(true);
            match self.search(awoken == Awoken::Drafted) {
                Some(task) => {
                    self.run(task);
                    self.run_all(1);
                }
                // The spawner has work and the search, and has to go on for this machine to find something.
                None => thread::yield_now(),
            }
        }
    }

    fn search(&self, drafted: bool) -> Option<*mut Task> {
        if !drafted && !self.idle.try_search() {
            return None;
        }
        let stolen = self.steal();
        self.idle.stop_searching();
        stolen
    }

    fn steal(&self) -> Option<*mut Task> {
        self.queues[0].steal_into(&self.queues[1]).or_else(|| {
            let seen = self.queues[0].peek_next();
            self.queues[0].steal_next(seen).then_some(seen)
        })
    }
}

/// The spawner turns to what it has spawned when it has spawned all.
pub(crate) fn spawner_and_sleeper() {
    explore_within(2, || {
        let machines = Machines::new(3);
        let crew = Crew::new();
        let spawner = machines.clone();
        crew.member(move || {
            (0..3).for_each(|task| spawner.spawn(task));
            spawner.run_all(0);
        });
        let sleeper = machines.clone();
        crew.member(move || sleeper.sleep_and_search());
        crew.join();
        machines.tasks.assert_all_ran();
        assert!(machines.idle.count() == 0 && machines.idle.try_search(), "the right to search is lost");
    });
}
