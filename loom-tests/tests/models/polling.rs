//! Who polls, where sockets and timers are common: no deadline is overslept, and one machine polls at a time.
//!
//! A machine sets a deadline, and lies down, on duty or off. Nothing else happens in these models, so if the poller sleeps
//! without end and nobody wakes it, they are stuck.

use std::cell::Cell;
use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::{explore, explore_within};
use gopark_loom_tests::kernel::EventFd;
use loom::sync::Mutex;

use super::parker::Parker;
use super::poller_role::{Place, PollerRole};
use crate::atomic::{AtomicU64, Ordering};

/// No timer is armed.
const NEVER: u64 = u64::MAX;

struct Runtime {
    role: PollerRole,
    /// When the first timer is due.
    next: AtomicU64,
    /// The shared instance of epoll, as far as it can be called.
    eventfd: EventFd,
    polling: Cell<usize>,
    fired: Cell<bool>,
}

impl Runtime {
    fn new() -> Rc<Runtime> {
        Rc::new(Runtime {
            role: PollerRole::new(),
            next: AtomicU64::new(NEVER),
            eventfd: EventFd::default(),
            polling: Cell::new(0),
            fired: Cell::new(false),
        })
    }

    fn next(&self) -> u64 {
        self.next.load(Ordering::Acquire)
    }

    fn arm(&self, deadline: u64) {
        self.next.store(deadline, Ordering::Release);
    }

    /// A machine without anything to do. One that polls fires what is due when it gets up, and ends then.
    fn lie_down(&self) {
        loop {
            match self.role.settle(|| self.next()) {
                Place::Poller(until) => {
                    self.polling.set(self.polling.get() + 1);
                    assert_eq!(self.polling.get(), 1, "two machines poll");
                    if until == NEVER {
                        self.eventfd.wait();
                    }
                    self.polling.set(self.polling.get() - 1);
                    self.role.leave();
                    if self.next() != NEVER {
                        self.fired.set(true);
                    }
                    if self.fired.get() {
                        // Another one may poll by now, and has no deadline to wait for.
                        self.eventfd.write();
                        return;
                    }
                }
                Place::AsideOfSleeper => return self.eventfd.write(),
                Place::Aside => return,
            }
        }
    }
}

/// One machine polls or is about to; another one sets a deadline, and lies down as `lies_down` says.
fn beside_a_poller(lies_down: fn(&Runtime)) {
    explore(move || {
        let runtime = Runtime::new();
        let crew = Crew::new();
        let poller = runtime.clone();
        crew.member(move || poller.lie_down());
        let setter = runtime.clone();
        crew.member(move || {
            setter.arm(5);
            lies_down(&setter);
        });
        crew.join();
        assert!(runtime.fired.get(), "the deadline was overslept");
        assert!(runtime.role.is_free(), "whoever polled has left");
    });
}

pub(crate) fn a_deadline_and_a_poller() {
    beside_a_poller(Runtime::lie_down);
}

/// Two that have set deadlines, and one that polls or is about to.
pub(crate) fn one_at_a_time() {
    explore_within(2, || {
        let runtime = Runtime::new();
        let crew = Crew::new();
        for deadline in [0, 5, 7] {
            let machine = runtime.clone();
            crew.member(move || {
                if deadline != 0 {
                    machine.arm(deadline);
                }
                machine.lie_down();
            });
        }
        crew.join();
        assert!(runtime.fired.get(), "the deadlines were overslept");
    });
}

/// The other machine is a substitute that is not needed any more: it does not poll, and sees to it that somebody does.
pub(crate) fn a_deadline_left_behind() {
    beside_a_poller(|setter| match setter.role.stand_aside(|| setter.next()) {
        Some(Place::AsideOfSleeper) => setter.eventfd.write(),
        Some(place) => assert_eq!(place, Place::Aside),
        None => {} // the other one has not lain down, or is up already
    });
}

/// The substitute has polled itself, and the other machine may lie aside, in an instance of epoll of its own.
pub(crate) fn the_poller_goes_off_duty() {
    explore(|| {
        let runtime = Runtime::new();
        assert_eq!(runtime.role.settle(|| runtime.next()), Place::Poller(NEVER));
        let (parker, own) = (Rc::new(Parker::new()), Rc::new(EventFd::default()));
        let crew = Crew::new();
        let (worker, its_parker, its_own) = (runtime.clone(), parker.clone(), own.clone());
        crew.member(move || {
            while !worker.fired.get() {
                match worker.role.settle(|| worker.next()) {
                    Place::Poller(until) => {
                        if until == NEVER {
                            worker.eventfd.wait();
                        }
                        worker.role.leave();
                        worker.fired.set(worker.next() != NEVER);
                    }
                    place => {
                        if place == Place::AsideOfSleeper {
                            worker.eventfd.write();
                        }
                        // `lie_down` of sched/rest.rs.
                        its_parker.prepare();
                        if !worker.role.is_free() {
                            its_own.wait();
                        }
                        let _ = its_parker.finish();
                    }
                }
            }
        });
        let substitute = runtime.clone();
        crew.member(move || {
            substitute.role.leave();
            substitute.arm(5);
            match substitute.role.stand_aside(|| substitute.next()) {
                Some(Place::AsideOfSleeper) => substitute.eventfd.write(),
                Some(place) => assert_eq!(place, Place::Aside),
                None if parker.notify() => own.write(),
                None => {}
            }
        });
        crew.join();
    });
}

/// The first deadline, which is there from the beginning.
const SOON: u64 = 3;
const LATER: u64 = 5;

/// As sched/timers.rs does it.
struct Timers {
    queue: Mutex<Vec<u64>>,
    next: AtomicU64,
}

impl Timers {
    fn arm(&self, deadline: u64) {
        let mut queue = self.queue.lock().expect("no panic");
        queue.push(deadline);
        self.show(&queue);
    }

    /// Returns what is due.
    fn expire(&self, now: u64) -> Vec<u64> {
        let mut queue = self.queue.lock().expect("no panic");
        let (due, rest) = queue.iter().partition(|deadline| **deadline <= now);
        *queue = rest;
        self.show(&queue);
        due
    }

    fn show(&self, queue: &[u64]) {
        self.next.store(queue.iter().copied().min().unwrap_or(NEVER), Ordering::Release);
    }
}

/// A machine that runs has fired the first timer in passing. Another one sets a later deadline, and stands aside because
/// the poller gets up before; but that one has its hands full then. A fourth, which may have looked when there was no
/// timer at all, takes the role over, and must not sleep for ever.
pub(crate) fn passer_by() {
    explore_within(2, || {
        let role = Rc::new(PollerRole::new());
        let timers = Rc::new(Timers { queue: Mutex::new(vec![SOON]), next: AtomicU64::new(SOON) });
        let eventfd = Rc::new(EventFd::default());
        assert_eq!(role.settle(|| timers.next.load(Ordering::Acquire)), Place::Poller(SOON));
        let crew = Crew::new();
        let (poller, passer_by) = (role.clone(), timers.clone());
        crew.member(move || poller.leave());
        crew.member(move || drop(passer_by.expire(SOON)));
        for sets in [true, false] {
            let (role, timers, eventfd) = (role.clone(), timers.clone(), eventfd.clone());
            crew.member(move || {
                if sets {
                    timers.arm(LATER);
                }
                loop {
                    match role.settle(|| timers.next.load(Ordering::Acquire)) {
                        Place::Poller(NEVER) => {
                            eventfd.wait();
                            role.leave();
                            if timers.next.load(Ordering::Acquire) == NEVER {
                                return;
                            }
                        }
                        Place::Poller(until) => {
                            role.leave();
                            if timers.expire(until).contains(&LATER) {
                                return eventfd.write(); // the other one may sleep, and rightly so
                            }
                        }
                        Place::AsideOfSleeper => return eventfd.write(),
                        Place::Aside => return,
                    }
                }
            });
        }
        crew.join();
    });
}
