//! What is done once: by one, and nobody is left waiting for it.

use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;

use super::guarded::Guarded;
use super::once_word::{Begin, OnceWord, Progress};
use super::rt;

struct Shared {
    once: OnceWord,
    data: Guarded,
}

impl Shared {
    fn new() -> Rc<Shared> {
        rt::reset();
        Rc::new(Shared { once: OnceWord::new(), data: Guarded::new() })
    }

    fn call(&self) {
        if !self.once.is_done() {
            match self.once.begin(true) {
                Begin::Doing(doing) => {
                    self.data.add();
                    doing.succeed();
                }
                Begin::Done => {}
                Begin::Poisoned => panic!("it insists"),
            }
        }
        assert_eq!(self.data.get(), 1);
    }

    fn end(&self) {
        assert_eq!(self.once.progress(), Progress::Done);
        rt::reset();
    }
}

fn crowd(members: &'static [fn(&Shared)]) {
    explore_within(2, move || {
        let shared = Shared::new();
        let crew = Crew::new();
        for &member in members {
            let shared = shared.clone();
            crew.member(move || member(&shared));
        }
        crew.join();
        shared.end();
    });
}

pub(crate) fn three_callers() {
    crowd(&[Shared::call, Shared::call, Shared::call]);
}

/// One waits for somebody to begin.
pub(crate) fn one_waits() {
    fn waits(shared: &Shared) {
        shared.once.wait();
        assert_eq!(shared.data.get(), 1);
    }
    crowd(&[Shared::call, waits, Shared::call]);
}

/// One begins and panics.
pub(crate) fn one_panics() {
    fn panics(shared: &Shared) {
        match shared.once.begin(false) {
            Begin::Doing(doing) => assert!(!doing.is_retry), // dropped: as in a panic
            Begin::Done | Begin::Poisoned => {}
        }
    }
    fn waits(shared: &Shared) {
        shared.once.wait();
    }
    crowd(&[panics, Shared::call, waits]);
}
