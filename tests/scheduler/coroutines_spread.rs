//! Placement is for life: long-lived coroutines end evenly spread over the workers.

use crate::eventually::eventually;
use crate::watchdog::bounded;
use crate::workers::runtime;
use gopark::coroutine::{JoinHandle, current, park};
use gopark::go;
use gopark::runtime::Runtime;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread::{self, ThreadId};

const COROUTINES: usize = 1000;

/// Coroutines that wait until the end of the test, and where they live.
struct Residents {
    arrived: AtomicUsize,
    over: AtomicBool,
}

impl Residents {
    fn new() -> Arc<Residents> {
        Arc::new(Residents { arrived: AtomicUsize::new(0), over: AtomicBool::new(false) })
    }

    /// What one does: says that it has come, and waits.
    fn live(&self, arrived: impl FnOnce()) -> ThreadId {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        arrived();
        while !self.over.load(Ordering::SeqCst) {
            park();
        }
        thread::current().id()
    }

    /// Parks the calling coroutine until `count` have arrived; each of them unparks it.
    fn await_arrival(&self, count: usize) {
        while self.arrived.load(Ordering::SeqCst) < count {
            park();
        }
    }
}

/// Ends them and says how many lived on the fuller worker; that and the counts of the runtime must agree.
#[track_caller]
fn assert_even(how: &str, runtime: &Runtime, residents: &Residents, handles: Vec<JoinHandle<ThreadId>>) {
    let homed = || runtime.metrics().machines.iter().map(|machine| machine.homed).collect::<Vec<_>>();
    // The parent's end may be counted after `run` has returned.
    eventually("the residents are all that lives", || homed().iter().sum::<usize>() == COROUTINES);
    let homed = homed();
    residents.over.store(true, Ordering::SeqCst);
    let mut by_thread: HashMap<ThreadId, usize> = HashMap::new();
    for handle in handles {
        handle.coroutine().unpark();
        *by_thread.entry(handle.join().expect("no panic")).or_default() += 1;
    }
    let fullest = by_thread.values().copied().max().expect("a thousand");
    println!("{how}: {by_thread:?}, by the metrics {homed:?}");
    assert!(fullest <= COROUTINES * 6 / 10, "{how}: {fullest} of {COROUTINES} on one worker");
    assert!(homed.contains(&fullest), "{homed:?} and {by_thread:?} disagree");
}

#[test]
fn spawned_in_a_burst() {
    bounded(|| {
        let (runtime, residents) = (runtime(2), Residents::new());
        let spawns = residents.clone();
        let handles = runtime.run(move || {
            let parent = current().expect("inside");
            let handles: Vec<_> = (0..COROUTINES)
                .map(|_| {
                    let (parent, residents) = (parent.clone(), spawns.clone());
                    go(move || residents.live(|| parent.unpark()))
                })
                .collect();
            spawns.await_arrival(COROUTINES);
            handles
        });
        assert_even("in a burst", &runtime, &residents, handles);
    });
}

#[test]
fn spawned_one_by_one() {
    bounded(|| {
        let (runtime, residents) = (runtime(2), Residents::new());
        let spawns = residents.clone();
        let handles = runtime.run(move || {
            let parent = current().expect("inside");
            (1..=COROUTINES)
                .map(|count| {
                    let (parent, residents) = (parent.clone(), spawns.clone());
                    let handle = go(move || residents.live(|| parent.unpark()));
                    spawns.await_arrival(count);
                    handle
                })
                .collect()
        });
        assert_even("one by one", &runtime, &residents, handles);
    });
}

#[test]
fn spawned_one_by_one_from_a_plain_thread() {
    bounded(|| {
        let (runtime, residents) = (runtime(2), Residents::new());
        let handles = (0..COROUTINES)
            .map(|_| {
                let (send, receive) = channel();
                let residents = residents.clone();
                let handle = runtime.spawn(move || residents.live(|| send.send(()).expect("the test waits")));
                receive.recv().expect("it starts");
                handle
            })
            .collect();
        assert_even("from a plain thread", &runtime, &residents, handles);
    });
}

#[test]
fn spawned_in_a_burst_from_a_plain_thread() {
    bounded(|| {
        let (runtime, residents) = (runtime(2), Residents::new());
        let (send, receive) = channel();
        let handles = (0..COROUTINES)
            .map(|_| {
                let (residents, send) = (residents.clone(), send.clone());
                runtime.spawn(move || residents.live(|| send.send(()).expect("the test waits")))
            })
            .collect();
        receive.iter().take(COROUTINES).for_each(drop);
        assert_even("in a burst from a plain thread", &runtime, &residents, handles);
    });
}
