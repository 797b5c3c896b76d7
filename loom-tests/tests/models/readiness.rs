//! One direction of a socket and one caller: an edge is never slept through, a ticket ends one wait.

use std::cell::RefCell;
use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::{explore, explore_within};
use gopark_loom_tests::kernel::EventFd;
use gopark_loom_tests::section::Section;

use super::ready_slot::{Begin, ReadySlot, Signs};

struct Socket {
    slot: ReadySlot,
    /// What the kernel has received.
    received: Section<u32>,
    /// Where the caller is parked.
    parked: EventFd,
    /// Tickets that `post` has taken out.
    handed_out: RefCell<Vec<u64>>,
}

impl Socket {
    fn new() -> Rc<Socket> {
        Rc::new(Socket {
            slot: ReadySlot::new(),
            received: Section::default(),
            parked: EventFd::default(),
            handed_out: RefCell::default(),
        })
    }

    /// The kernel, and then the poller.
    fn deliver(&self, bytes: u32) {
        self.received.with(|received| *received += bytes);
        self.post(Signs::default());
    }

    fn post(&self, signs: Signs) {
        let posted = self.slot.post(signs);
        assert!(!posted.crowd);
        if posted.ticket != 0 {
            assert!(!self.handed_out.borrow().contains(&posted.ticket), "3: handed out twice");
            self.handed_out.borrow_mut().push(posted.ticket);
            self.parked.write();
        }
    }

    /// As io/source.rs: takes READY, asks the kernel, waits.
    fn read(&self, wanted: u32) {
        let (mut read, mut ticket) = (0, 0);
        while read < wanted {
            self.slot.take_ready();
            let bytes = self.received.with(std::mem::take);
            read += bytes;
            if bytes != 0 {
                continue;
            }
            ticket += 1;
            match self.slot.wait(ticket) {
                Begin::Ready => {}
                Begin::Waiting => {
                    self.parked.wait();
                    assert!(!self.slot.cancel(ticket), "3: whoever wakes has taken the ticket out");
                }
                Begin::Crowded => panic!("nobody else waits"),
            }
        }
    }

    /// A wait whose deadline comes at once.
    fn wait_in_vain(&self, ticket: u64) {
        match self.slot.wait(ticket) {
            Begin::Ready => {}
            Begin::Waiting => {
                let cancelled = self.slot.cancel(ticket);
                assert_ne!(
                    cancelled,
                    self.handed_out.borrow().contains(&ticket),
                    "3: one of them ends the wait"
                );
            }
            Begin::Crowded => panic!("nobody else waits"),
        }
    }
}

/// Invariant 1: edges before, during and after a wait, and between the kernel's answer and the wait.
pub(crate) fn edges() {
    explore(|| {
        let socket = Socket::new();
        let crew = Crew::new();
        let caller = socket.clone();
        crew.member(move || caller.read(2));
        let poller = socket.clone();
        crew.member(move || {
            poller.deliver(1);
            poller.deliver(1);
        });
        crew.join();
    });
}

/// Invariants 2 and 3: a wait that is taken back, a poller, and a caller that leaves READY to others.
pub(crate) fn deadline() {
    explore_within(2, || {
        let socket = Socket::new();
        let crew = Crew::new();
        let caller = socket.clone();
        crew.member(move || {
            caller.wait_in_vain(1);
            caller.wait_in_vain(2);
        });
        let poller = socket.clone();
        crew.member(move || poller.post(Signs { read_closed: true, ..Signs::default() }));
        let other = socket.clone();
        crew.member(move || other.post(Signs::default()));
        crew.join();
        assert!(socket.slot.is_ready(), "an edge is lost");
        assert!(socket.slot.has_signs(), "signs stick");
        socket.slot.take_ready();
        assert!(!socket.slot.is_ready() && socket.slot.has_signs(), "signs stick");
        socket.slot.reset();
        assert!(!socket.slot.has_signs());
    });
}
