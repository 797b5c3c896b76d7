//! Waits for tickets: exactly one waker ends a wait, and only the wait that its ticket was made for.

use std::cell::Cell;
use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::{explore, explore_within};
use gopark_loom_tests::kernel::{EventFd, Futex};
use gopark_loom_tests::signal::Signal;
use loom::cell::UnsafeCell;

use super::status::{Commit, Status, Wait, Wake};

struct Waiting {
    status: Status,
    /// What was saved of it when it left.
    stack: UnsafeCell<()>,
    /// What each waker writes for it before it wakes.
    messages: [UnsafeCell<()>; 3],
    /// Where its machine waits until it is queued.
    queue: EventFd,
    /// Where it waits itself if it is a plain thread.
    futex: Option<Futex>,
    /// Lets the waker of the second wait begin.
    second: Signal,
    /// Who has ended the wait.
    winner: Cell<Option<usize>>,
}

impl Waiting {
    fn new(futex: Option<Futex>) -> Rc<Waiting> {
        let status = Status::vacant();
        status.occupy();
        Rc::new(Waiting {
            status,
            stack: UnsafeCell::new(()),
            messages: std::array::from_fn(|_| UnsafeCell::new(())),
            queue: EventFd::default(),
            futex,
            second: Signal::default(),
            winner: Cell::new(None),
        })
    }

    /// The machine of a coroutine: commits its wait, and comes back to it when it is queued. Returns the winner.
    fn wait(&self) -> usize {
        self.stack.with_mut(|_| ());
        if self.status.commit(Wait::Plain) == Commit::Parked {
            self.queue.wait();
        }
        self.stack.with_mut(|_| ());
        self.take_winner()
    }

    /// A plain thread, as `block` of park/waiter.rs.
    fn block(&self, futex: &Futex) -> usize {
        if self.status.commit(Wait::Plain) == Commit::Parked {
            while let Some(word) = self.status.parked_word() {
                futex.wait(self.status.word(), word);
            }
        }
        self.take_winner()
    }

    /// The same with a deadline that comes at once. It ends the wait as a timer would, by the ticket of this
    /// wait: that of the present epoch might be one for the next. Returns the winner, if it was not the deadline.
    fn block_in_vain(&self, ticket: u64) -> Option<usize> {
        let parked = self.status.commit(Wait::Plain) == Commit::Parked && self.status.parked_word().is_some();
        if parked && self.status.wake(ticket) == Wake::Runnable {
            return None;
        }
        Some(self.take_winner())
    }

    fn take_winner(&self) -> usize {
        let winner = self.winner.take().expect("3: somebody has ended the wait");
        self.messages[winner].with(|_| ());
        winner
    }

    /// Waker `number` uses its ticket.
    fn wake(&self, number: usize, epoch: u64) {
        self.messages[number].with_mut(|_| ());
        let wake = self.status.wake(epoch);
        if wake == Wake::Stale {
            return;
        }
        let before = self.winner.replace(Some(number));
        assert_eq!(before, None, "3: a wait ends once");
        if wake == Wake::Noted {
            return;
        }
        match &self.futex {
            Some(futex) => futex.wake(),
            None => {
                // Whoever has left PARKED owns the stack, until it queues it.
                self.stack.with_mut(|_| ());
                self.queue.write();
            }
        }
    }
}

/// Invariants 2 and 3.
pub(crate) fn one_winner() {
    explore_within(3, || {
        let coroutine = Waiting::new(None);
        let epoch = coroutine.status.epoch();
        let crew = Crew::new();
        let machine = coroutine.clone();
        crew.member(move || {
            machine.wait();
        });
        for number in 0..3 {
            let waker = coroutine.clone();
            crew.member(move || waker.wake(number, epoch));
        }
        crew.join();
        assert_eq!(coroutine.status.epoch(), epoch + 1, "1: the end of a wait raises the epoch");
    });
}

/// The same for a plain thread and its futex.
pub(crate) fn plain_thread() {
    explore(|| {
        let thread = Waiting::new(Some(Futex::default()));
        let epoch = thread.status.epoch();
        let crew = Crew::new();
        let sleeper = thread.clone();
        crew.member(move || {
            sleeper.block(sleeper.futex.as_ref().expect("it has one"));
        });
        for number in 0..2 {
            let waker = thread.clone();
            crew.member(move || waker.wake(number, epoch));
        }
        crew.join();
        assert_eq!(thread.status.epoch(), epoch + 1, "1: the end of a wait raises the epoch");
    });
}

/// A plain thread gives up, and waits anew.
pub(crate) fn thread_with_deadline() {
    explore_within(3, || {
        let thread = Waiting::new(Some(Futex::default()));
        let epoch = thread.status.epoch();
        let crew = Crew::new();
        let sleeper = thread.clone();
        crew.member(move || {
            sleeper.block_in_vain(epoch);
            sleeper.second.give();
            let futex = sleeper.futex.as_ref().expect("it has one");
            assert_eq!(sleeper.block(futex), 1, "1: a stale ticket has ended a wait");
        });
        let waker = thread.clone();
        crew.member(move || waker.wake(0, epoch));
        let waker = thread.clone();
        crew.member(move || {
            waker.second.wait();
            waker.wake(1, epoch + 1);
        });
        crew.join();
    });
}

/// Invariant 1: a waker comes so late that the next wait has begun.
pub(crate) fn late_waker() {
    explore_within(2, || {
        let coroutine = Waiting::new(None);
        let epoch = coroutine.status.epoch();
        let crew = Crew::new();
        let machine = coroutine.clone();
        crew.member(move || {
            assert_ne!(machine.wait(), 2);
            machine.second.give();
            assert_eq!(machine.wait(), 2, "1: a stale ticket has ended a wait");
        });
        for number in 0..2 {
            let waker = coroutine.clone();
            crew.member(move || waker.wake(number, epoch));
        }
        let waker = coroutine.clone();
        crew.member(move || {
            waker.second.wait();
            waker.wake(2, epoch + 1);
        });
        crew.join();
    });
}

/// A ticket is published, and then there is no wait: it is made stale.
pub(crate) fn forgotten_ticket() {
    explore(|| {
        let coroutine = Waiting::new(None);
        let epoch = coroutine.status.epoch();
        let crew = Crew::new();
        let machine = coroutine.clone();
        crew.member(move || {
            let was_woken = machine.status.expire_tickets();
            assert_eq!(was_woken, machine.winner.take().is_some(), "3: it is told whether it was woken");
            machine.second.give();
            assert_eq!(machine.wait(), 1, "1: a stale ticket has ended a wait");
        });
        let waker = coroutine.clone();
        crew.member(move || waker.wake(0, epoch));
        let waker = coroutine.clone();
        crew.member(move || {
            waker.second.wait();
            waker.wake(1, epoch + 1);
        });
        crew.join();
    });
}
