//! The inbox alone: every entry arrives once, the oldest first, with what its sender wrote before.

use std::cell::RefCell;
use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::{explore, explore_within};
use gopark_loom_tests::tasks::{Task, Tasks, number};

use super::inbox::{Inbox, Link};

struct Mail {
    inbox: Inbox<Task>,
    links: Vec<Link<Task>>,
    tasks: Tasks,
    arrived: RefCell<Vec<usize>>,
}

impl Mail {
    fn new(entries: usize) -> Rc<Mail> {
        Rc::new(Mail {
            inbox: Inbox::new(),
            links: (0..entries).map(|_| Link::new()).collect(),
            tasks: Tasks::new(entries),
            arrived: RefCell::default(),
        })
    }

    fn send(&self, entry: usize) {
        self.inbox.push(self.tasks.make(entry), &self.links[entry]);
    }

    /// The consumer, as `drain_inbox` of sched/ready.rs.
    fn receive(&self) {
        if self.inbox.is_empty() {
            return;
        }
        let mut next = self.inbox.drain(|entry| &self.links[number(entry)]);
        while !next.is_null() {
            let entry = next;
            next = self.links[number(entry)].get();
            let arrived = self.tasks.run(entry);
            self.arrived.borrow_mut().push(arrived);
        }
    }

    /// Everything has arrived, and of these senders' entries the older before the newer.
    fn assert_arrived(&self, senders: &[&[usize]]) {
        self.receive();
        self.tasks.assert_all_ran();
        let arrived = self.arrived.borrow();
        for &sent in senders {
            let in_order: Vec<_> = arrived.iter().filter(|entry| sent.contains(entry)).copied().collect();
            assert_eq!(in_order, sent, "out of order");
        }
    }
}

/// Two senders, one of them twice, and a consumer that looks twice.
pub(crate) fn oldest_first() {
    explore_within(3, || {
        let mail = Mail::new(3);
        let crew = Crew::new();
        let sender = mail.clone();
        crew.member(move || {
            sender.send(0);
            sender.send(1);
        });
        let sender = mail.clone();
        crew.member(move || sender.send(2));
        let consumer = mail.clone();
        crew.member(move || {
            consumer.receive();
            consumer.receive();
        });
        crew.join();
        mail.assert_arrived(&[&[0, 1], &[2]]);
    });
}

/// Three senders meet in the same compare-and-swap.
pub(crate) fn many_senders() {
    explore(|| {
        let mail = Mail::new(3);
        let crew = Crew::new();
        for entry in 0..3 {
            let sender = mail.clone();
            crew.member(move || sender.send(entry));
        }
        crew.join();
        mail.assert_arrived(&[&[0], &[1], &[2]]);
    });
}
