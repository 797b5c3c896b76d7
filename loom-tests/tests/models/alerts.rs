//! Alerts: they end a wait that is open to them, or the next one at its beginning, once.

use std::cell::Cell;
use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::explore;
use gopark_loom_tests::kernel::EventFd;

use super::status::{Commit, Status, Wait, Wake};
use crate::atomic::{AtomicUsize, Ordering};

struct Coroutine {
    status: Status,
    /// What it is alerted for.
    stopped: AtomicUsize,
    queue: EventFd,
    queued: Cell<u32>,
}

impl Coroutine {
    fn new() -> Rc<Coroutine> {
        let status = Status::vacant();
        status.occupy();
        let stopped = AtomicUsize::new(0);
        Rc::new(Coroutine { status, stopped, queue: EventFd::default(), queued: Cell::new(0) })
    }

    fn make_runnable(&self, wake: Wake) {
        if wake == Wake::Runnable {
            self.queued.set(self.queued.get() + 1);
            self.queue.write();
        }
    }
}

/// Somebody says that it is stopped, and alerts it; somebody else may wake it at the same time. It looks before each
/// open wait, and goes on until it has seen it. No later wait is ended by that alert.
pub(crate) fn before_or_during_a_wait() {
    explore(|| {
        let coroutine = Coroutine::new();
        let ticket = coroutine.status.epoch();
        let crew = Crew::new();
        let me = coroutine.clone();
        crew.member(move || {
            while me.stopped.load(Ordering::Relaxed) == 0 {
                if me.status.commit(Wait::Open) == Commit::Parked {
                    me.queue.wait();
                }
            }
        });
        let other = coroutine.clone();
        crew.member(move || {
            other.stopped.store(1, Ordering::Relaxed);
            other.make_runnable(other.status.alert(|| true));
        });
        let partner = coroutine.clone();
        crew.member(move || partner.make_runnable(partner.status.wake(ticket)));
        crew.join();
        // What is left of the alert, if it came too late for a wait, ends one more, and no other.
        let _ = coroutine.status.commit(Wait::Open) == Commit::Woken || coroutine.status.seize(|| true);
        let _ = coroutine.status.expire_tickets();
        assert_eq!(
            coroutine.status.commit(Wait::Open),
            Commit::Parked,
            "an old alert has ended the next wait"
        );
    });
}

/// The same inside a shield, where a cancellation does not count: it ends no wait, before or during it.
pub(crate) fn heeding() {
    explore(|| {
        let coroutine = Coroutine::new();
        let crew = Crew::new();
        let me = coroutine.clone();
        crew.member(move || {
            let mut stopped = 0;
            while stopped == 0 {
                match me.status.commit(Wait::Heed) {
                    Commit::Parked => me.queue.wait(),
                    Commit::Woken => {}
                }
                stopped = me.stopped.fetch_add(0, Ordering::Relaxed);
                assert_ne!(stopped, 0, "the wait has ended for nothing");
            }
        });
        let other = coroutine.clone();
        crew.member(move || {
            other.stopped.store(1, Ordering::Relaxed);
            other.make_runnable(other.status.alert(|| true));
        });
        let cancels = coroutine.clone();
        crew.member(move || {
            let wake = cancels.status.cancel(|| true);
            assert_eq!(wake, Wake::Noted, "the cancellation has ended a shielded wait");
        });
        crew.join();
        assert_eq!(coroutine.status.commit(Wait::Plain), Commit::Parked);
        let wake = coroutine.status.alert(|| true);
        assert_ne!(wake, Wake::Runnable, "the alert has ended a wait of the runtime");
    });
}
