//! A coroutine that lives on a sleeping machine is woken by other threads: status, inbox and parker together, as
//! sched/{ready,rest}.rs use them.

use std::cell::Cell;
use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;
use gopark_loom_tests::kernel::EventFd;
use gopark_loom_tests::tasks::{number, pointer};
use loom::cell::UnsafeCell;

use super::inbox::{Inbox, Link};
use super::parker::Parker;
use super::status::{Commit, Status, Wait, Wake};

struct Coroutine {
    status: Status,
    link: Link<Coroutine>,
    /// What wakers write for it.
    message: UnsafeCell<()>,
    /// How often it has come back.
    resumed: Cell<u32>,
}

struct Machine {
    coroutines: Vec<Coroutine>,
    inbox: Inbox<Coroutine>,
    parker: Parker,
    eventfd: EventFd,
}

impl Machine {
    fn new(coroutines: usize) -> Rc<Machine> {
        let coroutine = |_| {
            let status = Status::vacant();
            status.occupy();
            Coroutine { status, link: Link::new(), message: UnsafeCell::new(()), resumed: Cell::new(0) }
        };
        Rc::new(Machine {
            coroutines: (0..coroutines).map(coroutine).collect(),
            inbox: Inbox::new(),
            parker: Parker::new(),
            eventfd: EventFd::default(),
        })
    }

    /// Lets every coroutine wait as often as there are `waits`; returns when all have come back from the last.
    fn schedule(&self, waits: &[Wait]) {
        let mut ready: Vec<usize> = (0..self.coroutines.len()).collect();
        let mut living = ready.len();
        while living != 0 {
            let Some(number) = ready.pop() else {
                self.drain(&mut ready);
                if ready.is_empty() {
                    self.sleep();
                }
                continue;
            };
            match waits.get(self.coroutines[number].resumed.get() as usize) {
                None => living -= 1,
                Some(&wait) => {
                    if self.coroutines[number].status.commit(wait) == Commit::Woken {
                        ready.push(self.resume(number));
                    }
                }
            }
        }
    }

    fn drain(&self, ready: &mut Vec<usize>) {
        let mut next = self.inbox.drain(|entry| &self.coroutines[number(entry)].link);
        while !next.is_null() {
            let entry = number(next);
            next = self.coroutines[entry].link.get();
            ready.push(self.resume(entry));
        }
    }

    fn resume(&self, number: usize) -> usize {
        let coroutine = &self.coroutines[number];
        coroutine.resumed.set(coroutine.resumed.get() + 1);
        coroutine.message.with_mut(|_| ());
        number
    }

    fn sleep(&self) {
        self.parker.prepare();
        if self.inbox.is_empty() {
            self.eventfd.wait();
        }
        let _ = self.parker.finish();
    }

    fn hand_over(&self, number: usize, wake: Wake) {
        if wake != Wake::Runnable {
            return;
        }
        self.inbox.push(pointer(number), &self.coroutines[number].link);
        if self.parker.notify() {
            self.eventfd.write();
        }
    }

    fn wake(&self, number: usize, epoch: u64) {
        let status = &self.coroutines[number].status;
        self.coroutines[number].message.with_mut(|_| ());
        self.hand_over(number, status.wake(epoch));
    }

    fn unpark(&self, number: usize) {
        self.hand_over(number, self.coroutines[number].status.unpark(|| true));
    }

    fn assert_resumed(&self, times: u32) {
        assert!(
            self.coroutines.iter().all(|coroutine| coroutine.resumed.get() == times),
            "resumed too often"
        );
        assert!(self.inbox.is_empty());
    }
}

/// Two coroutines, each with a waker of its own.
pub(crate) fn two_coroutines() {
    explore_within(2, || {
        let machine = Machine::new(2);
        let epoch = machine.coroutines[0].status.epoch();
        let crew = Crew::new();
        let own = machine.clone();
        crew.member(move || own.schedule(&[Wait::Plain]));
        for number in 0..2 {
            let waker = machine.clone();
            crew.member(move || waker.wake(number, epoch));
        }
        crew.join();
        machine.assert_resumed(1);
    });
}

/// Two coroutines wait twice, for a ticket and then for their tokens, and come through the inbox each time, maybe
/// in one batch. Each waker begins with another one.
pub(crate) fn twice_through_the_inbox() {
    explore_within(1, || {
        let machine = Machine::new(2);
        let epoch = machine.coroutines[0].status.epoch();
        let crew = Crew::new();
        let own = machine.clone();
        crew.member(move || own.schedule(&[Wait::Plain, Wait::User]));
        for first in 0..2 {
            let waker = machine.clone();
            crew.member(move || {
                waker.wake(first, epoch);
                waker.unpark(1 - first);
            });
        }
        crew.join();
        machine.assert_resumed(2);
    });
}
