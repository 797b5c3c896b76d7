//! A place changes its tenant while wakers of the old one are under way.

use std::cell::Cell;
use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::{explore, explore_within};
use gopark_loom_tests::kernel::EventFd;
use gopark_loom_tests::signal::Signal;

use super::status::{Commit, Status, Wait, Wake};
use crate::atomic::{AtomicU64, Ordering};

const OLD: u64 = 1;
const NEW: u64 = 2;

struct Entry {
    status: Status,
    /// Who lives here.
    id: AtomicU64,
    /// Where the tenant's machine waits until the tenant is queued.
    queue: EventFd,
    /// Lets those begin who know the new tenant.
    moved_in: Signal,
    woken_by_friend: Cell<bool>,
}

impl Entry {
    fn new() -> Rc<Entry> {
        let entry = Entry {
            status: Status::vacant(),
            id: AtomicU64::new(0),
            queue: EventFd::default(),
            moved_in: Signal::default(),
            woken_by_friend: Cell::new(false),
        };
        entry.occupy(OLD);
        Rc::new(entry)
    }

    /// As coroutine/entry.rs.
    fn occupy(&self, id: u64) {
        self.id.store(id, Ordering::Relaxed);
        self.status.occupy();
    }

    fn unpark(&self, id: u64) {
        self.queue_if(self.status.unpark(|| self.id.load(Ordering::Relaxed) == id));
    }

    fn cancel(&self, id: u64) {
        self.queue_if(self.status.cancel(|| self.id.load(Ordering::Relaxed) == id));
    }

    fn wake(&self, epoch: u64) {
        self.queue_if(self.status.wake(epoch));
    }

    fn queue_if(&self, wake: Wake) {
        if wake == Wake::Runnable {
            self.queue.write();
        }
    }

    /// The old tenant ends, a new one moves in and waits.
    fn change_tenant(&self, commit: impl Fn(&Status) -> Commit) {
        self.status.vacate();
        self.occupy(NEW);
        self.moved_in.give();
        if commit(&self.status) == Commit::Parked {
            self.queue.wait();
        }
        assert!(self.woken_by_friend.get(), "1: woken by a waker of the former tenant");
    }
}

/// A ticket of the old tenant does not wake the new one.
pub(crate) fn old_ticket() {
    explore(|| {
        let entry = Entry::new();
        let epoch = entry.status.epoch();
        let crew = Crew::new();
        let machine = entry.clone();
        crew.member(move || machine.change_tenant(|status| status.commit(Wait::Plain)));
        let waker = entry.clone();
        crew.member(move || waker.wake(epoch));
        let friend = entry.clone();
        crew.member(move || {
            friend.moved_in.wait();
            // The only tenant here that waits: its ticket is the present epoch.
            let ticket = friend.status.epoch();
            friend.woken_by_friend.set(true);
            friend.wake(ticket);
        });
        crew.join();
    });
}

/// A handle of the old tenant does not give its token to the new one.
pub(crate) fn old_handle() {
    explore_within(3, || {
        let entry = Entry::new();
        let crew = Crew::new();
        let machine = entry.clone();
        crew.member(move || {
            machine.change_tenant(|status| {
                if status.take_token() { Commit::Woken } else { status.commit(Wait::User) }
            });
        });
        let handle = entry.clone();
        crew.member(move || handle.unpark(OLD));
        let friend = entry.clone();
        crew.member(move || {
            friend.moved_in.wait();
            friend.woken_by_friend.set(true);
            friend.unpark(NEW);
        });
        crew.join();
    });
}

/// Who cancels the old tenant does not cancel the new one.
pub(crate) fn old_canceller() {
    explore_within(3, || {
        let entry = Entry::new();
        let crew = Crew::new();
        let machine = entry.clone();
        crew.member(move || {
            machine.change_tenant(|status| status.commit(Wait::Open));
            assert!(!machine.status.is_cancelled(), "the cancellation was meant for the former tenant");
        });
        let canceller = entry.clone();
        crew.member(move || canceller.cancel(OLD));
        let friend = entry.clone();
        crew.member(move || {
            friend.moved_in.wait();
            let ticket = friend.status.epoch();
            friend.woken_by_friend.set(true);
            friend.wake(ticket);
        });
        crew.join();
    });
}

/// Who looks for tenants: if there is one, then what is read afterwards is not of one before.
pub(crate) fn onlooker() {
    explore(|| {
        let entry = Entry::new();
        entry.status.vacate();
        let crew = Crew::new();
        let spawner = entry.clone();
        crew.member(move || spawner.occupy(NEW));
        let onlooker = entry.clone();
        crew.member(move || {
            if !onlooker.status.is_vacant() {
                let id = onlooker.id.load(Ordering::Relaxed);
                assert_eq!(id, NEW, "the fields of a former tenant");
            }
        });
        crew.join();
    });
}
