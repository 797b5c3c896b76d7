//! Those who wait to be told: none sleeps on, and as many are told as were told.

use std::cell::Cell;
use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;
use loom::sync::atomic::{AtomicUsize, Ordering};

use super::listeners::Listeners;
use super::mutex_word::RawMutex;
use super::rt::{self, NEVER, Nanos, SOON};

struct Shared {
    lock: RawMutex,
    condition: AtomicUsize,
    listeners: Listeners,
    told: Cell<usize>,
}

impl Shared {
    fn new() -> Rc<Shared> {
        rt::reset();
        Rc::new(Shared {
            lock: RawMutex::new(false),
            condition: AtomicUsize::new(0),
            listeners: Listeners::new(),
            told: Cell::new(0),
        })
    }

    fn wait_once(&self, deadline: Nanos) {
        if self.listeners.wait(1, || self.lock.give_back(), deadline).expect("one mutex") {
            self.told.set(self.told.get() + 1);
        }
        self.lock.take();
    }

    fn wait(&self) {
        self.lock.take();
        // Relaxed: the mutex orders it.
        while self.condition.load(Ordering::Relaxed) == 0 {
            self.wait_once(NEVER);
        }
        self.lock.give_back();
    }

    fn set(&self) {
        self.lock.take();
        self.condition.store(1, Ordering::Relaxed);
        self.lock.give_back();
    }
}

pub(crate) fn one_waits() {
    explore_within(3, || {
        let shared = Shared::new();
        let crew = Crew::new();
        let waits = shared.clone();
        crew.member(move || waits.wait());
        let tells = shared.clone();
        crew.member(move || {
            tells.set();
            tells.listeners.tell_one();
        });
        crew.join();
        rt::reset();
    });
}

pub(crate) fn all_are_told() {
    explore_within(2, || {
        let shared = Shared::new();
        let crew = Crew::new();
        for _ in 0..2 {
            let waits = shared.clone();
            crew.member(move || waits.wait());
        }
        let tells = shared.clone();
        crew.member(move || {
            tells.set();
            tells.listeners.tell_all();
        });
        crew.join();
        rt::reset();
    });
}

/// One has no patience; whoever is said to have been told was.
pub(crate) fn impatient() {
    explore_within(2, || {
        let shared = Shared::new();
        let crew = Crew::new();
        for _ in 0..2 {
            let waits = shared.clone();
            crew.member(move || {
                waits.lock.take();
                waits.wait_once(SOON);
                waits.lock.give_back();
            });
        }
        let tells = shared.clone();
        let tells_told = Rc::new(Cell::new(0));
        let told = tells_told.clone();
        crew.member(move || told.set(usize::from(tells.listeners.tell_one())));
        crew.join();
        assert_eq!(shared.told.get(), tells_told.get(), "told and timed out");
        rt::reset();
    });
}

/// One of two is told and never goes on: the other one is told instead.
pub(crate) fn left_behind() {
    explore_within(2, || {
        let shared = Shared::new();
        let crew = Crew::new();
        let left_behind = shared.clone();
        crew.member(move || {
            left_behind.lock.take();
            rt::abandoned(|| left_behind.wait_once(NEVER));
        });
        let waits = shared.clone();
        crew.member(move || waits.wait());
        let tells = shared.clone();
        crew.member(move || {
            tells.set();
            tells.listeners.tell_one();
        });
        crew.join();
        rt::reset();
    });
}
