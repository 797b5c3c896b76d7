//! The sleep of the monitor, as sched/monitor_bell.rs and sched/rest.rs use the parker: no machine runs while the
//! monitor sleeps for good.
//!
//! A machine that has come back from its sleep runs a coroutine that goes on only when the monitor has seen it. So if
//! the monitor sleeps on, the model is stuck.

use std::rc::Rc;

use gopark_loom_tests::crew::Crew;
use gopark_loom_tests::explore::{explore, explore_within};
use gopark_loom_tests::kernel::EventFd;
use gopark_loom_tests::signal::Signal;
use gopark_loom_tests::thread_token::ThreadToken;

use super::parker::{Awoken, Parker};
use crate::atomic::{AtomicUsize, Ordering};

/// How often a machine comes back, at most.
const ROUNDS: usize = 2;

struct Machine {
    parker: Parker,
    eventfd: EventFd,
    /// In each round: the monitor has seen it awake, and it sleeps again.
    seen: [Signal; ROUNDS],
    sleeps_again: Signal,
}

struct Runtime {
    machines: Vec<Machine>,
    /// The bell: the parker and the thread of the monitor.
    parker: Parker,
    monitor: ThreadToken,
    leaving: AtomicUsize,
}

impl Machine {
    /// One that sleeps.
    fn new() -> Machine {
        let parker = Parker::new();
        parker.prepare();
        Machine {
            parker,
            eventfd: EventFd::default(),
            seen: Default::default(),
            sleeps_again: Signal::default(),
        }
    }
}

impl Runtime {
    fn new(machines: usize) -> Rc<Runtime> {
        Rc::new(Runtime {
            machines: (0..machines).map(|_| Machine::new()).collect(),
            parker: Parker::new(),
            monitor: ThreadToken::default(),
            leaving: AtomicUsize::new(0),
        })
    }

    fn ring(&self) {
        if self.parker.notify() {
            self.monitor.unpark();
        }
    }

    fn sleep_unless(&self, must_not: impl FnOnce() -> bool) {
        self.parker.prepare();
        if must_not() {
            let _ = self.parker.finish();
            return;
        }
        while self.parker.is_asleep() {
            self.monitor.park();
        }
        assert_eq!(self.parker.finish(), Awoken::Notified);
    }

    fn is_awake(&self, number: usize) -> bool {
        !self.machines[number].parker.is_asleep()
    }

    fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed) != 0
    }

    /// A machine is back: the end of `lie_down`.
    fn come_back(&self, number: usize) {
        let _ = self.machines[number].parker.finish();
        self.ring();
    }

    /// What it runs then.
    fn be_watched(&self, number: usize, round: usize) {
        self.machines[number].seen[round].wait();
    }

    /// The monitor, while there is one machine, and that asleep or just back.
    fn watch(&self, round: usize) {
        self.sleep_unless(|| self.is_awake(0));
        assert!(self.is_awake(0), "the monitor has got up for nothing");
        self.machines[0].seen[round].give();
    }
}

/// A machine comes back because of a timer or a socket: nobody has called it.
pub(crate) fn by_itself() {
    explore(|| {
        let runtime = Runtime::new(1);
        let crew = Crew::new();
        let machine = runtime.clone();
        crew.member(move || {
            machine.come_back(0);
            machine.be_watched(0, 0);
        });
        let monitor = runtime.clone();
        crew.member(move || monitor.watch(0));
        crew.join();
    });
}

/// A machine is called. Whoever has called it does not ring: the machine will.
pub(crate) fn called() {
    explore(|| {
        let runtime = Runtime::new(1);
        let crew = Crew::new();
        let machine = runtime.clone();
        crew.member(move || {
            machine.machines[0].eventfd.wait();
            machine.come_back(0);
            machine.be_watched(0, 0);
        });
        let waker = runtime.clone();
        crew.member(move || {
            assert!(waker.machines[0].parker.notify());
            waker.machines[0].eventfd.write();
        });
        let monitor = runtime.clone();
        crew.member(move || monitor.watch(0));
        crew.join();
    });
}

/// The same machine comes back twice. The first ring may leave a token that the monitor finds in its second sleep.
pub(crate) fn twice() {
    explore_within(3, || {
        let runtime = Runtime::new(1);
        let crew = Crew::new();
        let machine = runtime.clone();
        crew.member(move || {
            machine.come_back(0);
            machine.be_watched(0, 0);
            machine.machines[0].parker.prepare();
            machine.machines[0].sleeps_again.give();
            machine.come_back(0);
            machine.be_watched(0, 1);
        });
        let monitor = runtime.clone();
        crew.member(move || {
            monitor.watch(0);
            monitor.machines[0].sleeps_again.wait();
            monitor.watch(1);
        });
        crew.join();
    });
}

/// Two machines come back at once, and one of them wakes the monitor.
pub(crate) fn two_machines() {
    explore_within(2, || {
        let runtime = Runtime::new(2);
        let crew = Crew::new();
        for number in 0..2 {
            let machine = runtime.clone();
            crew.member(move || {
                machine.come_back(number);
                machine.be_watched(number, 0);
            });
        }
        let monitor = runtime.clone();
        crew.member(move || {
            let mut unseen = vec![0, 1];
            while !unseen.is_empty() {
                monitor.sleep_unless(|| unseen.iter().any(|&number| monitor.is_awake(number)));
                unseen.retain(|&number| {
                    let awake = monitor.is_awake(number);
                    if awake {
                        monitor.machines[number].seen[0].give();
                    }
                    !awake
                });
            }
        });
        crew.join();
    });
}

/// The runtime stops, while a machine rings for something that the monitor does not care for.
pub(crate) fn ring_out() {
    explore_within(3, || {
        let runtime = Runtime::new(1);
        let crew = Crew::new();
        let machine = runtime.clone();
        crew.member(move || machine.come_back(0));
        let stopper = runtime.clone();
        crew.member(move || {
            stopper.leaving.store(1, Ordering::Release);
            let _ = stopper.parker.notify();
            stopper.monitor.unpark();
        });
        let monitor = runtime.clone();
        crew.member(move || {
            while !monitor.is_leaving() {
                monitor.sleep_unless(|| monitor.is_leaving());
            }
        });
        crew.join();
    });
}
