//! Several callers wait for one direction: nobody sleeps beside work. How netpoll/watch.rs and io/source.rs use
//! the slot, with their list of further callers.

use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;
use gopark_loom_tests::kernel::EventFd;
use gopark_loom_tests::section::Section;

use super::ready_slot::{Begin, ReadySlot, Signs};
use super::status::{Commit, Status, Wait, Wake};

/// Callers that a ticket can name.
const MOST: u64 = 4;

struct Caller {
    status: Status,
    /// Where its machine waits until it is queued.
    queue: EventFd,
}

/// Names a caller and one wait of it.
type Ticket = u64;

impl Caller {
    fn new() -> Caller {
        let status = Status::vacant();
        status.occupy();
        Caller { status, queue: EventFd::default() }
    }

    fn wait(&self) {
        if self.status.commit(Wait::Open) == Commit::Parked {
            self.queue.wait();
        }
    }
}

struct Listener {
    slot: ReadySlot,
    crowd: Section<Vec<Ticket>>,
    /// Connections in the kernel.
    backlog: Section<u32>,
    callers: Vec<Caller>,
}

impl Listener {
    fn new(callers: usize) -> Rc<Listener> {
        Rc::new(Listener {
            slot: ReadySlot::new(),
            crowd: Section::default(),
            backlog: Section::default(),
            callers: (0..callers).map(|_| Caller::new()).collect(),
        })
    }

    /// The kernel, and then the poller: one edge for all of them.
    fn connect(&self, connections: u32) {
        self.backlog.with(|backlog| *backlog += connections);
        self.post();
    }

    /// `Watch::post`.
    fn post(&self) {
        let posted = self.slot.post(Signs::default());
        if posted.ticket != 0 {
            self.wake(posted.ticket);
        }
        if posted.crowd {
            self.crowd.with(std::mem::take).into_iter().for_each(|ticket| self.wake(ticket));
        }
    }

    fn wake(&self, ticket: Ticket) {
        let caller = &self.callers[(ticket % MOST) as usize];
        if caller.status.wake(ticket / MOST) == Wake::Runnable {
            caller.queue.write();
        }
    }

    /// `Source::run`: accepts one connection. An impatient caller takes back its wait at once, and gives up
    /// unless it was called. Returns whether it got one.
    fn accept(&self, number: u64, impatient: bool) -> bool {
        let caller = &self.callers[number as usize];
        let mut took_ready = self.slot.take_ready();
        while !self.accept_now() {
            let ticket = caller.status.epoch() * MOST + number;
            match self.announce(ticket) {
                Announced::Waiting if impatient => {
                    caller.status.expire_tickets();
                    if self.retract(ticket) {
                        return false;
                    }
                }
                Announced::Waiting => {
                    caller.wait();
                    self.retract(ticket);
                }
                Announced::AskAgain => {
                    caller.status.expire_tickets();
                }
            }
            took_ready |= self.slot.take_ready();
        }
        if took_ready {
            self.post();
        }
        true
    }

    fn accept_now(&self) -> bool {
        self.backlog.with(|backlog| {
            let there_is_one = *backlog != 0;
            *backlog -= u32::from(there_is_one);
            there_is_one
        })
    }

    /// `Watch::announce`.
    fn announce(&self, ticket: Ticket) -> Announced {
        match self.slot.wait(ticket) {
            Begin::Ready => return Announced::AskAgain,
            Begin::Waiting => {}
            Begin::Crowded => {
                self.crowd.with(|crowd| crowd.push(ticket));
                if !self.slot.crowd_still_waits() {
                    self.leave_crowd(ticket);
                    return Announced::AskAgain;
                }
            }
        }
        Announced::Waiting
    }

    /// `Watch::retract`.
    fn retract(&self, ticket: Ticket) -> bool {
        self.slot.cancel(ticket) || self.leave_crowd(ticket)
    }

    fn leave_crowd(&self, ticket: Ticket) -> bool {
        self.crowd.with(|crowd| {
            let found = crowd.iter().position(|&member| member == ticket);
            found.map(|at| crowd.swap_remove(at)).is_some()
        })
    }
}

enum Announced {
    Waiting,
    AskAgain,
}

/// Two callers, two connections, and one edge for both.
fn one_edge_for_two(listener: &Rc<Listener>) {
    let crew = Crew::new();
    for number in 0..2 {
        let caller = listener.clone();
        crew.member(move || assert!(caller.accept(number, false)));
    }
    let poller = listener.clone();
    crew.member(move || poller.connect(2));
    crew.join();
}

/// Invariant 1, second part: whoever takes READY passes on what it leaves behind.
pub(crate) fn two_of_a_backlog() {
    explore_within(2, || one_edge_for_two(&Listener::new(2)));
}

/// The same, where an earlier call has left READY, and nothing behind it.
pub(crate) fn ready_for_nothing() {
    explore_within(1, || {
        let listener = Listener::new(2);
        listener.post();
        one_edge_for_two(&listener);
    });
}

/// A caller that gives up does not take the others along.
pub(crate) fn one_gives_up() {
    explore_within(2, || {
        let listener = Listener::new(2);
        let crew = Crew::new();
        let impatient = listener.clone();
        crew.member(move || {
            if impatient.accept(0, true) {
                // The other one waits for the next.
                impatient.connect(1);
            }
        });
        let patient = listener.clone();
        crew.member(move || assert!(patient.accept(1, false)));
        let poller = listener.clone();
        crew.member(move || poller.connect(1));
        crew.join();
    });
}
