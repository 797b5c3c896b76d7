//! Abandoned coroutines: they take themselves out of what they wait for, never run again, and nothing in them is
//! dropped; whoever joins them is told.

use crate::child::in_child;
use crate::counted::Drops;
use crate::eventually::eventually;
use crate::lives::HOMED;
use crate::waiting::{until_gone, until_parked, until_started};
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{park, park_timeout};
use gopark::runtime::Runtime;
use gopark::time::sleep;
use gopark::{Cancelled, JoinHandle, coroutine_local, go, yield_now};
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

/// What a parked coroutine has captured may be lent out; so it is leaked rather than dropped under its feet.
#[test]
fn what_waits_when_the_runtime_stops_is_never_dropped_nor_resumed() {
    bounded(|| {
        let drops = Drops::default();
        let runtime = runtime(2);
        let value = drops.value();
        let (send, receive) = channel();
        let parked = runtime.spawn(move || {
            let _value = value;
            send.send(()).expect("the test waits");
            loop {
                park();
            }
        });
        receive.recv().expect("it starts");
        drop(runtime);
        parked.coroutine().unpark();
        let error = parked.join().expect_err("it never ends");
        assert!(error.is::<Cancelled>());
        assert_eq!(drops.count(), 0);
    });
}

/// Waits in `wait`, and says when it comes out of it.
fn spawn_waiting(
    runtime: &Runtime,
    drops: &Drops,
    back: &Arc<AtomicUsize>,
    wait: impl FnOnce() + Send + 'static,
) -> JoinHandle<()> {
    let (value, back) = (drops.value(), back.clone());
    runtime.spawn(move || {
        let _value = value;
        wait();
        back.fetch_add(1, Ordering::SeqCst);
    })
}

/// From each wait there is; and afterwards each is given what it has waited for.
#[test]
fn from_every_wait() {
    const TIME: Duration = Duration::from_millis(100);
    bounded(|| {
        let drops = Drops::default();
        let back = Arc::new(AtomicUsize::new(0));
        let other = runtime(1);
        let (release, released) = channel::<()>();
        let elsewhere = Arc::new(other.spawn(move || until_gone(&released)));
        let runtime = runtime(2);
        let joins = [elsewhere.clone(), elsewhere.clone()];
        let [first, second] = joins;
        let waits: [Box<dyn FnOnce() + Send>; 7] = [
            Box::new(park),
            Box::new(|| park_timeout(TIME)),
            Box::new(|| sleep(TIME)),
            Box::new(move || assert!(first.join_timeout(Duration::MAX))),
            Box::new(move || assert!(second.join_timeout(Duration::MAX))),
            Box::new(|| drop(go(park).join())),
            Box::new(|| crate::run::run(|| sleep(TIME))),
        ];
        let waiting: Vec<_> =
            waits.into_iter().map(|wait| spawn_waiting(&runtime, &drops, &back, wait)).collect();
        until_parked(&runtime, 8);
        let report = runtime.shutdown(Duration::ZERO);
        // On a machine that is busy some may come to their end before.
        let ended = back.load(Ordering::SeqCst);
        assert_eq!(report.abandoned.len() + ended, 8, "{report:?}");

        waiting.iter().for_each(|handle| handle.coroutine().unpark());
        drop(release);
        assert!(elsewhere.join_timeout(Duration::MAX), "it is not its runtime that has stopped");
        thread::sleep(3 * TIME);
        assert_eq!((back.load(Ordering::SeqCst), drops.count()), (ended, ended));
        let cancelled = waiting.into_iter().map(|handle| handle.join());
        let cancelled = cancelled.filter(|end| end.as_ref().is_err_and(|error| error.is::<Cancelled>()));
        assert_eq!(cancelled.count(), 7 - ended);
    });
}

/// They were ready to run when the machines left. On a machine that is busy a worker may come back after that, and then
/// the one that it was in runs on to its next yield.
#[test]
fn yielders_are_not_resumed() {
    bounded(|| {
        for workers in [1, 2] {
            let runtime = runtime(workers);
            let turns = Arc::new(AtomicUsize::new(0));
            let handles: Vec<_> = (0..10)
                .map(|_| {
                    let turns = turns.clone();
                    runtime.spawn(move || {
                        loop {
                            turns.fetch_add(1, Ordering::SeqCst);
                            yield_now();
                        }
                    })
                })
                .collect();
            until_started(&runtime, 10);
            eventually("they run", || turns.load(Ordering::SeqCst) > 1000);
            assert_eq!(runtime.shutdown(Duration::ZERO).abandoned.len(), 10);
            let then = turns.load(Ordering::SeqCst);
            thread::sleep(Duration::from_millis(50));
            let later = turns.load(Ordering::SeqCst);
            assert!(later <= then + workers, "{then}, then {later}");
            for handle in handles {
                let end: Result<(), _> = handle.join().map(|never: std::convert::Infallible| match never {});
                assert!(end.expect_err("it never ends").is::<Cancelled>());
            }
        }
    });
}

#[test]
fn joiners_are_told_wherever_they_are() {
    bounded(|| {
        let (goes, stays) = (runtime(2), runtime(1));
        let spawn = || goes.spawn(park);
        let (by_thread, by_coroutine, by_timeout, later) = (spawn(), spawn(), spawn(), spawn());
        until_parked(&goes, 4);
        let (begin, begun) = channel();
        let beginning = begin.clone();
        let thread = thread::spawn(move || {
            beginning.send(()).expect("the test waits");
            by_thread.join()
        });
        let coroutine = stays.spawn(move || {
            begin.send(()).expect("the test waits");
            by_coroutine.join()
        });
        begun.recv().expect("one begins");
        begun.recv().expect("the other begins");
        assert!(!by_timeout.join_timeout(Duration::from_millis(10)));
        assert!(!later.is_finished());
        assert_eq!(goes.shutdown(Duration::from_millis(5)).abandoned.len(), 4);

        let told = |end: std::thread::Result<()>| assert!(end.expect_err("abandoned").is::<Cancelled>());
        told(thread.join().expect("no panic"));
        told(coroutine.join().expect("no panic"));
        assert!(by_timeout.join_timeout(Duration::ZERO), "there is something to take");
        told(by_timeout.join());
        assert!(later.is_finished());
        told(later.join());
    });
}

/// Each of them waits for the next; only the outermost has a joiner that goes on.
#[test]
fn a_chain_of_joiners_is_abandoned_as_a_whole() {
    bounded(|| {
        let runtime = runtime(2);
        let mut last = runtime.spawn(park);
        for _ in 0..20 {
            last = runtime.spawn(move || drop(last.join()));
        }
        until_parked(&runtime, 21);
        assert_eq!(runtime.shutdown(Duration::from_millis(5)).abandoned.len(), 21);
        assert!(last.join().expect_err("abandoned").is::<Cancelled>());
    });
}

/// The caller of `run` lends to its main coroutine, so it must not go on as long as that one's stack is there.
#[test]
fn the_caller_of_run_is_not_told() {
    in_child(the_caller_of_run_is_not_told, &[], || {
        let runtime = Arc::new(runtime(2));
        let caller = runtime.clone();
        let back = Arc::new(AtomicBool::new(false));
        let flag = back.clone();
        let spawned_at = line!() + 3;
        thread::spawn(move || {
            let lent = vec![7; 1000];
            let sum: usize = caller.run(|| {
                park();
                lent.iter().sum()
            });
            flag.store(true, Ordering::SeqCst);
            sum
        });
        until_parked(&runtime, 1);
        let report = runtime.shutdown(Duration::from_millis(5));
        assert_eq!(report.abandoned.len(), 1);
        assert_eq!(report.abandoned[0].spawned_at.expect("the call of run").line(), spawned_at);
        let shown = report.abandoned[0].to_string();
        assert!(shown.ends_with(|last: char| last.is_ascii_digit()), "{shown}");
        report.abandoned[0].coroutine.unpark();
        thread::sleep(Duration::from_millis(200));
        assert!(!back.load(Ordering::SeqCst), "the caller has gone on");
    })
    .succeeded();
}

/// The same where the caller is a coroutine of another runtime.
#[test]
fn a_coroutine_that_called_run_is_not_told_either() {
    bounded(|| {
        let (inner, outer) = (Arc::new(runtime(1)), runtime(1));
        let runs = inner.clone();
        let caller = outer.spawn(move || runs.run(park));
        until_parked(&inner, 1);
        until_parked(&outer, 1);
        assert_eq!(inner.shutdown(Duration::from_millis(5)).abandoned.len(), 1);
        assert!(!caller.join_timeout(Duration::from_millis(100)), "the caller has gone on");
        assert_eq!(outer.shutdown(Duration::from_millis(5)).abandoned.len(), 1);
        assert!(caller.join().expect_err("now it is abandoned itself").is::<Cancelled>());
    });
}

#[test]
fn their_locals_are_not_dropped() {
    static DROPS: OnceLock<Drops> = OnceLock::new();
    coroutine_local! {
        static VALUE: RefCell<Option<crate::counted::Counted>> = RefCell::new(None)
    }
    bounded(|| {
        let drops = DROPS.get_or_init(Drops::default);
        let runtime = runtime(2);
        for _ in 0..10 {
            drop(runtime.spawn(|| {
                VALUE.with_borrow_mut(|place| *place = Some(DROPS.get_or_init(Drops::default).value()));
                park();
            }));
        }
        until_parked(&runtime, 10);
        assert_eq!(runtime.shutdown(Duration::ZERO).abandoned.len(), 10);
        drop(runtime);
        assert_eq!(drops.count(), 0);
    });
}

/// One waits in a destructor during a panic, so it cannot leave its stack; its thread waits with it.
#[test]
fn one_that_waits_during_a_panic_is_told_as_well() {
    struct ParksInDrop(std::sync::mpsc::Sender<()>);
    impl Drop for ParksInDrop {
        fn drop(&mut self) {
            self.0.send(()).expect("the test waits");
            loop {
                park();
            }
        }
    }
    bounded(|| {
        let runtime = runtime(2);
        let (send, receive) = channel();
        let waits = runtime.spawn(move || {
            let _parks = ParksInDrop(send);
            panic!("on purpose");
        });
        receive.recv().expect("it unwinds");
        let report = runtime.shutdown(Duration::from_millis(20));
        assert_eq!((report.finished, report.abandoned.len()), (0, 1), "{report:?}");
        assert_eq!(report.abandoned[0].coroutine, *waits.coroutine());
    });
}

/// The threads that stay are those on which abandoned ones live, and no others.
#[test]
fn they_keep_their_threads_and_nothing_else() {
    use crate::footprint::Footprint;
    in_child(they_keep_their_threads_and_nothing_else, &[], || {
        let round = |left: u64| {
            let runtime = runtime(3);
            let parked: Vec<_> = (0..left).map(|_| runtime.spawn(park)).collect();
            until_parked(&runtime, left);
            let homes = runtime.metrics().machines.iter().filter(|machine| machine.homed > 0).count();
            assert_eq!(runtime.shutdown(Duration::from_millis(1)).abandoned.len() as u64, left);
            drop((runtime, parked));
            homes
        };
        round(0);
        // The child's main thread and that of the test: a thread that was joined may be listed for a moment more.
        eventually("nothing is left", || Footprint::now().threads == 2);
        for _ in 0..30 {
            round(0);
        }
        eventually("idle ones leave nothing", || Footprint::now().threads == 2);
        let before = Footprint::now();
        let pinned: usize = (1..40).map(|round_number| round(1 + round_number % 3)).sum();
        eventually("one thread stays for each home", || Footprint::now().threads == before.threads + pinned);
        let after = Footprint::now();
        // An epoll instance and an eventfd each; where coroutines live on no machine, their runtime keeps these.
        let keepers = if HOMED { pinned } else { 39 };
        assert!(after.descriptors <= before.descriptors + 2 * keepers, "{before:?}, {pinned}, {after:?}");
    })
    .succeeded();
}
