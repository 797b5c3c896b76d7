//! The mutex: one at a time, and nobody is left waiting.

use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;

use super::guarded::Guarded;
use super::mutex_word::RawMutex;
use super::rt::{self, SOON};

struct Shared {
    lock: RawMutex,
    data: Guarded,
}

impl Shared {
    fn new(hands_over: bool) -> Rc<Shared> {
        rt::reset();
        Rc::new(Shared { lock: RawMutex::new(hands_over), data: Guarded::new() })
    }

    /// Nobody holds it, nobody waits, and so many have been inside.
    fn end(&self, turns: usize) {
        assert!(self.lock.try_take(), "it is free");
        assert_eq!(self.data.get(), turns);
        self.lock.give_back();
        assert!(!self.lock.is_taken());
        rt::reset();
    }

    fn turn(&self) {
        self.lock.take();
        self.data.add();
        self.lock.give_back();
    }
}

fn crowd(preemptions: usize, hands_over: bool, turns: &'static [usize]) {
    explore_within(preemptions, move || {
        let shared = Shared::new(hands_over);
        let crew = Crew::new();
        for &turns in turns {
            let shared = shared.clone();
            crew.member(move || (0..turns).for_each(|_| shared.turn()));
        }
        crew.join();
        shared.end(turns.iter().sum());
    });
}

/// One comes twice, and may pass those who wait.
pub(crate) fn competing() {
    crowd(3, false, &[2, 1]);
}

pub(crate) fn three_compete() {
    crowd(2, false, &[1, 1, 1]);
}

pub(crate) fn handed_over() {
    crowd(2, true, &[1, 1, 1]);
}

/// One always hands over, and one loses patience, just when it is his turn maybe.
pub(crate) fn impatient() {
    explore_within(2, || {
        let shared = Shared::new(false);
        let crew = Crew::new();
        let holder = shared.clone();
        crew.member(move || {
            holder.lock.take();
            holder.data.add();
            holder.lock.hand_over();
        });
        let impatient = shared.clone();
        crew.member(move || {
            if impatient.lock.take_until(SOON) {
                impatient.lock.give_back();
            }
        });
        let patient = shared.clone();
        crew.member(move || patient.turn());
        crew.join();
        shared.end(2);
    });
}

/// One of those who wait never goes on, be it that he was woken or that the lock was handed to him.
fn one_is_left_behind(hands_over: bool) {
    explore_within(2, move || {
        let shared = Shared::new(hands_over);
        shared.lock.take();
        let crew = Crew::new();
        let left_behind = shared.clone();
        crew.member(move || rt::abandoned(|| left_behind.turn()));
        let patient = shared.clone();
        crew.member(move || patient.turn());
        let holder = shared.clone();
        crew.member(move || holder.lock.give_back());
        crew.join();
        assert!(shared.lock.try_take(), "it is free");
        rt::reset();
    });
}

pub(crate) fn woken_and_left_behind() {
    one_is_left_behind(false);
}

pub(crate) fn holder_left_behind() {
    one_is_left_behind(true);
}
