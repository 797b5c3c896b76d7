//! The parker: a machine that sleeps is called, by one waker, and learns how.

use std::cell::Cell;
use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;
use gopark_loom_tests::kernel::EventFd;

use super::idle::Idle;
use super::parker::{Awoken, Parker};
use crate::atomic::{AtomicUsize, Ordering};

struct Machine {
    parker: Parker,
    eventfd: EventFd,
    idle: Idle,
    /// Inbox, global queue and stop flag in one: it is looked at by a relaxed load, as they are.
    work: AtomicUsize,
    sleeps: Cell<u32>,
    calls: Cell<u32>,
    /// How often `finish` said that somebody called.
    called: Cell<u32>,
}

impl Machine {
    fn new() -> Rc<Machine> {
        Rc::new(Machine {
            parker: Parker::new(),
            eventfd: EventFd::default(),
            idle: Idle::new(),
            work: AtomicUsize::new(0),
            sleeps: Cell::new(0),
            calls: Cell::new(0),
            called: Cell::new(0),
        })
    }

    /// The machine's thread, until it has seen `all` of the work.
    fn run(&self, all: usize) {
        let mut seen = 0;
        while seen < all {
            let work = self.work.load(Ordering::Relaxed);
            if work == seen {
                self.sleep(seen);
            }
            seen = work;
        }
    }

    fn sleep(&self, seen: usize) {
        self.sleeps.set(self.sleeps.get() + 1);
        self.parker.prepare();
        if self.work.load(Ordering::Relaxed) == seen {
            self.eventfd.wait();
        }
        let awoken = self.parker.finish();
        self.called.set(self.called.get() + u32::from(awoken != Awoken::ByItself));
        if awoken == Awoken::Drafted {
            self.idle.stop_searching();
        }
    }

    fn publish(&self) {
        self.work.fetch_add(1, Ordering::Relaxed);
    }

    fn hand_over(&self) {
        self.publish();
        if self.parker.notify() {
            self.wake();
        }
    }

    /// As `wake_searcher` of sched/scheduler.rs.
    fn draft(&self) {
        self.publish();
        if !self.idle.try_search() {
            return;
        }
        if self.parker.draft() {
            self.wake();
        } else {
            self.idle.stop_searching();
        }
    }

    fn wake(&self) {
        self.calls.set(self.calls.get() + 1);
        self.eventfd.write();
    }

    fn assert_called_properly(&self) {
        assert!(self.calls.get() <= self.sleeps.get(), "two wakers called the kernel for one sleep");
        assert_eq!(self.calls.get(), self.called.get(), "the machine has not noticed who called");
        assert!(self.idle.try_search(), "the right to search is lost");
    }
}

/// "No wake-up is lost", with two wakers for two pieces of work.
pub(crate) fn hand_overs() {
    explore_within(3, || {
        let machine = Machine::new();
        let crew = Crew::new();
        let sleeper = machine.clone();
        crew.member(move || sleeper.run(2));
        for _ in 0..2 {
            let waker = machine.clone();
            crew.member(move || waker.hand_over());
        }
        crew.join();
        machine.assert_called_properly();
    });
}

/// Who drafts gives the right to search away, if and only if the machine gets it.
pub(crate) fn draft_and_hand_over() {
    explore_within(3, || {
        let machine = Machine::new();
        let crew = Crew::new();
        let sleeper = machine.clone();
        crew.member(move || sleeper.run(2));
        let waker = machine.clone();
        crew.member(move || waker.hand_over());
        let searcher = machine.clone();
        crew.member(move || searcher.draft());
        crew.join();
        machine.assert_called_properly();
    });
}
