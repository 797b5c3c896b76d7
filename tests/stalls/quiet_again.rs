//! A runtime that has dealt with stalls, and is idle again, does nothing: nobody of its threads, the monitor among
//! them, is switched to even once. For one that had none see `tests/promptness/idle.rs`.

use crate::child::in_child;
use crate::eventually::eventually;
use crate::hogs::{Hog, How};
use crate::lives::HOMED;
use crate::threads;
use crate::workers::runtime;
use gopark::coroutine::park;
use gopark::go;
use gopark::runtime::Runtime;
use gopark::time::sleep;
use std::thread;
use std::time::Duration;

const QUIET: Duration = Duration::from_secs(3);

/// Waits until nothing has moved for a while, then counts what moves.
fn expect_quiet(what: &str) {
    let of_the_runtime = || {
        let mut all = threads::switches();
        all.retain(|thread, _| thread.starts_with("gopark-"));
        all
    };
    let mut before = of_the_runtime();
    for _ in 0..40 {
        thread::sleep(Duration::from_millis(250));
        let now = of_the_runtime();
        if now == before {
            break;
        }
        before = now;
    }
    assert!(before.keys().any(|thread| thread.starts_with("gopark-monitor")), "{before:?}");
    thread::sleep(QUIET);
    let after = of_the_runtime();
    println!(
        "{what}, switches over {QUIET:?}: {}",
        after.values().sum::<u64>() - before.values().sum::<u64>()
    );
    assert_eq!(before, after, "{what}: somebody woke up");
}

fn waiting(runtime: &Runtime) -> u64 {
    runtime.metrics().machines.iter().map(|machine| machine.parks).sum()
}

#[test]
fn nothing_wakes_a_runtime_after_its_stalls() {
    in_child(nothing_wakes_a_runtime_after_its_stalls, &[], || {
        let runtime = runtime(2);
        let _entered = runtime.enter();
        let hog = |how| Hog::start(how, "hog", || drop(go(|| ())));
        let hogs = [hog(How::Blocking), hog(How::Spinning), hog(How::Blocking)];
        // They live on a spare.
        drop((0..3).map(|_| go(park)).collect::<Vec<_>>());
        drop(go(|| sleep(Duration::from_secs(3600))));
        eventually("they wait", || waiting(&runtime) == 4);
        hogs.into_iter().for_each(Hog::let_go);
        let present = || runtime.metrics().machines.iter().filter(|machine| machine.present).count();
        // One of the spares keeps those that live there, if any do; the others retire.
        eventually("the spares that nobody needs have retired", || present() == 2 + usize::from(HOMED));
        expect_quiet("with one spare that has neighbours to keep");
    })
    .succeeded();
}

#[test]
fn nothing_wakes_a_runtime_whose_spares_have_retired() {
    in_child(nothing_wakes_a_runtime_whose_spares_have_retired, &[], || {
        let runtime = runtime(2);
        let _entered = runtime.enter();
        let live_on_workers: Vec<_> = (0..4).map(|_| go(park)).collect();
        eventually("they wait", || waiting(&runtime) == 4);
        let hogs: Vec<_> = (0..4).map(|_| Hog::start(How::Blocking, "hog", || ())).collect();
        hogs.into_iter().for_each(Hog::let_go);
        let present = || runtime.metrics().machines.iter().filter(|machine| machine.present).count();
        eventually("the spares have retired", || present() == 2);
        expect_quiet("with all spares gone");
        drop(live_on_workers);
    })
    .succeeded();
}
