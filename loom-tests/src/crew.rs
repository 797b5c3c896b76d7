//! The threads of a model.
//!
//! Loom's own `join` prints a line each time (0.7.2), and costs a scheduling point. A crew is as good: the main
//! thread of the model starts it and sleeps; what its members did happened before [`Crew::join`] returns.

use std::cell::Cell;
use std::rc::Rc;

use loom::thread::{self, Thread};

/// The most members that a model may have: loom runs five threads, and one of them is the main one.
pub const MOST: usize = 4;

/// Threads that are waited for together.
#[derive(Debug)]
pub struct Crew {
    leader: Thread,
    at_work: Rc<Cell<usize>>,
}

impl Crew {
    /// An empty crew, for the main thread of the model.
    #[must_use]
    pub fn new() -> Crew {
        Crew { leader: thread::current(), at_work: Rc::default() }
    }

    /// One more member. None of them runs before [`join`](Crew::join).
    pub fn member(&self, work: impl FnOnce() + 'static) {
        self.start(Box::new(work));
    }

    /// Boxed, so that this is compiled once and not for each member of each model and mutant.
    fn start(&self, work: Box<dyn FnOnce()>) {
        let (leader, at_work) = (self.leader.clone(), self.at_work.clone());
        at_work.set(at_work.get() + 1);
        assert!(at_work.get() <= MOST, "a model has at most {MOST} threads besides its main one");
        // The handle is dropped: see above.
        drop(thread::spawn(move || {
            work();
            at_work.set(at_work.get() - 1);
            // The leader does nothing but sleep in `join`, so it learns nothing too early from this.
            leader.unpark();
        }));
    }

    /// Waits until all have returned.
    pub fn join(self) {
        while self.at_work.get() != 0 {
            thread::park();
        }
    }
}

impl Default for Crew {
    fn default() -> Crew {
        Crew::new()
    }
}
