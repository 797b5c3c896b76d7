//! A request to one thread and then one to another: each answer is of who was asked, whole, and of this request.

use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore;
use loom::cell::UnsafeCell;
use loom::thread;

use super::request::Request;

struct Asked {
    request: Request,
    /// Who has answered.
    answer: UnsafeCell<u32>,
}

impl Asked {
    /// The signal handler of `thread`.
    fn on_signal(&self, thread: u32) {
        if self.request.try_take(thread) {
            // SAFETY: loom checks the very claim that nobody else is at it.
            self.answer.with_mut(|answer| unsafe { *answer = thread });
            self.request.answer(thread);
        }
    }

    /// Asks, and has no patience at all.
    fn ask(&self, thread: u32) {
        self.request.ask(thread);
        if !self.request.is_answered() {
            if self.request.withdraw() {
                return;
            }
            while !self.request.is_answered() {
                thread::yield_now();
            }
        }
        // SAFETY: as above.
        let by = self.answer.with(|answer| unsafe { *answer });
        assert_eq!(by, thread, "the answer of another thread");
        self.request.end();
    }
}

/// Both threads have been sent the signal that is meant for the first, or for an earlier request: it may come at any time.
pub(crate) fn two_threads() {
    explore(|| {
        let asked = Rc::new(Asked { request: Request::new(), answer: UnsafeCell::new(0) });
        let crew = Crew::new();
        for thread in [1, 2] {
            let asked = asked.clone();
            crew.member(move || asked.on_signal(thread));
        }
        let asker = asked.clone();
        crew.member(move || {
            asker.ask(1);
            asker.ask(2);
        });
        crew.join();
    });
}
