//! The ring: every entry is taken once, by its owner or a thief, with what was written before it was pushed.

use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::{explore, explore_within};
use gopark_loom_tests::tasks::{Task, Tasks};

use super::run_queue::RunQueue;

struct Processors {
    tasks: Tasks,
    queues: Vec<RunQueue<Task>>,
}

impl Processors {
    fn new(processors: usize, tasks: usize) -> Rc<Processors> {
        let queues = (0..processors).map(|_| RunQueue::new()).collect();
        Rc::new(Processors { tasks: Tasks::new(tasks), queues })
    }

    /// Owner of queue 0. What spills runs at once, as if the global queue had got it.
    fn spawn(&self, task: usize) {
        if let Err(overflow) = self.queues[0].push(self.tasks.make(task)) {
            overflow.entries.into_iter().for_each(|spilled| {
                self.tasks.run(spilled);
            });
        }
    }

    fn run_all(&self, queue: usize) {
        while let Some(task) = self.queues[queue].pop() {
            self.tasks.run(task);
        }
    }

    /// Owner of `thief`, whose ring is empty.
    fn steal(&self, thief: usize, victim: usize) {
        if let Some(task) = self.queues[victim].steal_into(&self.queues[thief]) {
            self.tasks.run(task);
        }
    }

    fn assert_all_run(&self) {
        (0..self.queues.len()).for_each(|queue| self.run_all(queue));
        assert!(self.queues.iter().all(RunQueue::is_empty));
        self.tasks.assert_all_ran();
    }
}

/// Invariants 1 and 3, and that `push` publishes.
pub(crate) fn owner_and_thief() {
    explore(|| {
        let processors = Processors::new(2, 3);
        let crew = Crew::new();
        let owner = processors.clone();
        crew.member(move || {
            (0..3).for_each(|task| owner.spawn(task));
            owner.run_all(0);
        });
        let thief = processors.clone();
        crew.member(move || {
            thief.steal(1, 0);
            thief.run_all(1);
        });
        crew.join();
        processors.assert_all_run();
    });
}

/// Invariant 3 between thieves.
pub(crate) fn two_thieves() {
    explore_within(2, || {
        let processors = Processors::new(3, 3);
        let crew = Crew::new();
        let owner = processors.clone();
        crew.member(move || {
            (0..3).for_each(|task| owner.spawn(task));
            owner.run_all(0);
        });
        for number in [1, 2] {
            let thief = processors.clone();
            crew.member(move || {
                thief.steal(number, 0);
                thief.run_all(number);
            });
        }
        crew.join();
        processors.assert_all_run();
    });
}

/// A full ring spills its older half while a thief is at it.
pub(crate) fn spill_and_steal() {
    explore(|| {
        let processors = Processors::new(2, 6);
        (0..3).for_each(|task| processors.spawn(task));
        let crew = Crew::new();
        let owner = processors.clone();
        crew.member(move || (3..6).for_each(|task| owner.spawn(task)));
        let thief = processors.clone();
        crew.member(move || thief.steal(1, 0));
        crew.join();
        processors.assert_all_run();
    });
}

/// Invariant 2: the owner goes round and overwrites the places that a slow thief reads.
pub(crate) fn round_the_ring() {
    explore_within(3, || {
        let processors = Processors::new(2, 7);
        (0..3).for_each(|task| processors.spawn(task));
        let crew = Crew::new();
        let owner = processors.clone();
        crew.member(move || {
            owner.run_all(0);
            (3..7).for_each(|task| owner.spawn(task));
        });
        let thief = processors.clone();
        crew.member(move || thief.steal(1, 0));
        crew.join();
        processors.assert_all_run();
    });
}

/// What a thief has moved to its own ring is stolen from there, and the thief steals again.
pub(crate) fn steal_from_a_thief() {
    explore_within(3, || {
        let processors = Processors::new(3, 4);
        let crew = Crew::new();
        let first = processors.clone();
        crew.member(move || {
            (0..4).for_each(|task| first.spawn(task));
        });
        let second = processors.clone();
        crew.member(move || {
            second.steal(1, 0);
            second.run_all(1);
            second.steal(1, 0);
        });
        let third = processors.clone();
        crew.member(move || third.steal(2, 1));
        crew.join();
        processors.assert_all_run();
    });
}
