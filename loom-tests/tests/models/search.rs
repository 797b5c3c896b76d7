//! Idle machines, and those who have fresh work for them: how sched/{scheduler,sleep,search}.rs call `Idle` and
//! `Parker`, with a counter for the global queue and no rings.
//!
//! Two rules of the callers (idle.rs, invariant 3) stand here, and without either of them a model below fails:
//! - A waker that took the search and found no sleeper gives it back and looks at the queue again.
//! - A machine that has found work stops searching *before* it runs it, and wakes the next one if there is more.

use std::cell::Cell;
use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;
use gopark_loom_tests::kernel::EventFd;

use super::idle::Idle;
use super::parker::{Awoken, Parker};
use crate::atomic::{AtomicUsize, Ordering, fence};

struct Machine {
    parker: Parker,
    eventfd: EventFd,
    /// Where it stays while its coroutine waits, in the thread's way, for others to start.
    stuck: EventFd,
}

struct Scheduler {
    idle: Idle,
    machines: Vec<Machine>,
    /// The length of the global queue. Its lock orders the rest.
    global: AtomicUsize,
    stopping: AtomicUsize,
    /// Coroutines that have not been started yet. Known to who starts one, and to nobody else.
    to_start: Cell<usize>,
    searchers: Cell<usize>,
}

impl Scheduler {
    fn new(machines: usize, coroutines: usize) -> Rc<Scheduler> {
        let machine =
            || Machine { parker: Parker::new(), eventfd: EventFd::default(), stuck: EventFd::default() };
        Rc::new(Scheduler {
            idle: Idle::new(),
            machines: (0..machines).map(|_| machine()).collect(),
            global: AtomicUsize::new(0),
            stopping: AtomicUsize::new(0),
            to_start: Cell::new(coroutines),
            searchers: Cell::new(0),
        })
    }

    /// A plain thread spawns.
    fn inject(&self) {
        self.global.fetch_add(1, Ordering::Release);
        fence(Ordering::SeqCst);
        let all_idle = self.idle.count() >= self.machines.len();
        if (all_idle && self.idle.wants_searcher()) || self.idle.wants_deep_searcher() {
            self.wake_searcher();
        }
    }

    fn wake_searcher(&self) {
        if !self.idle.try_search() {
            return;
        }
        self.begins_to_search();
        if !self.call_one(Parker::draft) {
            self.stop_searching();
            if self.has_work() {
                self.call_one(Parker::notify);
            }
        }
    }

    /// Returns whether one slept.
    fn call_one(&self, how: impl Fn(&Parker) -> bool) -> bool {
        let called = self.machines.iter().find(|machine| how(&machine.parker));
        called.inspect(|machine| machine.eventfd.write()).is_some()
    }

    /// A machine's thread.
    fn schedule(&self, number: usize, each_waits_for_all: bool) {
        let mut searching = false;
        while !self.is_stopping() {
            let found = self.take();
            if !found && !searching && self.idle.try_search() {
                self.begins_to_search();
                searching = true;
            }
            if searching {
                searching = false;
                self.stop_searching();
            }
            if found {
                if self.has_work() && self.idle.wants_searcher() {
                    self.wake_searcher();
                }
                self.start(number, each_waits_for_all);
            } else {
                searching = self.sleep(number);
            }
        }
        if searching {
            self.stop_searching();
        }
    }

    /// Returns whether the machine is the searcher now.
    fn sleep(&self, number: usize) -> bool {
        let machine = &self.machines[number];
        self.idle.enter(true);
        machine.parker.prepare();
        if !self.has_work() && !self.is_stopping() {
            machine.eventfd.wait();
        }
        let awoken = machine.parker.finish();
        self.idle.leave(true);
        awoken == Awoken::Drafted
    }

    fn has_work(&self) -> bool {
        self.global.load(Ordering::Relaxed) != 0
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed) != 0
    }

    fn take(&self) -> bool {
        let less = |len: usize| len.checked_sub(1);
        self.has_work() && self.global.fetch_update(Ordering::AcqRel, Ordering::Relaxed, less).is_ok()
    }

    /// A coroutine runs. The last one stops the runtime.
    fn start(&self, number: usize, each_waits_for_all: bool) {
        let left = self.to_start.get() - 1;
        self.to_start.set(left);
        if left == 0 {
            self.stopping.fetch_add(1, Ordering::AcqRel);
            for machine in &self.machines {
                machine.stuck.write();
                if machine.parker.notify() {
                    machine.eventfd.write();
                }
            }
        } else if each_waits_for_all {
            self.machines[number].stuck.wait();
        }
    }

    fn begins_to_search(&self) {
        self.searchers.set(self.searchers.get() + 1);
        assert_eq!(self.searchers.get(), 1, "1: one searches");
    }

    /// Whoever stops looks at the queue afterwards.
    fn stop_searching(&self) {
        self.searchers.set(self.searchers.get() - 1);
        self.idle.stop_searching();
    }

    fn assert_nobody_is_idle(&self) {
        assert!(self.idle.count() == 0 && !self.idle.wants_deep_searcher(), "2: nobody is idle any more");
        assert!(self.idle.try_search(), "1: the right to search is lost");
    }
}

/// Two plain threads spawn at once, and wake the same machine.
pub(crate) fn two_injectors() {
    explore_within(2, || {
        let scheduler = Scheduler::new(1, 2);
        let crew = Crew::new();
        let machine = scheduler.clone();
        crew.member(move || machine.schedule(0, false));
        for _ in 0..2 {
            let plain_thread = scheduler.clone();
            crew.member(move || plain_thread.inject());
        }
        crew.join();
        scheduler.assert_nobody_is_idle();
    });
}

/// Two machines for one coroutine: one of them sleeps on.
pub(crate) fn two_machines() {
    explore_within(2, || {
        let scheduler = Scheduler::new(2, 1);
        let crew = Crew::new();
        for number in 0..2 {
            let machine = scheduler.clone();
            crew.member(move || machine.schedule(number, false));
        }
        let plain_thread = scheduler.clone();
        crew.member(move || plain_thread.inject());
        crew.join();
        scheduler.assert_nobody_is_idle();
    });
}

/// Two coroutines that wait for each other in their threads' way: both machines have to be awake.
pub(crate) fn stuck_machines() {
    explore_within(1, || {
        let scheduler = Scheduler::new(2, 2);
        let crew = Crew::new();
        for number in 0..2 {
            let machine = scheduler.clone();
            crew.member(move || machine.schedule(number, true));
        }
        let plain_thread = scheduler.clone();
        crew.member(move || {
            plain_thread.inject();
            plain_thread.inject();
        });
        crew.join();
        scheduler.assert_nobody_is_idle();
    });
}
