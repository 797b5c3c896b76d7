//! A deadline that is moved back while a caller begins to wait: the caller does not sleep beyond it.

use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::{explore, explore_within};
use gopark_loom_tests::kernel::EventFd;

use super::deadline::Deadline;
use super::ready_slot::{Begin, ReadySlot, Signs};

/// A moment that has passed.
const PAST: u64 = 100;

struct Socket {
    slot: ReadySlot,
    deadline: Deadline,
    /// Where the caller is parked.
    parked: EventFd,
}

impl Socket {
    fn new() -> Rc<Socket> {
        let socket = Socket { slot: ReadySlot::new(), deadline: Deadline::new(), parked: EventFd::default() };
        Rc::new(socket)
    }

    /// A read for which nothing ever comes: returns when the deadline has passed.
    fn read_in_vain(&self) {
        let mut ticket = 0;
        loop {
            self.slot.take_ready();
            ticket += 1;
            match self.slot.wait(ticket) {
                Begin::Ready => {}
                Begin::Waiting if self.deadline.get() == PAST => {
                    self.slot.cancel(ticket);
                    return;
                }
                Begin::Waiting => {
                    self.parked.wait();
                    assert!(!self.slot.cancel(ticket), "whoever wakes has taken the ticket out");
                }
                Begin::Crowded => panic!("nobody else waits"),
            }
        }
    }

    fn change(&self, to: u64) {
        if self.deadline.change(to) {
            let called = self.slot.call();
            assert!(!called.crowd);
            if called.ticket != 0 {
                self.parked.write();
            }
        }
    }

    fn post(&self) {
        if self.slot.post(Signs::default()).ticket != 0 {
            self.parked.write();
        }
    }
}

/// From none to a past one, at any moment.
pub(crate) fn moved_back() {
    explore(|| {
        let socket = Socket::new();
        let crew = Crew::new();
        let caller = socket.clone();
        crew.member(move || caller.read_in_vain());
        let other = socket.clone();
        crew.member(move || other.change(PAST));
        crew.join();
    });
}

/// Two who change it at the same time: for one it goes on, for the other one, which may come last, back.
pub(crate) fn two_changes() {
    explore_within(3, || {
        let socket = Socket::new();
        assert!(socket.deadline.change(PAST - 1), "time goes its own way here: only PAST is past");
        let waiting = Crew::new();
        let caller = socket.clone();
        waiting.member(move || caller.read_in_vain());
        let changing = Crew::new();
        for to in [PAST, PAST + 1] {
            let one = socket.clone();
            changing.member(move || one.change(to));
        }
        changing.join();
        socket.change(PAST);
        waiting.join();
    });
}

/// An edge without anything behind it, besides.
pub(crate) fn beside_an_edge() {
    explore(|| {
        let socket = Socket::new();
        let crew = Crew::new();
        let caller = socket.clone();
        crew.member(move || caller.read_in_vain());
        let poller = socket.clone();
        crew.member(move || poller.post());
        let other = socket.clone();
        crew.member(move || other.change(PAST));
        crew.join();
    });
}
