//! The user's token: `park` alone consumes it, and a token that comes too late stays.

use std::cell::Cell;
use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::{explore, explore_within};
use gopark_loom_tests::kernel::EventFd;
use gopark_loom_tests::signal::Signal;
use loom::cell::UnsafeCell;

use super::status::{Commit, Status, Wait, Wake};

struct Coroutine {
    status: Status,
    /// What the giver of the token has written before.
    message: UnsafeCell<()>,
    /// Where its machine waits until it is queued.
    queue: EventFd,
    /// Says that the second wait begins.
    second: Signal,
    commit: Cell<Commit>,
    woken: Cell<Wake>,
    unparked: Cell<Wake>,
}

impl Coroutine {
    fn new() -> Rc<Coroutine> {
        let status = Status::vacant();
        status.occupy();
        Rc::new(Coroutine {
            status,
            message: UnsafeCell::new(()),
            queue: EventFd::default(),
            second: Signal::default(),
            commit: Cell::new(Commit::Woken),
            woken: Cell::new(Wake::Stale),
            unparked: Cell::new(Wake::Stale),
        })
    }

    /// A wait of the runtime's own, for a lock or a socket.
    fn wait(&self) {
        if self.status.commit(Wait::Plain) == Commit::Parked {
            self.queue.wait();
        }
    }

    /// `park`, maybe with a deadline: `park_until` of park/token.rs.
    fn park(&self) {
        if self.status.take_token() {
            return;
        }
        self.commit.set(self.status.commit(Wait::User));
        if self.commit.get() == Commit::Parked {
            self.queue.wait();
        }
    }

    fn wake(&self, epoch: u64) {
        self.woken.set(self.status.wake(epoch));
        self.queue_if(self.woken.get());
    }

    fn unpark(&self) {
        self.message.with_mut(|_| ());
        self.unparked.set(self.status.unpark(|| true));
        self.queue_if(self.unparked.get());
    }

    fn queue_if(&self, wake: Wake) {
        if wake == Wake::Runnable {
            self.queue.write();
        }
    }
}

/// The token comes at any time; first there is another wait, which must neither consume it nor end by it.
pub(crate) fn token_outlives_other_waits() {
    explore(|| {
        let coroutine = Coroutine::new();
        let epoch = coroutine.status.epoch();
        let crew = Crew::new();
        let machine = coroutine.clone();
        crew.member(move || {
            machine.wait();
            assert_ne!(machine.woken.get(), Wake::Stale, "the token has ended a wait of the runtime");
            machine.park();
            machine.message.with(|_| ());
        });
        let waker = coroutine.clone();
        crew.member(move || waker.wake(epoch));
        let giver = coroutine.clone();
        crew.member(move || giver.unpark());
        crew.join();
        assert!(!coroutine.status.take_token(), "one token ends one park");
    });
}

/// A deadline and the token end the same park.
pub(crate) fn park_with_deadline() {
    explore(|| {
        let coroutine = Coroutine::new();
        let epoch = coroutine.status.epoch();
        let crew = Crew::new();
        let machine = coroutine.clone();
        crew.member(move || machine.park());
        let timer = coroutine.clone();
        crew.member(move || timer.wake(epoch));
        let giver = coroutine.clone();
        crew.member(move || giver.unpark());
        crew.join();

        let (commit, woken, unparked) =
            (coroutine.commit.get(), coroutine.woken.get(), coroutine.unparked.get());
        let queued = [woken, unparked].iter().filter(|&&wake| wake == Wake::Runnable).count();
        assert_eq!(queued, usize::from(commit == Commit::Parked), "3: one call queues it");
        let left = coroutine.status.take_token();
        match (commit, woken, unparked) {
            (_, _, Wake::Runnable) => assert!(!left, "the token has ended the wait and is still there"),
            (Commit::Parked, ..) => assert!(left, "the token came too late and is lost"),
            (Commit::Woken, Wake::Stale, _) => {
                assert!(!left, "the token has ended the wait and is still there")
            }
            // Both may have come before the commit.
            _ => {}
        }
    });
}

/// The token comes when a deadline has ended the park: it does not end the wait after it.
pub(crate) fn late_token() {
    explore_within(2, || {
        let coroutine = Coroutine::new();
        let epoch = coroutine.status.epoch();
        let crew = Crew::new();
        let machine = coroutine.clone();
        crew.member(move || {
            if machine.status.commit(Wait::User) == Commit::Parked {
                machine.queue.wait();
            }
            machine.second.give();
            machine.wait();
            assert_ne!(machine.woken.get(), Wake::Stale, "the token has ended a wait of the runtime");
        });
        let timer = coroutine.clone();
        crew.member(move || {
            timer.queue_if(timer.status.wake(epoch));
            timer.second.wait();
            timer.wake(epoch + 1);
        });
        let giver = coroutine.clone();
        crew.member(move || giver.unpark());
        crew.join();
    });
}
