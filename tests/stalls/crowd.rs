//! Hundreds of coroutines that block their threads at once: a thread for each while it lasts, none afterwards. In a
//! process of its own, whose threads can be counted.

use crate::child::in_child;
use crate::eventually::eventually;
use crate::one_at_a_time::alone;
use crate::threads;
use gopark::runtime::Runtime;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const CROWD: usize = 400;
const NAP: Duration = Duration::from_millis(300);
const WORKERS: usize = 2;
/// With nobody replaced it would be 60 s: `CROWD` / `WORKERS` naps.
const AT_MOST: Duration = Duration::from_secs(15);

/// `most`: how many machines there may be.
fn all_sleep_at_once(most: usize, runtime: impl FnOnce() -> Runtime) {
    let (over, peak) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let watches = thread::spawn({
        let (over, peak) = (over.clone(), peak.clone());
        move || {
            while !over.load(Ordering::SeqCst) {
                peak.fetch_max(threads::count(), Ordering::SeqCst);
                thread::sleep(Duration::from_millis(1));
            }
        }
    });
    let before = threads::count();
    let runtime = runtime();
    let begun = Instant::now();
    let crowd: Vec<_> = (0..CROWD).map(|_| runtime.spawn(|| thread::sleep(NAP))).collect();
    crowd.into_iter().for_each(|one| one.join().expect("no panic"));
    let took = begun.elapsed();
    let machines = runtime.metrics().machines.len();
    let at_rest = before + WORKERS + 1;
    eventually("the spares have retired", || threads::count() == at_rest);
    let shrunk = begun.elapsed() - took;
    over.store(true, Ordering::SeqCst);
    watches.join().expect("no panic");
    let peak = peak.load(Ordering::SeqCst) - before;
    println!(
        "{CROWD} naps of {NAP:?}, at most {most} machines: {took:?}; {machines} machines, {peak} threads"
    );
    println!("the spares are gone after {shrunk:?}");
    assert!(took < AT_MOST, "{took:?}");
    assert!(machines <= most, "{machines} machines");
    // The monitor is one more.
    assert!(peak <= most + 1, "{peak} threads");
    let metrics = runtime.metrics();
    assert_eq!(metrics.machines.iter().filter(|machine| machine.present).count(), WORKERS, "{metrics:?}");
    assert_eq!((metrics.finished, metrics.live), (CROWD as u64, 0));
    drop(runtime);
    assert_eq!(
        threads::count(),
        before - 1,
        "the runtime's threads end with it, and the one that has counted"
    );
}

#[test]
fn as_many_machines_as_it_takes() {
    let _turn = alone();
    in_child(as_many_machines_as_it_takes, &[], || {
        let runtime = || crate::policy::builder().workers(WORKERS).build().expect("a runtime");
        // One is stuck in each nap, and two are on duty.
        all_sleep_at_once(CROWD + WORKERS, runtime);
    })
    .succeeded();
}

#[test]
fn as_many_machines_as_there_may_be() {
    let _turn = alone();
    in_child(as_many_machines_as_there_may_be, &[], || {
        let runtime =
            || crate::policy::builder().workers(WORKERS).max_machines(60).build().expect("a runtime");
        all_sleep_at_once(60, runtime);
    })
    .succeeded();
}
