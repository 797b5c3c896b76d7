//! Fresh coroutines, as far as queues know them: pointers that are only handed through.
//!
//! No pointer is followed here; it stands for a number. What a spawn writes before it queues a coroutine, and
//! what its machine does with it afterwards, are accesses to a cell of loom's, which are races unless the queue
//! has ordered them.

use std::ptr;

use loom::cell::UnsafeCell;

/// What a queue of tasks points to.
#[derive(Debug)]
pub struct Task(());

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Vacant,
    Made,
    Run,
}

/// Some tasks, and what has become of each.
#[derive(Debug)]
pub struct Tasks {
    states: Vec<UnsafeCell<State>>,
}

impl Tasks {
    /// `count` places for tasks.
    #[must_use]
    pub fn new(count: usize) -> Tasks {
        Tasks { states: (0..count).map(|_| UnsafeCell::new(State::Vacant)).collect() }
    }

    /// Makes the task of a place that is vacant.
    #[must_use]
    pub fn make(&self, number: usize) -> *mut Task {
        self.turn(number, State::Vacant, State::Made);
        pointer(number)
    }

    /// Runs what came out of a queue; returns its number.
    pub fn run(&self, task: *mut Task) -> usize {
        assert!(!task.is_null(), "an empty place was taken");
        self.turn(number(task), State::Made, State::Run);
        number(task)
    }

    /// The place of a task that has run may have another.
    pub fn vacate(&self, number: usize) {
        self.turn(number, State::Run, State::Vacant);
    }

    /// At the end: none was lost.
    pub fn assert_all_ran(&self) {
        (0..self.states.len()).for_each(|number| self.vacate(number));
    }

    fn turn(&self, number: usize, from: State, to: State) {
        self.states[number].with_mut(|state| {
            // SAFETY: before it calls, loom has checked that no other access is concurrent with this one.
            let before = unsafe { state.replace(to) };
            assert_eq!(before, from, "task {number} is lost or runs twice");
        });
    }
}

/// A pointer that stands for `number`. Never null.
#[must_use]
pub fn pointer<T>(number: usize) -> *mut T {
    ptr::without_provenance_mut(number + 1)
}

/// The reverse of [`pointer()`].
#[must_use]
pub fn number<T>(pointer: *mut T) -> usize {
    pointer.addr() - 1
}
