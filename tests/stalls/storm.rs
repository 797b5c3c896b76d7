//! Everything at once: coroutines that block, compute, wait and spawn at random, with more and with fewer machines than
//! that takes. All of them end, and the workers are on duty afterwards.

use crate::eventually::eventually;
use crate::hogs::{Hog, How};
use crate::lives::HOMED;
use crate::one_at_a_time::{alone, compute};
use crate::random::Random;
use crate::watchdog::bounded;
use gopark::coroutine::{JoinHandle, current, park, park_timeout};
use gopark::go;
use gopark::time::sleep;
use gopark::yield_now;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const COROUTINES: usize = 300;
const STEPS: usize = 12;

/// One of a crowd.
fn restless(seed: u64, ends: Arc<AtomicUsize>) -> JoinHandle<()> {
    go(move || {
        let home = thread::current().id();
        let mut random = Random::new(seed);
        for _ in 0..STEPS {
            let micros = Duration::from_micros(random.below(12_000) as u64);
            match random.below(20) {
                0 => thread::sleep(micros),
                1 => compute(micros / 2),
                2..6 => sleep(micros),
                6..9 => go(move || compute(micros / 20)).join().expect("no panic"),
                9 => drop(go(move || thread::sleep(micros))),
                10..14 => park_timeout(micros),
                14..16 => {
                    let me = current().expect("inside");
                    drop(go(move || me.unpark()));
                    park();
                }
                _ => yield_now(),
            }
            assert!(!HOMED || thread::current().id() == home);
        }
        ends.fetch_add(1, Ordering::SeqCst);
    })
}

fn storm(workers: usize, machines: usize) {
    let runtime = crate::policy::builder().workers(workers).max_machines(machines).on_stall(|_| ());
    let runtime = runtime.build().expect("a runtime");
    let _entered = runtime.enter();
    let ends = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let mut crowd = Vec::new();
    for seed in 0..COROUTINES {
        crowd.push(restless(seed as u64, ends.clone()));
        if seed % 10 == 0 {
            thread::sleep(Duration::from_millis(1));
        }
    }
    for one in crowd {
        assert!(one.join_timeout(Duration::from_secs(40)), "{:#?}", runtime.metrics());
        one.join().expect("no panic");
    }
    assert_eq!(ends.load(Ordering::SeqCst), COROUTINES);
    eventually("all ends are counted", || runtime.metrics().live == 0);
    let metrics = runtime.metrics();
    println!(
        "{COROUTINES} of {STEPS} steps on {workers} workers and {machines} machines: {:?}; {} stalls, {} replaced",
        begun.elapsed(),
        metrics.stalls,
        metrics.replacements
    );
    assert!(metrics.machines.len() <= machines);
    let present = || runtime.metrics().machines.iter().filter(|machine| machine.present).count();
    eventually("the spares have retired", || present() == workers);
    // Each worker takes one, and nobody has to be replaced for that.
    let replaced = runtime.metrics().replacements;
    let hogs: Vec<_> = (0..workers).map(|_| Hog::start(How::Blocking, "hog", || ())).collect();
    assert_eq!(runtime.metrics().replacements, replaced);
    hogs.into_iter().for_each(Hog::let_go);
}

#[test]
fn on_as_many_machines_as_it_takes() {
    let _turn = alone();
    bounded(|| storm(2, 1000));
}

#[test]
fn on_few_machines() {
    let _turn = alone();
    bounded(|| storm(2, 4));
}

#[test]
fn on_one_worker() {
    let _turn = alone();
    bounded(|| storm(1, 3));
}
