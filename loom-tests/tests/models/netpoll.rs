//! A call on a socket with a deadline: ready slot and status together, as io/source.rs and park/waiter.rs use
//! them. Poller and timer both want to end the wait; the loser's ticket must do no harm to the next one.

use std::cell::Cell;
use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore_within;
use gopark_loom_tests::kernel::EventFd;
use gopark_loom_tests::section::Section;

use super::ready_slot::{Begin, ReadySlot, Signs};
use super::status::{Commit, Status, Wait, Wake};

struct Caller {
    status: Status,
    slot: ReadySlot,
    /// Whether the kernel has received something.
    received: Section<bool>,
    /// Where its machine waits until it is queued.
    queue: EventFd,
    /// Ends of the wait under way.
    ends: Cell<u32>,
}

impl Caller {
    fn new() -> Rc<Caller> {
        let status = Status::vacant();
        status.occupy();
        Rc::new(Caller {
            status,
            slot: ReadySlot::new(),
            received: Section::default(),
            queue: EventFd::default(),
            ends: Cell::new(0),
        })
    }

    /// Tries until something has come. A deadline ends a wait, and the user tries again.
    fn read(&self) {
        loop {
            self.slot.take_ready();
            if self.received.with(std::mem::take) {
                return;
            }
            let ticket = self.status.epoch();
            match self.slot.wait(ticket) {
                Begin::Ready => {
                    // The timer may have used the ticket already.
                    let was_woken = self.status.expire_tickets();
                    assert_eq!(self.ends.take(), u32::from(was_woken));
                }
                Begin::Waiting => {
                    if self.status.commit(Wait::Open) == Commit::Parked {
                        self.queue.wait();
                    }
                    assert_eq!(self.ends.take(), 1, "a wait ends once");
                    self.slot.cancel(ticket);
                }
                Begin::Crowded => panic!("nobody else waits"),
            }
        }
    }

    fn wake(&self, ticket: u64) {
        let wake = self.status.wake(ticket);
        self.ends.set(self.ends.get() + u32::from(wake != Wake::Stale));
        if wake == Wake::Runnable {
            self.queue.write();
        }
    }

    fn deliver(&self) {
        self.received.with(|received| *received = true);
        let posted = self.slot.post(Signs::default());
        if posted.ticket != 0 {
            self.wake(posted.ticket);
        }
    }
}

/// The call returns, whatever the deadline does.
pub(crate) fn poller_and_timer() {
    explore_within(3, || {
        let caller = Caller::new();
        let deadline = caller.status.epoch();
        let crew = Crew::new();
        let machine = caller.clone();
        crew.member(move || machine.read());
        let timer = caller.clone();
        crew.member(move || timer.wake(deadline));
        let poller = caller.clone();
        crew.member(move || poller.deliver());
        crew.join();
    });
}
