//! Those that live beside a hog wait for it; what is fresh does not.

use crate::eventually::eventually;
use crate::hogs::{Hog, How};
use crate::reports::watched;
use crate::watchdog::bounded;
use gopark::coroutine::{Coroutine, JoinHandle, park};
use gopark::go;
use gopark::runtime::{Runtime, StallCause};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, ThreadId};
use std::time::Duration;

const NEIGHBOURS: usize = 10;

/// Waits for a call. Returns where it lives, where it went on, and whether the hog was over by then.
fn neighbour(
    runtime: &Runtime,
    begun: Sender<()>,
    called: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
) -> JoinHandle<(ThreadId, ThreadId, bool)> {
    runtime.spawn(move || {
        let home = thread::current().id();
        begun.send(()).expect("the test waits");
        while !called.load(Ordering::SeqCst) {
            park();
        }
        (home, thread::current().id(), over.load(Ordering::SeqCst))
    })
}

fn where_it_runs(runtime: &Runtime) -> ThreadId {
    runtime.spawn(|| thread::current().id()).join().expect("no panic")
}

fn beside(how: How) {
    let (runtime, reports) = watched(crate::policy::builder().workers(1));
    let _entered = runtime.enter();
    let (begun, begins) = channel();
    let (called, over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let spawn = |_| neighbour(&runtime, begun.clone(), called.clone(), over.clone());
    let neighbours: Vec<_> = (0..NEIGHBOURS).map(spawn).collect();
    begins.iter().take(NEIGHBOURS).for_each(drop);
    let worker = where_it_runs(&runtime);
    eventually("the neighbours wait", || {
        let metrics = runtime.metrics();
        (metrics.machines[0].homed, metrics.machines[0].sleeps > 0) == (NEIGHBOURS, true)
    });

    // The hog makes them ready, and spawns somebody, before it takes the thread.
    let targets: Vec<Coroutine> = neighbours.iter().map(|one| one.coroutine().clone()).collect();
    let (child_runs, child_ran) = channel();
    let hog = Hog::start(how, "hog", move || {
        called.store(true, Ordering::SeqCst);
        targets.iter().for_each(Coroutine::unpark);
        drop(go(move || child_runs.send(thread::current().id())));
    });
    assert_eq!(hog.thread, worker);
    let stall = reports.next_of("hog");
    assert_eq!((stall.behind, stall.worker), (NEIGHBOURS, 0), "{stall}");
    assert!(stall.to_string().contains("10 others"), "{stall}");
    match how {
        How::Spinning => assert_eq!(stall.cause, StallCause::Spinning),
        How::Blocking => assert!(matches!(stall.cause, StallCause::Blocked { .. })),
    }

    // All of this goes on while it has the thread.
    let child = child_ran.recv().expect("the hog's child runs");
    assert_ne!(child, worker);
    for _ in 0..20 {
        assert_ne!(where_it_runs(&runtime), worker);
    }
    eventually("the thread of another one is counted", || runtime.metrics().replacements >= 1);
    assert!(runtime.metrics().machines[1].present);
    assert!(neighbours.iter().all(|one| !one.is_finished()), "nobody else may run them");

    over.store(true, Ordering::SeqCst);
    hog.let_go();
    for one in neighbours {
        assert_eq!(one.join().expect("no panic"), (worker, worker, true));
    }
    eventually("the worker is on duty again", || where_it_runs(&runtime) == worker);
    eventually("the spare has retired", || {
        let metrics = runtime.metrics();
        metrics.machines[0].present && metrics.machines[1..].iter().all(|spare| !spare.present)
    });
    for _ in 0..20 {
        assert_eq!(where_it_runs(&runtime), worker);
    }
}

#[test]
fn neighbours_of_one_that_computes() {
    bounded(|| beside(How::Spinning));
}

#[test]
fn neighbours_of_one_that_blocks() {
    bounded(|| beside(How::Blocking));
}

/// Those that have come to live on a spare keep it, and their own turn.
#[test]
fn those_that_live_on_a_spare_stay_there() {
    bounded(|| {
        let (runtime, _reports) = watched(crate::policy::builder().workers(1));
        let _entered = runtime.enter();
        let hog = Hog::start(How::Blocking, "hog", || ());
        let (begun, begins) = channel();
        let (called, over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(true)));
        let lives_there = neighbour(&runtime, begun, called.clone(), over);
        begins.recv().expect("it starts");
        let worker = hog.thread;
        hog.let_go();
        eventually("the worker is on duty again", || where_it_runs(&runtime) == worker);
        // Longer than a spare stays that nobody needs.
        thread::sleep(Duration::from_millis(2500));
        assert!(runtime.metrics().machines[1].present);
        called.store(true, Ordering::SeqCst);
        lives_there.coroutine().unpark();
        let (home, then, _) = lives_there.join().expect("no panic");
        assert!(home == then && home != worker);
        eventually("the spare has retired", || !runtime.metrics().machines[1].present);
    });
}
