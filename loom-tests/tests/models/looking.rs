//! Somebody looks at a coroutine from outside: what it reads between two equal moments, parked, is what lay there.

use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore;
use gopark_loom_tests::kernel::EventFd;
use loom::sync::atomic::{AtomicU64, Ordering};

use super::status::{Commit, Status, Wait, Wake, begin_to_write};

/// Two words of a stack. The kernel copies them: not by loads of the language, but not in a stronger order either.
struct Coroutine {
    status: Status,
    stack: [AtomicU64; 2],
    queue: EventFd,
}

impl Coroutine {
    fn new() -> Rc<Coroutine> {
        let status = Status::vacant();
        status.occupy();
        let stack = [AtomicU64::new(0), AtomicU64::new(0)];
        Rc::new(Coroutine { status, stack, queue: EventFd::default() })
    }

    fn write(&self, value: u64) {
        begin_to_write();
        self.stack.iter().for_each(|word| word.store(value, Ordering::Relaxed));
    }

    fn wait(&self) {
        if self.status.commit(Wait::Plain) == Commit::Parked {
            self.queue.wait();
        }
    }

    fn wake(&self, epoch: u64) {
        if self.status.wake(epoch) == Wake::Runnable {
            self.queue.write();
        }
    }

    /// What lay there, if it has lain still.
    fn look(&self) -> Option<[u64; 2]> {
        let before = self.status.moment().filter(|moment| moment.is_parked())?;
        let words = [0, 1].map(|at: usize| self.stack[at].load(Ordering::Relaxed));
        let after = self.status.moment()?;
        (before.to_bits() == after.to_bits()).then_some(words)
    }
}

/// It waits, is woken, writes, and waits again.
pub(crate) fn two_waits() {
    explore(|| {
        let coroutine = Coroutine::new();
        let first = coroutine.status.epoch();
        let crew = Crew::new();
        let owner = coroutine.clone();
        crew.member(move || {
            owner.write(1);
            owner.wait();
            owner.write(2);
            let second = owner.status.epoch();
            owner.wake(second); // so that its second wait is over before it begins, or while it lasts
            owner.wait();
        });
        let waker = coroutine.clone();
        crew.member(move || waker.wake(first));
        let looker = coroutine.clone();
        crew.member(move || {
            if let Some([one, other]) = looker.look() {
                assert!(one == other && one != 0, "half of what lay there: {one} and {other}");
            }
        });
        crew.join();
    });
}
