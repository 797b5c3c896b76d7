//! Cancellation: it ends a wait that is open to it, as a ticket does, and no other; and it is there afterwards.

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
    /// What each partner hands over before it wakes, and what each canceller says before it cancels.
    messages: [UnsafeCell<()>; 2],
    reasons: [UnsafeCell<()>; 2],
    /// What each partner has achieved, and which canceller was the first.
    woken: [Cell<Wake>; 2],
    canceller: Cell<Option<usize>>,
    /// Where its machine waits until it is queued.
    queue: EventFd,
    /// Says that the second wait begins.
    second: Signal,
    waits: Cell<u64>,
    parked: Cell<u32>,
    /// How often somebody else had the right to queue it.
    queued: Cell<u32>,
}

impl Coroutine {
    fn new() -> Rc<Coroutine> {
        let status = Status::vacant();
        status.occupy();
        Rc::new(Coroutine {
            status,
            messages: std::array::from_fn(|_| UnsafeCell::new(())),
            reasons: std::array::from_fn(|_| UnsafeCell::new(())),
            woken: [const { Cell::new(Wake::Stale) }; 2],
            canceller: Cell::new(None),
            queue: EventFd::default(),
            second: Signal::default(),
            waits: Cell::new(0),
            parked: Cell::new(0),
            queued: Cell::new(0),
        })
    }

    fn commit(&self, wait: Wait) -> Commit {
        let must_not_park = wait == Wait::Open && self.is_cancelled();
        let commit = self.status.commit(wait);
        assert!(!must_not_park || commit == Commit::Woken, "an open wait has begun after the cancellation");
        self.waits.set(self.waits.get() + 1);
        self.parked.set(self.parked.get() + u32::from(commit == Commit::Parked));
        commit
    }

    fn wait(&self, wait: Wait) {
        if self.commit(wait) == Commit::Parked {
            self.queue.wait();
        }
    }

    /// The coroutine looks whether it was cancelled, and reads why.
    fn is_cancelled(&self) -> bool {
        let cancelled = self.status.is_cancelled();
        if cancelled {
            let first = self.canceller.get().expect("somebody has cancelled it");
            self.reasons[first].with(|_| ());
        }
        cancelled
    }

    /// The coroutine takes what a partner has handed over; false: that one has nothing to do with the wait.
    fn take(&self, partner: usize) -> bool {
        let woken = self.woken[partner].get() != Wake::Stale;
        if woken {
            self.messages[partner].with(|_| ());
        }
        woken
    }

    fn wake(&self, partner: usize, epoch: u64) {
        self.messages[partner].with_mut(|_| ());
        self.woken[partner].set(self.status.wake(epoch));
        self.queue_if(self.woken[partner].get());
    }

    fn unpark(&self, partner: usize) {
        self.messages[partner].with_mut(|_| ());
        self.woken[partner].set(self.status.unpark(|| true));
        self.queue_if(self.woken[partner].get());
    }

    fn cancel(&self, number: usize) {
        self.reasons[number].with_mut(|_| ());
        let wake = self.status.cancel(|| true);
        if wake != Wake::Stale {
            let before = self.canceller.replace(Some(number));
            assert_eq!(before, None, "it is cancelled once");
        }
        self.queue_if(wake);
    }

    fn queue_if(&self, wake: Wake) {
        if wake == Wake::Runnable {
            self.queued.set(self.queued.get() + 1);
            self.queue.write();
        }
    }

    /// At the end: each wait ended once, by `seizures` of its machine or by somebody who has queued it.
    fn assert_ended_once(&self, first_epoch: u64, seizures: u32) {
        assert_eq!(self.queued.get() + seizures, self.parked.get(), "3: one call leaves PARKED");
        let epoch = first_epoch + self.waits.get();
        assert_eq!(self.status.epoch(), epoch, "1: the end of a wait raises the epoch");
        assert!(self.status.is_cancelled(), "the cancellation is lost");
    }
}

/// A partner and a canceller want to end the same wait. The next one is the canceller's, and the one after it does
/// not begin.
pub(crate) fn hand_over_or_cancellation() {
    explore_within(3, || {
        let coroutine = Coroutine::new();
        let epoch = coroutine.status.epoch();
        let crew = Crew::new();
        let machine = coroutine.clone();
        crew.member(move || {
            machine.wait(Wait::Open);
            let handed_over = machine.take(0);
            assert!(machine.is_cancelled() || handed_over, "the wait has ended for nothing");
            machine.wait(Wait::Open);
            assert!(machine.is_cancelled(), "1: a stale ticket has ended a wait");
            machine.wait(Wait::Open);
        });
        let partner = coroutine.clone();
        crew.member(move || partner.wake(0, epoch));
        let canceller = coroutine.clone();
        crew.member(move || canceller.cancel(0));
        crew.join();
        coroutine.assert_ended_once(epoch, 0);
    });
}

/// A handle and the runtime that stops.
pub(crate) fn two_cancellers() {
    explore(|| {
        let coroutine = Coroutine::new();
        let epoch = coroutine.status.epoch();
        let crew = Crew::new();
        let machine = coroutine.clone();
        crew.member(move || {
            machine.wait(Wait::Open);
            assert!(machine.is_cancelled(), "the wait has ended for nothing");
        });
        for number in 0..2 {
            let canceller = coroutine.clone();
            crew.member(move || canceller.cancel(number));
        }
        crew.join();
        coroutine.assert_ended_once(epoch, 0);
    });
}

/// Waits that are not open to it. It comes during one of them, and ends the first that is.
pub(crate) fn closed_waits() {
    explore_within(2, || {
        let coroutine = Coroutine::new();
        let epoch = coroutine.status.epoch();
        let crew = Crew::new();
        let machine = coroutine.clone();
        crew.member(move || {
            machine.wait(Wait::Plain);
            assert!(machine.take(0), "the cancellation has ended a wait of the runtime");
            if !machine.status.take_token() {
                machine.wait(Wait::User);
            }
            assert!(machine.take(1), "the cancellation has ended a park");
            machine.wait(Wait::Open);
            assert!(machine.is_cancelled(), "the wait has ended for nothing");
        });
        let partner = coroutine.clone();
        crew.member(move || {
            partner.wake(0, epoch);
            partner.unpark(1);
        });
        let canceller = coroutine.clone();
        crew.member(move || canceller.cancel(0));
        crew.join();
        coroutine.assert_ended_once(epoch, 0);
    });
}

/// Invariant 1: when one of the two has ended the wait, the other must not end the next one, which is not open and
/// has a ticket of its own.
pub(crate) fn late_partner() {
    explore_within(3, || {
        let coroutine = Coroutine::new();
        let epoch = coroutine.status.epoch();
        let crew = Crew::new();
        let machine = coroutine.clone();
        crew.member(move || {
            machine.wait(Wait::Open);
            machine.second.give();
            machine.wait(Wait::Plain);
            assert!(machine.take(1), "1: what was late for a wait has ended the next one");
        });
        let partner = coroutine.clone();
        crew.member(move || {
            partner.wake(0, epoch);
            partner.second.wait();
            partner.wake(1, epoch + 1);
        });
        let canceller = coroutine.clone();
        crew.member(move || canceller.cancel(0));
        crew.join();
        coroutine.assert_ended_once(epoch, 0);
    });
}

/// A machine that leaves takes its coroutine back, while others want to end the wait: `abandon` of
/// sched/shutdown.rs. Nobody looks at the queue any more.
pub(crate) fn seized() {
    explore_within(3, || {
        let coroutine = Coroutine::new();
        let epoch = coroutine.status.epoch();
        let seizures = Rc::new(Cell::new(0));
        let crew = Crew::new();
        let (machine, count) = (coroutine.clone(), seizures.clone());
        crew.member(move || {
            let _ = machine.commit(Wait::Open);
            count.set(u32::from(machine.status.seize(|| true)));
            machine.take(0);
            machine.is_cancelled();
            // What is late now finds another wait, which nobody has a ticket for.
            assert_eq!(machine.commit(Wait::Plain), Commit::Parked, "1: a stale ticket has ended a wait");
            assert!(machine.status.seize(|| true), "1: a stale ticket has ended a wait");
            count.set(count.get() + 1);
        });
        let partner = coroutine.clone();
        crew.member(move || partner.wake(0, epoch));
        let canceller = coroutine.clone();
        crew.member(move || canceller.cancel(0));
        crew.join();
        coroutine.assert_ended_once(epoch, seizures.get());
    });
}
