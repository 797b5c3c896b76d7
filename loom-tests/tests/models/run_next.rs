//! `run_next`: one word that the owner swaps and thieves compare.

use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore;
use gopark_loom_tests::tasks::{Task, Tasks};

use super::run_queue::RunQueue;

struct Processor {
    tasks: Tasks,
    queue: RunQueue<Task>,
}

impl Processor {
    fn new(tasks: usize) -> Rc<Processor> {
        Rc::new(Processor { tasks: Tasks::new(tasks), queue: RunQueue::new() })
    }

    /// Owner, as one that is alone puts it there: by a store, if nothing is.
    fn spawn_alone(&self, task: usize) {
        let made = self.tasks.make(task);
        if !self.queue.try_set_next(made)
            && let Some(displaced) = self.queue.set_next(made)
        {
            self.queue.push(displaced).expect("the ring has room");
        }
    }

    /// Owner: what is displaced goes to the ring, which has room.
    fn spawn(&self, task: usize) {
        if let Some(displaced) = self.queue.set_next(self.tasks.make(task)) {
            self.queue.push(displaced).expect("the ring has room");
        }
    }

    /// Owner, as often as there is something. Returns the last one.
    fn run_all(&self) -> Option<usize> {
        let mut last = None;
        while let Some(task) = self.queue.take_next().or_else(|| self.queue.pop()) {
            last = Some(self.tasks.run(task));
        }
        assert!(self.queue.is_empty(), "the owner knows");
        last
    }

    /// Thief: looks, and takes what it saw. (Between the two it waits for 3 us.)
    fn steal(&self) {
        let seen = self.queue.peek_next();
        if self.queue.steal_next(seen) {
            self.tasks.run(seen);
        }
    }

    fn assert_all_run(&self) {
        self.run_all();
        self.tasks.assert_all_ran();
    }
}

/// Invariant 4 with two thieves.
pub(crate) fn one_word() {
    explore(|| {
        let processor = Processor::new(2);
        let crew = Crew::new();
        let owner = processor.clone();
        crew.member(move || {
            owner.spawn(0);
            owner.spawn(1);
            owner.run_all();
        });
        for _ in 0..2 {
            let thief = processor.clone();
            crew.member(move || thief.steal());
        }
        crew.join();
        processor.assert_all_run();
    });
}

/// The same, stored.
pub(crate) fn stored() {
    explore(|| {
        let processor = Processor::new(2);
        let crew = Crew::new();
        let owner = processor.clone();
        crew.member(move || {
            owner.spawn_alone(0);
            owner.spawn_alone(1);
            owner.run_all();
        });
        for _ in 0..2 {
            let thief = processor.clone();
            crew.member(move || thief.steal());
        }
        crew.join();
        processor.assert_all_run();
    });
}

/// The value comes back: the coroutine ends, its place is reused. A thief that saw the old one takes the new.
pub(crate) fn reused_place() {
    explore(|| {
        let processor = Processor::new(1);
        let crew = Crew::new();
        let owner = processor.clone();
        crew.member(move || {
            owner.spawn(0);
            if owner.run_all().is_some() {
                owner.tasks.vacate(0);
                owner.spawn(0);
            }
        });
        for _ in 0..2 {
            let thief = processor.clone();
            crew.member(move || thief.steal());
        }
        crew.join();
        processor.assert_all_run();
    });
}
