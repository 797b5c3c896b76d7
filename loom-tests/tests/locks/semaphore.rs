//! Permits: never more than there are, and nobody is left waiting.

use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;

use super::guarded::Guarded;
use super::rt::{self, NEVER, Nanos, SOON, Wait};
use super::semaphore_word::Permits;

struct Shared {
    permits: Permits,
    data: Guarded,
}

impl Shared {
    fn new(many: usize) -> Rc<Shared> {
        rt::reset();
        Rc::new(Shared { permits: Permits::new(many), data: Guarded::new() })
    }

    fn take(&self, many: usize, wait: Wait, deadline: Nanos) -> bool {
        self.permits.try_take(many) || self.permits.take_contended(many, wait, deadline, || false)
    }

    fn turn(&self, many: usize) {
        assert!(self.take(many, Wait::Plain, NEVER));
        self.data.add();
        self.permits.put(many);
    }

    fn end(&self, many: usize) {
        assert_eq!(self.permits.count(), many);
        assert!(self.permits.try_take(many), "nobody waits");
        rt::reset();
    }
}

pub(crate) fn one_permit() {
    explore_within(2, || {
        let shared = Shared::new(1);
        let crew = Crew::new();
        for _ in 0..3 {
            let member = shared.clone();
            crew.member(move || member.turn(1));
        }
        crew.join();
        assert_eq!(shared.data.get(), 3);
        shared.end(1);
    });
}

/// Two come back one by one, for one who needs both.
pub(crate) fn several_at_once() {
    explore_within(2, || {
        let shared = Shared::new(0);
        let crew = Crew::new();
        let needs_two = shared.clone();
        crew.member(move || needs_two.turn(2));
        for _ in 0..2 {
            let gives = shared.clone();
            crew.member(move || gives.permits.put(1));
        }
        crew.join();
        shared.end(2);
    });
}

/// One who needs many gives up, and lets one in who needs few.
pub(crate) fn impatient() {
    explore_within(2, || {
        let shared = Shared::new(1);
        let crew = Crew::new();
        let greedy = shared.clone();
        crew.member(move || assert!(!greedy.take(2, Wait::Open, SOON)));
        for _ in 0..2 {
            let modest = shared.clone();
            crew.member(move || modest.turn(1));
        }
        crew.join();
        shared.end(1);
    });
}

pub(crate) fn left_behind() {
    explore_within(2, || {
        let shared = Shared::new(0);
        let crew = Crew::new();
        let left_behind = shared.clone();
        crew.member(move || rt::abandoned(|| left_behind.turn(1)));
        let waits = shared.clone();
        crew.member(move || waits.turn(1));
        let gives = shared.clone();
        crew.member(move || gives.permits.put(1));
        crew.join();
        shared.end(1);
    });
}
